#include <spdlog/logger.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <exception>
#include <map>
#include <mutex>
#include <utility>
#include <vector>

#include "instance/client_end.hpp"
#include "rocketmq/MQPullConsumerScheduleService.h"
#include "rocketmq/client/client_log.hpp"
#include "rocketmq/client/own_code.hpp"
#include "rocketmq/client/process_generation.hpp"
#include "rocketmq/common/timer_thread.hpp"
#include "rocketmq/common/worker_pool.hpp"

namespace rocketmq {
namespace {

constexpr std::chrono::milliseconds delay_after_failure{1'000};
/// More queues than one consumer will ever have; a call that is not taken is tried again.
constexpr std::size_t waiting_calls_max = 65'536;

}  // namespace

/// The tasks, by queue. "rmq-pull-timer" waits for their time, "rmq-pull-k" run them.
class MQPullConsumerScheduleService::Impl final : public MessageQueueListener {
 public:
  explicit Impl(const std::string& group) : consumer(group) {}
  ~Impl() override = default;
  bool was_started_before_fork() const {
    const int started_in = started_in_.load();
    return started_in != not_started && started_in != client::process_generation();
  }
  bool is_in_own_code() const;
  void check_not_started(const char* setter) const {
    if (started_in_ == not_started) return;
    throw MQClientException(std::string(setter) + "() after start() would have no effect");
  }

  void start();
  void shutdown();
  void messageQueueChanged(const std::string& topic, const std::vector<MessageQueue>& all,
                           const std::vector<MessageQueue>& mine) override;

  DefaultMQPullConsumer consumer;
  // Before start().
  std::map<std::string, PullTaskFunction> callbacks;
  int threads = 20;

 private:
  struct Task {
    MessageQueue queue;
    std::atomic<bool> is_cancelled{false};
  };
  void run_later(const std::shared_ptr<Task>& task, std::chrono::milliseconds delay);
  void run(const std::shared_ptr<Task>& task);

