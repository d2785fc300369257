#pragma once

#include <boost/intrusive/list_hook.hpp>
#include <chrono>
#include <cstdint>

#include "rocketmq/common/endpoint.hpp"

namespace rocketmq::remoting {

class Connection;

/// A connection's place in SharedLimits; guarded by the mutex there, save for what is constant.
struct Admission {
  using Hook = boost::intrusive::list_member_hook<>;

  Admission(Connection& owner, std::uint64_t address_key)
      : connection(owner), address(address_key) {}

  Connection& connection;
  /// An IPv4 address, or the upper 64 bits of an IPv6 address: a whole network belongs to one peer.
  const std::uint64_t address;
  std::chrono::steady_clock::time_point since;
  bool is_idle = false;
  Hook of_address;
  /// In `fresh` or `idle` until it has spoken.
  Hook silent;
};

/// The `address` of an Admission.
std::uint64_t address_key(const Endpoint& peer);

}  // namespace rocketmq::remoting
