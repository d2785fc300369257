#pragma once

#include "rocketmq/RequiresCpp20.h"

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "rocketmq/DefaultMQPullConsumer.h"

namespace rocketmq {

/// What a pull task may know and say. Valid during the call.
class PullTaskContext {
 public:
  explicit PullTaskContext(DefaultMQPullConsumer& consumer) : consumer_(consumer) {}
  DefaultMQPullConsumer& getMQPullConsumer() { return consumer_; }
  /// When the queue's next call begins after the end of this one, ms. Default 200.
  void setPullNextDelayTimeMillis(int delay_ms) { next_delay_ms_ = delay_ms; }
  void setPullNextDelayTimeMillis(std::chrono::milliseconds delay) {
    next_delay_ms_ = static_cast<int>(delay.count());
  }
  int getPullNextDelayTimeMillis() const { return next_delay_ms_; }

 private:
  DefaultMQPullConsumer& consumer_;
  int next_delay_ms_ = 200;
};

/// Called again and again for each queue that is this member's, on the service's threads, never
/// twice at a time for one queue. What it throws is logged; the queue's next call then comes 1 s
/// later. It must not shut the service down.
class PullTaskCallback {
 public:
  virtual ~PullTaskCallback() = default;
  virtual void doPullTask(const MessageQueue& queue, PullTaskContext& context) = 0;
};

using PullTaskFunction = std::function<void(const MessageQueue& queue, PullTaskContext& context)>;

/// A pull consumer whose queues are shared among the group's members (or, with BROADCASTING, all
/// taken), and a task per queue that pulls them. The first tasks begin after the first rebalance,
/// about a second after start().
class MQPullConsumerScheduleService {
 public:
  explicit MQPullConsumerScheduleService(const std::string& consumerGroup);
  ~MQPullConsumerScheduleService();
  MQPullConsumerScheduleService(const MQPullConsumerScheduleService&) = delete;
  MQPullConsumerScheduleService& operator=(const MQPullConsumerScheduleService&) = delete;

  /// Before start(). The callback must live until shutdown() has returned.
  void registerPullTaskCallback(const std::string& topic, PullTaskCallback* callback);
  void registerPullTaskCallback(const std::string& topic, PullTaskFunction callback);
  /// Throws what DefaultMQPullConsumer::start() throws.
  void start();
  /// Throws MQClientException in one of the service's own tasks, where it would wait for itself.
  /// Begins no further call, waits for those under way, then shuts the consumer down, which stores
  /// its offsets and takes the time that is said there. A pull in a call ends by its own time-out.
  /// Idempotent.
  void shutdown();

  /// Threads that run the callbacks, 1…1000. Default 20.
  void setPullThreadNums(int threads);
  int getPullThreadNums() const;
  /// Default CLUSTERING.
  void setMessageModel(MessageModel model);
  MessageModel getMessageModel() const;
  /// The consumer beneath: for its settings before start(), and for its calls.
  DefaultMQPullConsumer& getDefaultMQPullConsumer();

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace rocketmq
