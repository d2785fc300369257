#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <unordered_map>

#include "rocketmq/common/clock.hpp"

namespace rocketmq::filtersrv {

/// How many texts may be compiled in a minute: so many of all connections, a quarter of them of one
/// connection. Runs on: any thread (mutex_). Bounded: what it remembers is what it has admitted in
/// the present minute.
class UploadRate {
 public:
  UploadRate(const Clock& clock, std::size_t uploads_per_minute)
      : clock_(clock),
        uploads_max_(uploads_per_minute),
        of_connection_max_(uploads_per_minute < 4 ? 1 : uploads_per_minute / 4) {}

  bool admit(std::uint64_t connection) {
    const auto now = clock_.steady_now();
    const std::lock_guard lock(mutex_);
    if (now - begin_ >= std::chrono::minutes(1)) {
      begin_ = now;
      uploads_ = 0;
      of_connections_.clear();
    }
    if (uploads_ >= uploads_max_) return false;
    std::size_t& uploads = of_connections_[connection];
    if (uploads >= of_connection_max_) return false;
    ++uploads;
    ++uploads_;
    return true;
  }

 private:
  const Clock& clock_;
  const std::size_t uploads_max_;
  const std::size_t of_connection_max_;
  std::mutex mutex_;
  std::chrono::steady_clock::time_point begin_{};                  // guarded by mutex_
  std::size_t uploads_ = 0;                                        // guarded by mutex_
  std::unordered_map<std::uint64_t, std::size_t> of_connections_;  // guarded by mutex_
};

}  // namespace rocketmq::filtersrv
