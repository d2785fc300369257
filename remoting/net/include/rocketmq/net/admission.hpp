#pragma once

#include <boost/intrusive/list_hook.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <utility>

#include "rocketmq/common/endpoint.hpp"

namespace rocketmq::net {

/// Who has a place in SharedLimits.
class PlaceHolder {
 public:
  /// Its place has been given to another one: it is to close. Any thread.
  virtual void place_lost() = 0;

 protected:
  ~PlaceHolder() = default;
};

/// A session's place in SharedLimits; guarded by the mutex there, save for what is constant.
struct Admission {
  using Hook = boost::intrusive::list_member_hook<>;

  Admission(std::weak_ptr<PlaceHolder> of, std::uint64_t address_key)
      : holder(std::move(of)), address(address_key) {}

  const std::weak_ptr<PlaceHolder> holder;
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

}  // namespace rocketmq::net
