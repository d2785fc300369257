#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <mutex>
#include <span>
#include <string>

#include "rocketmq/common/clock.hpp"
#include "rocketmq/common/endpoint.hpp"
#include "rocketmq/common/text_hash.hpp"

namespace rocketmq::filtersrv {

/// The bytes that stand for a sender: an IPv4 address, or the first half of an IPv6
/// one, below which a host has as many addresses as it likes.
inline std::string sender_key(const Endpoint& peer) {
  const auto bytes = peer.address();
  const auto part = bytes.first(std::min<std::size_t>(bytes.size(), 8));
  return {part.begin(), part.end()};
}

/// How many texts may be compiled in a minute: so many of all addresses, a quarter of them of one
/// address. Runs on: any thread (mutex_). Bounded: what it remembers is what it has admitted in the
/// present minute.
class UploadRate {
 public:
  UploadRate(const Clock& clock, std::size_t uploads_per_minute)
      : clock_(clock),
        uploads_max_(uploads_per_minute),
        of_sender_max_(uploads_per_minute < 4 ? 1 : uploads_per_minute / 4) {}

  bool admit(const Endpoint& peer) {
    std::string sender = sender_key(peer);
    const auto now = clock_.steady_now();
    const std::lock_guard lock(mutex_);
    if (now - begin_ >= std::chrono::minutes(1)) {
      begin_ = now;
      uploads_ = 0;
      of_senders_.clear();
    }
    if (uploads_ >= uploads_max_) return false;
    std::size_t& uploads = of_senders_[std::move(sender)];
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
  TextMap<std::size_t> of_senders_;                // guarded by mutex_
};

}  // namespace rocketmq::filtersrv
