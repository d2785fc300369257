#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "consumer/consumer_context.hpp"
#include "consumer/push/consume_pool.hpp"
#include "consumer/push/consume_service.hpp"
#include "rocketmq/common/timed_mutex.hpp"

namespace rocketmq::client {

/// A queue's messages in their order, and its lock at the broker.
struct OrderlyQueue {
  /// Held while the listener has messages of the queue, so that no two threads do.
  TimedMutex consuming_mutex;

  std::mutex mutex;
  std::deque<PulledMessages> pulled;  // guarded by mutex; not decoded yet, those behind pending
  std::deque<MessageExt> pending;     // guarded by mutex; next one first
  std::vector<MessageExt>
      uncommitted;            // guarded by mutex; autoCommit=false: consumed, waiting for COMMIT
  bool is_submitted = false;  // guarded by mutex; a run is waiting or under way

  std::atomic<bool> is_locked{false};
  std::atomic<std::int64_t> locked_ms{0};
};

/// Calls an orderly listener: a queue's messages one call after the other. In a group that shares
/// its messages a queue is consumed only while the broker has locked it for this client.
class OrderlyService final : public ConsumeService,
                             public std::enable_shared_from_this<OrderlyService> {
 public:
  explicit OrderlyService(ConsumerContextPtr context);

  bool is_orderly() const override { return true; }
  void start() override;
  void submit(const ProcessQueuePtr& queue, PulledMessages messages) override;
  bool may_pull(const ProcessQueuePtr& queue) override { return holds_lock(*queue); }
  bool acquire(const MessageQueue& queue) override;
  void adopt(ProcessQueue& queue) override;
  bool release(const ProcessQueuePtr& queue) override;
  void release_all() override;
  void consume_directly(MessageExt message, std::function<void(Result<std::string>)> done) override;
  void set_threads(int threads) override { pool_.resize(threads); }
  int threads() const override { return pool_.threads(); }
  void stop_taking(std::chrono::milliseconds wait) override;
  void stop() override { pool_.stop(); }
  bool runs_this_thread() const override { return pool_.runs_this_thread(); }

 private:
  /// What a queue does after a listener call.
  enum class Next { GoOn, Suspend };

  bool holds_lock(const ProcessQueue& queue) const;
  void post_run(const ProcessQueuePtr& queue);
  void run_later(const ProcessQueuePtr& queue, std::chrono::milliseconds delay);
  void run(const ProcessQueuePtr& queue);
  /// Up to one call's messages; empty ends the run.
  std::vector<MessageExt> take(ProcessQueue& queue);
  Next consume(const ProcessQueuePtr& queue, std::vector<MessageExt> messages,
               std::int64_t& suspend_ms);
  Next settle(ProcessQueue& queue, std::vector<MessageExt> messages, ConsumeOrderlyStatus status,
              bool auto_commit);
  void acknowledge(ProcessQueue& queue, const std::vector<MessageExt>& messages);
  Next suspend(ProcessQueue& queue, std::vector<MessageExt> messages);
  void put_back(ProcessQueue& queue, std::vector<MessageExt> messages);

  // orderly_locks.cpp
  void lock_then_run(const ProcessQueuePtr& queue);
  void schedule_lock_upkeep(std::chrono::milliseconds delay);
  void renew_locks();
  void ask_lock(const std::string& broker_name, std::vector<MessageQueue> queues,
                std::function<void(const std::vector<MessageQueue>& granted)> done);

  const ConsumerContextPtr context_;
  ConsumePool pool_;
};

}  // namespace rocketmq::client
