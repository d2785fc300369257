#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <unordered_map>

#include "rocketmq/common/clock.hpp"
#include "rocketmq/common/endpoint.hpp"
#include "rocketmq/net/admission.hpp"

namespace rocketmq::net {

/// Bounds what peers may have done in a minute, and what one address may: a quarter, but at least
/// one. Runs on: any thread (mutex_). Bounded: it remembers what it has admitted in the present
/// minute.
class MinuteRate {
 public:
  /// `clock` must outlive the object.
  explicit MinuteRate(const Clock& clock) : clock_(clock) {}

  /// Counts one more, unless `count_max` or the share of the peer's address is used up.
  bool admit(const Endpoint& peer, std::size_t count_max) {
    const std::uint64_t sender = address_key(peer);
    const auto now = clock_.steady_now();
    const std::lock_guard lock(mutex_);
    if (now - begin_ >= std::chrono::minutes(1)) {
      begin_ = now;
      count_ = 0;
      of_senders_.clear();
    }
    if (count_ >= count_max) return false;
    std::size_t& count = of_senders_[sender];
    if (count >= std::max<std::size_t>(count_max / 4, 1)) return false;
    ++count;
    ++count_;
    return true;
  }

 private:
  const Clock& clock_;
  std::mutex mutex_;
  std::chrono::steady_clock::time_point begin_{};  // guarded by mutex_
  std::size_t count_ = 0;                          // guarded by mutex_
  /// By address_key(). Guarded by mutex_.
  std::unordered_map<std::uint64_t, std::size_t> of_senders_;
};

}  // namespace rocketmq::net
