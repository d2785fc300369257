#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>

namespace rocketmq::store {

/// Why the store refuses writes. Several reasons may hold at the same time; writes are taken when
/// none does. Any thread; is_open() costs one load.
class WriteGate {
 public:
  enum class Reason : std::uint32_t {
    ShutDown,
    Slave,
    /// Above the water mark; opens again when space returns.
    DiskFull,
    /// A write found no space; opens again when space returns.
    OutOfSpace,
    /// Queues or index cannot be written; opens again when they can.
    DispatchFailed,
    /// Started on a disk without room for the marks of a running store; opens again when they are
    /// written.
    NotMarked,
    /// A write or a flush failed: what is on the disk is unknown. Stays until restart.
    DiskFailed,
  };

  bool is_open() const { return closed_.load(std::memory_order_acquire) == 0; }
  /// True when nothing but this reason, which may hold or not, refuses writes.
  bool is_open_but_for(Reason reason) const {
    return (closed_.load(std::memory_order_acquire) & ~bit(reason)) == 0;
  }
  bool is_closed_for(Reason reason) const { return (closed_.load() & bit(reason)) != 0; }

  void close(Reason reason, std::string text) {
    const std::lock_guard lock(mutex_);
    // The first failure is the one that explains the others.
    if ((closed_.load() & bit(reason)) == 0)
      texts_[static_cast<std::size_t>(reason)] = std::move(text);
    closed_ |= bit(reason);
  }
  void open(Reason reason) {
    const std::lock_guard lock(mutex_);
    closed_ &= ~bit(reason);
  }
  /// The reasons' texts; empty when writes are taken.
  std::string refusal() const {
    const std::lock_guard lock(mutex_);
    std::string text;
    for (std::size_t i = 0; i < texts_.size(); ++i) {
      if ((closed_.load() & (1U << i)) != 0) text += (text.empty() ? "" : "; ") + texts_[i];
    }
    return text;
  }

 private:
  static std::uint32_t bit(Reason reason) { return 1U << static_cast<std::uint32_t>(reason); }

  std::atomic<std::uint32_t> closed_{0};
  mutable std::mutex mutex_;
  std::array<std::string, 7> texts_;  // guarded by mutex_
};

}  // namespace rocketmq::store
