#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "consumer/consumer_context.hpp"
#include "consumer/push/consume_service.hpp"

namespace rocketmq::client {

/// What polling keeps of a queue.
struct PolledQueue {
  explicit PolledQueue(std::int64_t first) : position(first) {}
  /// Everything before it has been handed out: what a commit stores.
  std::atomic<std::int64_t> position;
};

/// Keeps pulled messages until the program polls them. The messages that wait are bounded by the
/// pull loop's flow control and by `cached_max`. Safe on any thread.
class PollService final : public ConsumeService {
 public:
  /// `commits_at_stop`: stop_taking() commits what was polled.
  PollService(ConsumerContextPtr context, std::size_t cached_max, bool commits_at_stop)
      : context_(std::move(context)), cached_max_(cached_max), commits_at_stop_(commits_at_stop) {}

  /// One pull's messages of a queue that is owned and not paused; empty after `timeout` and when
  /// the consumer stops. Throws for a message whose body cannot be read; the next poll resumes
  /// behind it.
  std::vector<MessageExt> poll(std::chrono::milliseconds timeout);
  /// Makes the positions the offsets to be stored.
  void commit_positions();
  void pause(const std::vector<MessageQueue>& queues);
  void resume(const std::vector<MessageQueue>& queues);

  bool is_orderly() const override { return false; }
  void start() override {}
  void submit(const ProcessQueuePtr& queue, PulledMessages messages) override;
  bool may_pull(const ProcessQueuePtr& queue) override;
  bool has_too_much() const override { return cached_.load() >= cached_max_; }
  bool release(const ProcessQueuePtr& queue) override;
  void adopt(ProcessQueue& queue) override;
  void advance(ProcessQueue& queue, std::int64_t offset) override;
  void reposition(ProcessQueue& queue, std::int64_t offset) override;
  void consume_directly(MessageExt message, std::function<void(Result<std::string>)> done) override;
  void stop_taking(std::chrono::milliseconds wait) override;
  void stop() override {}
  bool runs_this_thread() const override { return false; }

 private:
  struct Batch {
    ProcessQueuePtr queue;
    PulledMessages messages;
  };
  /// What a poll returns of a batch whose message number `unreadable` cannot be read; throws when
  /// that is the first one.
  std::vector<MessageExt> poll_around(Batch batch, std::vector<MessageExt> messages,
                                      std::size_t unreadable);
  /// Counts a batch's messages as polled.
  std::vector<MessageExt> hand_out(const Batch& batch, std::vector<MessageExt> messages);
  /// Under mutex_. Drops batches of queues that are gone; nothing when no batch may be handed out.
  bool take(Batch& batch);
  /// Drops the batches of all queues that are gone.
  void forget_dropped();

  const ConsumerContextPtr context_;
  const std::size_t cached_max_;
  const bool commits_at_stop_;
  mutable std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<Batch> waiting_;           // guarded by mutex_
  std::set<MessageQueue> paused_;       // guarded by mutex_
  bool stopping_ = false;               // guarded by mutex_
  std::atomic<std::size_t> cached_{0};  // messages in waiting_; written under mutex_
};

}  // namespace rocketmq::client
