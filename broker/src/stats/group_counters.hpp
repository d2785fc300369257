#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "groups/topic_group.hpp"

namespace rocketmq::broker {

/// How far a read was behind, at its time.
struct ReadLag {
  /// Bytes of the log after the last message that was read, other queues' among them.
  std::int64_t bytes = 0;
  /// Since that message was stored.
  std::int64_t ms = 0;
  /// Wall-clock time of the read; 0: there was none.
  std::int64_t read_at_ms = 0;
};

/// What groups have read from queues. A read costs a look-up with a shared lock and relaxed
/// additions; no text is made. Runs on: any thread. Bounded: limits::group_queues_max queues;
/// further ones are not counted.
class GroupCounters {
 public:
  struct Counts {
    std::int64_t messages = 0;
    std::int64_t bytes = 0;
    std::int64_t reads = 0;
    std::chrono::nanoseconds time{0};
    /// Of the last read.
    ReadLag lag;
  };
  /// One read that found messages.
  struct Read {
    std::int64_t messages = 0;
    std::int64_t bytes = 0;
    std::chrono::nanoseconds time{0};
    /// Default: not known.
    ReadLag lag;
  };

  void add(const GroupQueueView& queue, const Read& read);
  /// Of the last read; empty when the group has read nothing from the queue.
  std::optional<ReadLag> lag_of(const GroupQueueView& queue) const;
  /// Forgets how far the group's last reads were behind.
  void forget_lags(std::string_view group);
  /// The longest read of all.
  std::chrono::milliseconds longest() const {
    return std::chrono::duration_cast<std::chrono::milliseconds>(
        std::chrono::nanoseconds(longest_nanoseconds_.load(std::memory_order_relaxed)));
  }
  /// Shows every queue to `look`, in no order, under the lock.
  void visit(const std::function<void(const GroupQueueView&, const Counts&)>& look) const;
  /// Forgets the queues for which `is_gone` returns true.
  void forget(const std::function<bool(const GroupQueueView&)>& is_gone);

 private:
  struct Entry {
    std::atomic<std::int64_t> messages{0};
    std::atomic<std::int64_t> bytes{0};
    std::atomic<std::int64_t> reads{0};
    std::atomic<std::int64_t> nanoseconds{0};
    std::atomic<std::int64_t> lag_bytes{0};
    std::atomic<std::int64_t> lag_ms{0};
    std::atomic<std::int64_t> lag_read_at_ms{0};

    ReadLag lag() const;
    void set_lag(const ReadLag& lag);
  };

  std::atomic<std::int64_t> longest_nanoseconds_{0};
  mutable std::shared_mutex mutex_;
  /// Guarded by mutex_; the entries themselves change under a shared lock.
  std::unordered_map<GroupQueue, std::unique_ptr<Entry>, TopicGroupHash, TopicGroupEqual> entries_;
};

}  // namespace rocketmq::broker
