#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <unordered_map>

#include "rocketmq/common/clock.hpp"
#include "rocketmq/common/endpoint.hpp"
#include "rocketmq/net/admission.hpp"

namespace rocketmq::filtersrv {

/// Bounds the texts that are compiled in a minute: `uploads_per_minute` of all addresses, a quarter
/// of them of one address. Runs on: any thread (mutex_). Bounded: it remembers what it has admitted
/// in the present minute.
class UploadRate {
 public:
  UploadRate(const Clock& clock, std::size_t uploads_per_minute)
      : clock_(clock),
        uploads_max_(uploads_per_minute),
        of_sender_max_(uploads_per_minute < 4 ? 1 : uploads_per_minute / 4) {}

  bool admit(const Endpoint& peer) {
    const std::uint64_t sender = net::address_key(peer);
    const auto now = clock_.steady_now();
    const std::lock_guard lock(mutex_);
    if (now - begin_ >= std::chrono::minutes(1)) {
      begin_ = now;
      uploads_ = 0;
      of_senders_.clear();
    }
    if (uploads_ >= uploads_max_) return false;
    std::size_t& uploads = of_senders_[sender];
    if (uploads >= of_sender_max_) return false;
    ++uploads;
    ++uploads_;
    return true;
  }

 private:
  const Clock& clock_;
  const std::size_t uploads_max_;
  const std::size_t of_sender_max_;
  std::mutex mutex_;
  std::chrono::steady_clock::time_point begin_{};  // guarded by mutex_
  std::size_t uploads_ = 0;                        // guarded by mutex_
  /// By net::address_key. Guarded by mutex_.
  std::unordered_map<std::uint64_t, std::size_t> of_senders_;
};

}  // namespace rocketmq::filtersrv
