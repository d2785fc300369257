#pragma once

#include <atomic>
#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "consumer/consume_stats.hpp"
#include "consumer/consumer_settings.hpp"
#include "consumer/offset_store.hpp"
#include "consumer/process_queue.hpp"
#include "consumer/push/reported_refusals.hpp"
#include "instance/client_instance.hpp"
#include "producer/sender.hpp"
#include "rocketmq/common/log_limiter.hpp"
#include "rocketmq/common/subscription_data.hpp"

namespace rocketmq::client {

using SubscriptionPtr = std::shared_ptr<const SubscriptionData>;

/// What a consumer subscribes. Safe on any thread.
class Subscriptions {
 public:
  void put(SubscriptionData data);
  void remove(const std::string& topic);
  /// Null when the topic is not subscribed.
  SubscriptionPtr find(const std::string& topic) const;
  std::vector<SubscriptionData> all() const;
  std::set<std::string> topics() const;
  /// Tells brokers, with the next heartbeat, that the subscription is newer than what they know.
  void set_version(const std::string& topic, std::int64_t version);

 private:
  mutable std::mutex mutex_;
  std::map<std::string, SubscriptionPtr> by_topic_;  // guarded by mutex_
};

/// The queues a consumer owns at present. Safe on any thread.
class ProcessQueues {
 public:
  std::vector<ProcessQueuePtr> all() const;
  std::vector<ProcessQueuePtr> of_topic(const std::string& topic) const;
  std::set<MessageQueue> owned() const;
  ProcessQueuePtr find(const MessageQueue& queue) const;
  void add(ProcessQueuePtr queue);
  /// Drops the queue and takes it out, unless another one stands in its place.
  void remove(const ProcessQueuePtr& queue);
  void drop_all();

 private:
  mutable std::mutex mutex_;
  std::map<MessageQueue, ProcessQueuePtr> queues_;  // guarded by mutex_
};

/// How the pulls of a consumer are made.
struct PullStyle {
  /// Pulls carry the consumed offset along.
  bool commits = true;
  /// Pulls carry the subscription, instead of leaving the broker to the heartbeats' one.
  bool carries_subscription = false;
  /// Further bits of the pull's sysFlag.
  std::int32_t more_flags = 0;
  /// How long a broker holds a pull that finds nothing, and when the client gives it up.
  milliseconds hold{15'000};
  milliseconds timeout{30'000};
};

/// What the parts of one managed consumer share. The members without a lock of their own do not
/// change after start.
struct ConsumerContext {
  PushConsumerSettings settings;
  PullStyle pull_style;
  std::shared_ptr<ClientInstance> instance;
  std::unique_ptr<OffsetStore> offsets;
  /// Sends failed messages when their broker cannot take them back.
  std::shared_ptr<Sender> inner_sender;
  /// Null unless tracing is enabled.
  std::shared_ptr<TraceLog> trace;
  Subscriptions subscriptions;
  ProcessQueues queues;
  ConsumeStats stats;
  std::atomic<bool> is_paused{false};
  /// Set first at shutdown: nothing new is begun.
  std::atomic<bool> is_stopping{false};
  ReportedRefusals refusals;
  mutable LogLimiter failures_log;
  /// Calls of the error listener that wait; further ones are left out.
  static constexpr std::size_t reports_pending_max = 1'000;
  std::shared_ptr<std::atomic<std::size_t>> reports_pending =
      std::make_shared<std::atomic<std::size_t>>(0);

  const std::string& group() const { return settings.group; }
  bool is_broadcasting() const { return settings.model == BROADCASTING; }
  std::int64_t now_ms() const { return instance->clock().now_ms(); }
  /// Logs what no call can throw, and tells the error listener.
  void report(const Failure& failure) const;
};

/// The record of a listener call's end. Only while tracing is enabled.
void trace_end(const ConsumerContext& context, const std::string& request_id,
               const std::vector<MessageExt>& messages, std::int64_t begun_ms, bool succeeded,
               bool threw);

using ConsumerContextPtr = std::shared_ptr<ConsumerContext>;

}  // namespace rocketmq::client
