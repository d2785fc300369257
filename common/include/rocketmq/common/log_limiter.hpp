#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>

namespace rocketmq {

/// Keeps log lines that a peer can provoke at will from filling the disk: one line a second passes.
/// Any thread.
class LogLimiter {
 public:
  /// Whether a line may be written now; if so, how many were held back since the last one.
  std::optional<std::uint64_t> admit() {
    using namespace std::chrono;
    const std::int64_t now_s =
        duration_cast<seconds>(steady_clock::now().time_since_epoch()).count();
    std::int64_t last_s = last_s_.load(std::memory_order_relaxed);
    if (last_s == now_s || !last_s_.compare_exchange_strong(last_s, now_s)) {
      held_back_.fetch_add(1, std::memory_order_relaxed);
      return std::nullopt;
    }
    return held_back_.exchange(0, std::memory_order_relaxed);
  }

 private:
  std::atomic<std::int64_t> last_s_{-1};
  std::atomic<std::uint64_t> held_back_{0};
};

}  // namespace rocketmq
