#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "rocketmq/common/endpoint.hpp"
#include "rocketmq/common/live.hpp"
#include "rocketmq/common/log_limiter.hpp"

namespace rocketmq::remoting {

/// When a request came and when its processing began. Kept in every Reply, so small: times are in
/// units of 2^20 ns, modulo 2^32 (52 days), and some milliseconds late at most.
struct RequestTimes {
  using Time = std::chrono::steady_clock::time_point;

  std::int32_t code = 0;
  std::uint32_t received = 0;
  std::uint32_t begun = 0;

  static std::uint32_t unit_of(Time time) {
    return static_cast<std::uint32_t>(time.time_since_epoch().count() >> 20);
  }
  static std::chrono::nanoseconds between(std::uint32_t from, std::uint32_t to) {
    return std::chrono::nanoseconds(static_cast<std::int64_t>(to - from) << 20);
  }
};

/// Counts the requests of a daemon that took longer than a limit, and logs one a second of each
/// kind. Runs on: any thread.
class SlowRequests {
 public:
  /// `limit_ms` must outlive the object; 0: no request is slow.
  explicit SlowRequests(const Live<std::int64_t>& limit_ms) : limit_ms_(limit_ms) {}

  /// A request has its response. `name_of(code)` is called for a slow one; `peer` is where it came
  /// from.
  template <class NameOf>
  void done(const RequestTimes& times, RequestTimes::Time now, const Endpoint& peer,
            const NameOf& name_of) {
    const auto took = RequestTimes::between(times.received, RequestTimes::unit_of(now));
    const std::int64_t limit_ms = limit_ms_.get();
    if (limit_ms <= 0 || took <= std::chrono::milliseconds(limit_ms)) return;
    report(times, took, name_of(times.code), peer);
  }
  std::int64_t count() const { return count_.load(std::memory_order_relaxed); }

 private:
  void report(const RequestTimes& times, std::chrono::nanoseconds took, std::string_view name,
              const Endpoint& peer);

  const Live<std::int64_t>& limit_ms_;
  std::atomic<std::int64_t> count_{0};
  /// By request code modulo their number: a kind that is always slow does not hide the others.
  std::array<LogLimiter, 64> limiters_;
};

}  // namespace rocketmq::remoting
