#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "consumer/consumer_context.hpp"
#include "consumer/push/consume_service.hpp"
#include "rocketmq/common/log_limiter.hpp"

namespace rocketmq::client {

/// Pulls the queues of a push consumer: one request under way per queue, each response begins the
/// next one, no thread waits. pull() runs on whatever thread the last step ended: rmq-work,
/// rmq-timer or the I/O thread.
class PullLoop : public std::enable_shared_from_this<PullLoop> {
 public:
  PullLoop(ConsumerContextPtr context, std::shared_ptr<ConsumeService> service)
      : context_(std::move(context)), service_(std::move(service)) {}

  /// The next step of a queue; ends its loop when the queue was dropped or the consumer stops.
  void pull(const ProcessQueuePtr& queue);

 private:
  void pull_later(const ProcessQueuePtr& queue, std::chrono::milliseconds delay);
  bool has_too_much(const ProcessQueue& queue) const;
  remoting::RemotingCommand make_pull(const ProcessQueue& queue,
                                      const SubscriptionData& subscription, bool is_master) const;
  /// Where a pull goes.
  struct Target {
    std::string address;
    std::int64_t broker_id = 0;
    /// It is a filter server beside that broker.
    bool is_filter_server = false;
  };
  std::optional<Target> target_of(const ProcessQueue& queue, const SubscriptionData& subscription);
  void answered(const ProcessQueuePtr& queue, const SubscriptionPtr& subscription,
                const Target& target, const remoting::RemotingCommand& answer);
  void not_answered(const ProcessQueuePtr& queue, const Target& target, const Error& error);
  void found(const ProcessQueuePtr& queue, const SubscriptionData& subscription,
             const remoting::RemotingCommand& answer);
  void nothing_found(const ProcessQueuePtr& queue, const remoting::RemotingCommand& answer);
  void offset_moved(const ProcessQueuePtr& queue, const remoting::RemotingCommand& answer);

  /// A broker does not serve the pull. The error listener gets each topic's and code's refusal
  /// once.
  void refused(const ProcessQueue& queue, const Target& target,
               const remoting::RemotingCommand& answer);
  /// A failed or refused pull, in the log: one line a second, however many queues are concerned.
  void note_failure(const ProcessQueue& queue, const std::string& what);

  const ConsumerContextPtr context_;
  const std::shared_ptr<ConsumeService> service_;
  LogLimiter failures_;
};

}  // namespace rocketmq::client