  TimerThread timer_thread_{"rmq-pull-timer"};
  Scheduler timer_{timer_thread_};
  std::unique_ptr<WorkerPool> pool_;  // of start() and shutdown()
  std::mutex lifecycle_mutex_;
  static constexpr int not_started = -1;
  std::atomic<int> started_in_{not_started};  // the process; written under lifecycle_mutex_
  std::atomic<bool> is_stopping_{false};
  std::mutex mutex_;
  std::map<MessageQueue, std::shared_ptr<Task>> tasks_;  // guarded by mutex_
};

void MQPullConsumerScheduleService::Impl::start() {
  const std::scoped_lock lock(lifecycle_mutex_);
  if (started_in_ == not_started) {
    if (threads < 1 || threads > 1000) {
      throw MQClientException("pullThreadNums Out of range [1, 1000]: " + std::to_string(threads));
    }
    for (const auto& [topic, callback] : callbacks) {
      consumer.registerMessageQueueListener(topic, this);
    }
    pool_ = std::make_unique<WorkerPool>("rmq-pull", static_cast<std::size_t>(threads),
                                         waiting_calls_max);
    timer_.start();
    started_in_ = client::process_generation();
  }
  consumer.start();
}

bool MQPullConsumerScheduleService::Impl::is_in_own_code() const {
  return client::OwnCode::runs_for(this) || timer_.runs_this_thread();
}

void MQPullConsumerScheduleService::Impl::shutdown() {
  if (is_in_own_code()) {
    throw MQClientException("a pull schedule service cannot be shut down in one of its tasks");
  }
  if (was_started_before_fork()) return;  // its threads are the parent's
  const std::scoped_lock lock(lifecycle_mutex_);
  is_stopping_ = true;
  timer_.stop();
  timer_thread_.stop();
  if (pool_ != nullptr) pool_->stop();
  consumer.shutdown();
}

void MQPullConsumerScheduleService::Impl::messageQueueChanged(
    const std::string& topic, const std::vector<MessageQueue>&,
    const std::vector<MessageQueue>& mine) {
  std::vector<std::shared_ptr<Task>> begun;
  {
    const std::scoped_lock lock(mutex_);
    std::erase_if(tasks_, [&](const auto& entry) {
      const MessageQueue& queue = entry.first;
      const bool is_lost =
          queue.getTopic() == topic && std::find(mine.begin(), mine.end(), queue) == mine.end();
      if (is_lost) entry.second->is_cancelled = true;
      return is_lost;
    });
    for (const MessageQueue& queue : mine) {
      auto& task = tasks_[queue];
      if (task != nullptr) continue;
      task = std::make_shared<Task>();
      task->queue = queue;
      begun.push_back(task);
    }
  }
  for (const auto& task : begun) run_later(task, std::chrono::milliseconds(0));
}

void MQPullConsumerScheduleService::Impl::run_later(const std::shared_ptr<Task>& task,
                                                    std::chrono::milliseconds delay) {
  timer_.after(delay, [this, task] {
    const bool is_taken = pool_->post([this, task] { run(task); });
    if (!is_taken && !is_stopping_) run_later(task, delay_after_failure);
  });
}

void MQPullConsumerScheduleService::Impl::run(const std::shared_ptr<Task>& task) {
  if (task->is_cancelled || is_stopping_) return;
  PullTaskContext context(consumer);
  std::chrono::milliseconds delay = delay_after_failure;
  try {
    const client::OwnCode own(this);
    callbacks.at(task->queue.getTopic())(task->queue, context);
    delay = std::chrono::milliseconds(std::max(context.getPullNextDelayTimeMillis(), 0));
  } catch (const std::exception& thrown) {
    client::client_log().warn("the pull task of {} threw: {}", task->queue.toString(),
                              thrown.what());
  } catch (...) {
    client::client_log().warn("the pull task of {} threw something that is no std::exception",
                              task->queue.toString());
  }
  if (!task->is_cancelled && !is_stopping_) run_later(task, delay);
}

MQPullConsumerScheduleService::MQPullConsumerScheduleService(const std::string& consumerGroup)
    : impl_(std::make_shared<Impl>(consumerGroup)) {}
MQPullConsumerScheduleService::~MQPullConsumerScheduleService() {
  client::end_client(impl_, "pull schedule service");
}

void MQPullConsumerScheduleService::registerPullTaskCallback(const std::string& topic,
                                                             PullTaskCallback* callback) {
  if (callback == nullptr) throw MQClientException("the pull task callback is null");
  registerPullTaskCallback(topic, [callback](const MessageQueue& queue, PullTaskContext& context) {
    callback->doPullTask(queue, context);
  });
}
void MQPullConsumerScheduleService::registerPullTaskCallback(const std::string& topic,
                                                             PullTaskFunction callback) {
  if (callback == nullptr) throw MQClientException("the pull task callback is null");
  impl_->check_not_started("registerPullTaskCallback");
  impl_->callbacks[topic] = std::move(callback);
}
void MQPullConsumerScheduleService::start() { impl_->start(); }
void MQPullConsumerScheduleService::shutdown() { impl_->shutdown(); }
void MQPullConsumerScheduleService::setPullThreadNums(int threads) {
  impl_->check_not_started("setPullThreadNums");
  impl_->threads = threads;
}
int MQPullConsumerScheduleService::getPullThreadNums() const { return impl_->threads; }
void MQPullConsumerScheduleService::setMessageModel(MessageModel model) {
  impl_->consumer.setMessageModel(model);
}
MessageModel MQPullConsumerScheduleService::getMessageModel() const {
  return impl_->consumer.getMessageModel();
}
DefaultMQPullConsumer& MQPullConsumerScheduleService::getDefaultMQPullConsumer() {
  return impl_->consumer;
}

}  // namespace rocketmq
