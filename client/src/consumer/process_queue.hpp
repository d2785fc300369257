#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <vector>

#include "consumer/pulled_messages.hpp"
#include "rocketmq/MessageExt.h"
#include "rocketmq/MessageQueue.h"

namespace rocketmq::client {

/// The consumed offset of one queue, as its offset store will store it; -1 while there is none.
/// Safe on any thread.
class OffsetCell {
 public:
  std::int64_t get() const { return value_.load(std::memory_order_acquire); }
  void set(std::int64_t offset) { value_.store(offset, std::memory_order_release); }
  /// Sets it unless it is larger already.
  void raise(std::int64_t offset) {
    std::int64_t known = value_.load(std::memory_order_relaxed);
    while (known < offset &&
           !value_.compare_exchange_weak(known, offset, std::memory_order_release)) {
    }
  }

 private:
  std::atomic<std::int64_t> value_{-1};
};

/// What is cached of one queue: for flow control and for reports.
struct CachedMessages {
  std::size_t count = 0;
  std::size_t bytes = 0;
  std::int64_t min_offset = 0;
  std::int64_t max_offset = 0;

  std::int64_t span() const { return max_offset - min_offset; }
};

/// A message that has been in its listener for too long.
struct ExpiredMessage {
  std::int64_t queue_offset = 0;
  std::int64_t physical_offset = 0;
};

struct OrderlyQueue;
struct PolledQueue;
class TopicStats;

/// How much of a queue may be in memory.
struct QueueLimits {
  std::size_t messages = 1000;
  std::size_t mebibytes = 100;
};

/// One queue while this consumer owns it: which messages were pulled and are not done yet. Messages
/// are pulled in the order of their offsets and finish in any order; the offset that may be
/// committed is that of the lowest unfinished one. Bounded by the pull loop's flow control. Safe on
/// any thread.
class ProcessQueue {
 public:
  ProcessQueue(MessageQueue queue, std::int64_t next_offset, std::shared_ptr<OffsetCell> offset)
      : queue_(std::move(queue)), offset_(std::move(offset)), next_offset_(next_offset) {}

  const MessageQueue& queue() const { return queue_; }
  OffsetCell& offset() const { return *offset_; }

  /// A dropped queue is not pulled anymore, and results of its messages change no offset.
  bool is_dropped() const { return dropped_.load(std::memory_order_acquire); }
  void drop() { dropped_.store(true, std::memory_order_release); }

  /// Remembers pulled messages. Messages that came before are taken out of the list.
  void put(std::vector<PulledMessage>& messages);
  CachedMessages cached() const;

  /// Notes when the listener got messages.
  void begin(const std::vector<MessageExt>& messages, std::int64_t now_ms);
  /// Forgets messages that are done; returns the offset that may be committed, -1 when nothing was
  /// ever cached.
  std::int64_t remove(const std::vector<MessageExt>& messages);
  std::int64_t remove(const std::vector<PulledMessage>& messages);
  std::int64_t remove(std::int64_t queue_offset);
  /// Those of the first `look_at` unfinished messages that the listener got before
  /// `started_before_ms`.
  std::vector<ExpiredMessage> expired(std::int64_t started_before_ms, std::size_t look_at) const;

  // The next ones belong to the pull loop, of which there is one at a time; others only read.
  std::int64_t next_offset() const { return next_offset_.load(std::memory_order_acquire); }
  void set_next_offset(std::int64_t offset) {
    next_offset_.store(offset, std::memory_order_release);
  }
  std::int64_t suggested_broker_id() const {
    return suggested_broker_id_.load(std::memory_order_relaxed);
  }
  void set_suggested_broker_id(std::int64_t id) {
    suggested_broker_id_.store(id, std::memory_order_relaxed);
  }
  /// True after a pull that got no response, until one gets one.
  bool is_failed_over() const { return is_failed_over_.load(std::memory_order_relaxed); }
  void set_failed_over(bool is_so) { is_failed_over_.store(is_so, std::memory_order_relaxed); }
  std::int64_t last_pull_ms() const { return last_pull_ms_.load(std::memory_order_relaxed); }
  void set_last_pull_ms(std::int64_t now_ms) {
    last_pull_ms_.store(now_ms, std::memory_order_relaxed);
  }
  QueueLimits limits() const {
    return {messages_max_.load(std::memory_order_relaxed),
            mebibytes_max_.load(std::memory_order_relaxed)};
  }
  void set_limits(const QueueLimits& limits) {
    messages_max_.store(limits.messages, std::memory_order_relaxed);
    mebibytes_max_.store(limits.mebibytes, std::memory_order_relaxed);
  }
  std::int64_t last_consume_ms() const { return last_consume_ms_.load(std::memory_order_relaxed); }

  /// What orderly consumption keeps of the queue; set before the queue is pulled, null for
  /// concurrent consumption.
  std::shared_ptr<OrderlyQueue> orderly;
  /// What polling keeps of the queue; likewise.
  std::shared_ptr<PolledQueue> polled;
  /// Where its pulls and listener calls are counted; likewise.
  std::shared_ptr<TopicStats> stats;

 private:
  struct Slot {
    std::int64_t queue_offset;
    std::int64_t physical_offset;
    std::int64_t begun_ms;  // 0: not in the listener yet
    std::uint32_t body_bytes;
    bool is_done;
  };
  void finish(std::int64_t queue_offset);  // under mutex_
  std::int64_t committable() const;        // under mutex_
  Slot* find(std::int64_t queue_offset);   // under mutex_

  const MessageQueue queue_;
  const std::shared_ptr<OffsetCell> offset_;
  std::atomic<bool> dropped_{false};
  std::atomic<std::int64_t> next_offset_;
  std::atomic<std::int64_t> suggested_broker_id_{0};
  std::atomic<bool> is_failed_over_{false};
  std::atomic<std::int64_t> last_pull_ms_{0};
  std::atomic<std::int64_t> last_consume_ms_{0};
  std::atomic<std::size_t> messages_max_{1000};
  std::atomic<std::size_t> mebibytes_max_{100};

  mutable std::mutex mutex_;
  std::deque<Slot> slots_;            // guarded by mutex_; by offset; the first one is unfinished
  std::size_t unfinished_ = 0;        // guarded by mutex_
  std::size_t unfinished_bytes_ = 0;  // guarded by mutex_
  std::int64_t max_seen_ = -1;        // guarded by mutex_
};

using ProcessQueuePtr = std::shared_ptr<ProcessQueue>;

}  // namespace rocketmq::client
