#pragma once

#include <functional>
#include <memory>
#include <string>

#include "rocketmq/broker/broker_config.hpp"
#include "rocketmq/common/result.hpp"

namespace rocketmq::broker {

/// Follows the address behind brokerIP1 when that is a host name: containers get another address
/// when they are made again, and messages carry the address at which they can be requested. Name
/// servers are given the name itself.
class StoreHost {
 public:
  using Lookup = std::function<Result<Endpoint>(const std::string& host, std::int32_t port)>;

  /// `config`, whose store_host changes, must outlive the object.
  explicit StoreHost(BrokerConfig& config, Lookup lookup = resolve_host);

  /// Takes over what the last look-up has found and begins another one. Never waits: a look-up has
  /// a thread of its own, which may outlive this object, because the system's cannot be
  /// interrupted. Runs on: `housekeeping`.
  void tick();

 private:
  struct Round;

  BrokerConfig& config_;
  const Lookup lookup_;
  const bool is_name_;
  std::shared_ptr<Round> round_;  // null: none is under way
  bool failed_ = false;           // the last look-up; it is logged once
};

}  // namespace rocketmq::broker
