#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

namespace rocketmq {

/// Where time comes from. Only a daemon's main() and a client's start() own the real one; tests own
/// a ManualClock. All calls are safe on any thread.
class Clock {
 public:
  virtual ~Clock() = default;
  /// Milliseconds since 1970 UTC; may jump when the machine's clock is set.
  virtual std::int64_t now_ms() const = 0;
  /// A time that only grows; for measuring and for deadlines.
  virtual std::chrono::steady_clock::time_point steady_now() const = 0;
  /// The same, but perhaps some milliseconds old, for a fraction of the price.
  virtual std::chrono::steady_clock::time_point coarse_steady_now() const { return steady_now(); }
};

class SystemClock final : public Clock {
 public:
  std::int64_t now_ms() const override;
  std::chrono::steady_clock::time_point steady_now() const override;
  std::chrono::steady_clock::time_point coarse_steady_now() const override;
};

/// Stands still until it is told to move.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(std::int64_t now_ms = 1'700'000'000'000) : now_ms_(now_ms) {}
  std::int64_t now_ms() const override { return now_ms_.load(); }
  std::chrono::steady_clock::time_point steady_now() const override;
  void advance(std::chrono::milliseconds by) {
    now_ms_ += by.count();
    steady_ms_ += by.count();
  }
  /// Moves the wall clock alone, as setting the machine's clock does.
  void set_wall(std::int64_t now_ms) { now_ms_ = now_ms; }

 private:
  std::atomic<std::int64_t> now_ms_;
  std::atomic<std::int64_t> steady_ms_{1'000'000};
};

}  // namespace rocketmq
