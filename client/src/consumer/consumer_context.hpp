#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "consumer/consume_stats.hpp"
#include "consumer/consumer_settings.hpp"
#include "consumer/offset_store.hpp"
#include "consumer/process_queues.hpp"
#include "consumer/push/reported_refusals.hpp"
#include "consumer/subscriptions.hpp"
#include "instance/client_instance.hpp"
#include "producer/sender.hpp"
#include "rocketmq/common/log_limiter.hpp"

namespace rocketmq::client {

/// How the pulls of a consumer are made.
struct PullStyle {
  /// Pulls carry the consumed offset along.
  bool commits = true;
  /// Pulls carry the subscription; else the broker uses the one of the heartbeats.
  bool carries_subscription = false;
  /// Further bits of the pull's sysFlag.
  std::int32_t more_flags = 0;
  /// How long a broker holds a pull that finds nothing, and when the client abandons it.
  milliseconds hold{15'000};
  milliseconds timeout{30'000};
};

/// What the parts of one managed consumer share. The members without a lock of their own do not
/// change after start.
class FilterClasses;

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
  std::shared_ptr<FilterClasses> filter_classes;
  ProcessQueues queues;
  ConsumeStats stats;
  std::atomic<bool> is_paused{false};
  /// Set first at shutdown: nothing new is begun.
  std::atomic<bool> is_stopping{false};
  ReportedRefusals refusals;
  mutable LogLimiter failures_log;
  /// Calls of the error listener that wait; further ones are dropped.
  static constexpr std::size_t reports_pending_max = 1'000;
  std::shared_ptr<std::atomic<std::size_t>> reports_pending =
      std::make_shared<std::atomic<std::size_t>>(0);

  const std::string& group() const { return settings.group; }
  bool is_broadcasting() const { return settings.model == BROADCASTING; }
  std::int64_t now_ms() const { return instance->clock().now_ms(); }
  /// Logs what no call can throw, and hands it to the error listener.
  void report(const Failure& failure) const;
};

/// The record of a listener call's end. Only while tracing is enabled.
void trace_end(const ConsumerContext& context, const std::string& request_id,
               const std::vector<MessageExt>& messages, std::int64_t begun_ms, bool succeeded,
               bool threw);

using ConsumerContextPtr = std::shared_ptr<ConsumerContext>;

}  // namespace rocketmq::client
