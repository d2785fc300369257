#include "consumer/pull/lite_pull_consumer_impl.hpp"

#include <spdlog/logger.h>

#include <exception>
#include <utility>

#include "consumer/pull/lite_pull_settings.hpp"
#include "consumer/subscription.hpp"
#include "rocketmq/client/client_log.hpp"
#include "rocketmq/client/name_checks.hpp"
#include "rocketmq/client/own_code.hpp"
#include "rocketmq/client/queue_offsets.hpp"
#include "rocketmq/common/sys_flag.hpp"

namespace rocketmq::client {

void LitePullConsumerImpl::start(const LitePullSettings& settings) {
  value_or_throw(check_lite_pull_consumer(settings));
  if (is_running()) return start_with(settings, {});  // says that it was started before
  settings_ = settings;
  {
    const std::scoped_lock lock(mutex_);
    std::set<MessageQueue> wire_names;
    for (const MessageQueue& queue : assigned_) wire_names.insert(name_space().wrap(queue));
    assigned_ = std::move(wire_names);
    for (const MessageQueue& queue : assigned_) {
      const std::string topic = name_space().strip(queue.getTopic());
      const auto known = assign_expressions_.find(topic);
      settings_.subscriptions.insert_or_assign(
          topic, MessageSelector::byTag(known == assign_expressions_.end() ? "*" : known->second));
    }
  }
  start_with(settings_, {.commits = false,
                         .carries_subscription = true,
                         .more_flags = pull_flag::lite_pull,
                         .hold = settings_.broker_suspend,
                         .timeout = settings_.timeout_when_suspend});
  last_commit_ms_ = context()->now_ms();
  if (has_assigned()) rebalance();
}

std::shared_ptr<ConsumeService> LitePullConsumerImpl::make_service(
    const ConsumerContextPtr& context) {
  service_ = std::make_shared<PollService>(
      context, static_cast<std::size_t>(settings_.threshold_all), settings_.auto_commit);
  return service_;
}

void LitePullConsumerImpl::set_mode(Mode mode) {
  const std::scoped_lock lock(mutex_);
  if (mode_ != Mode::None && mode_ != mode) {
    throw_failure(client_failure("Subscribe and assign are mutually exclusive."));
  }
  mode_ = mode;
}

bool LitePullConsumerImpl::has_assigned() const {
  const std::scoped_lock lock(mutex_);
  return mode_ == Mode::Assign;
}

void LitePullConsumerImpl::subscribe(const std::string& topic, const MessageSelector& selector) {
  set_mode(Mode::Subscribe);
  if (is_running()) ManagedConsumer::subscribe(topic, selector);
}

void LitePullConsumerImpl::unsubscribe(const std::string& topic) {
  if (is_running()) ManagedConsumer::unsubscribe(topic);
}

std::vector<MessageQueue> LitePullConsumerImpl::wrapped(
    const std::vector<MessageQueue>& queues) const {
  std::vector<MessageQueue> wire_names;
  for (const MessageQueue& queue : queues) wire_names.push_back(name_space().wrap(queue));
  return wire_names;
}

void LitePullConsumerImpl::assign(const std::vector<MessageQueue>& queues) {
  set_mode(Mode::Assign);
  for (const MessageQueue& queue : queues) value_or_throw(check_topic(queue.getTopic()));
  {
    const auto wire_names = wrapped(queues);
    const std::scoped_lock lock(mutex_);
    assigned_ = {wire_names.begin(), wire_names.end()};
  }
  if (!is_running()) return;
  subscribe_assigned();
  rebalance();
}

void LitePullConsumerImpl::subscribe_assigned() {
  std::map<std::string, std::string> wanted;
  {
    const std::scoped_lock lock(mutex_);
    for (const MessageQueue& queue : assigned_) {
      const auto known = assign_expressions_.find(name_space().strip(queue.getTopic()));
      wanted[queue.getTopic()] = known == assign_expressions_.end() ? "*" : known->second;
    }
  }
  Subscriptions& subscriptions = context()->subscriptions;
  for (const std::string& topic : subscriptions.topics()) {
    if (!wanted.contains(topic)) subscriptions.remove(topic);
  }
  for (const auto& [topic, tags] : wanted) {
    subscriptions.put(value_or_throw(
        make_subscription(topic, MessageSelector::byTag(tags), context()->now_ms())));
    (void)instance()->refresh_route(topic);
  }
}

void LitePullConsumerImpl::set_expression_for_assign(const std::string& topic,
                                                     const std::string& tags) {
  const std::scoped_lock lock(mutex_);
  assign_expressions_[topic] = tags;
}

std::set<MessageQueue> LitePullConsumerImpl::assignment() const {
  (void)instance();
  std::set<MessageQueue> queues;
  for (const MessageQueue& queue : context()->queues.owned())
    queues.insert(name_space().strip(queue));
  return queues;
}

std::optional<Allocation> LitePullConsumerImpl::allocate(const std::string& topic) {
  {
    const std::scoped_lock lock(mutex_);
    if (mode_ == Mode::Assign) {
      Allocation allocation;
      for (const MessageQueue& queue : assigned_) {
        if (queue.getTopic() == topic) allocation.mine.push_back(queue);
      }
      allocation.all = allocation.mine;
      return allocation;
    }
  }
  return ManagedConsumer::allocate(topic);
}

std::vector<MessageExt> LitePullConsumerImpl::poll(std::optional<milliseconds> timeout) {
  (void)instance();
  const std::int64_t now_ms = context()->now_ms();
  if (settings_.auto_commit &&
      now_ms - last_commit_ms_.load() >= settings_.auto_commit_interval.count()) {
    last_commit_ms_ = now_ms;
    service_->commit_positions();
  }
  return service_->poll(timeout.value_or(settings_.poll_timeout));
}

void LitePullConsumerImpl::seek(const MessageQueue& user_queue, std::int64_t offset) {
  const MessageQueue queue = name_space().wrap(user_queue);
  const std::int64_t min = value_or_throw(ask_min_offset(*instance(), queue));
  const std::int64_t max = value_or_throw(ask_max_offset(*instance(), queue));
  if (offset < min || offset > max) {
    throw_failure(client_failure("Seek offset illegal, seek offset = " + std::to_string(offset) +
                                 ", min offset = " + std::to_string(min) +
                                 ", max offset = " + std::to_string(max)));
  }
  const std::scoped_lock lock(rebalance_mutex());
  const ProcessQueuePtr present = context()->queues.find(queue);
  if (present == nullptr) {
    throw_failure(client_failure(
        "The message queue is not in assigned list, may be rebalancing, message queue: " +
        user_queue.toString()));
  }
  context()->queues.remove(present);
  begin_queue(queue, offset,
              {static_cast<std::size_t>(context()->settings.threshold_messages),
               static_cast<std::size_t>(context()->settings.threshold_mebibytes)});
}

void LitePullConsumerImpl::seek_to_begin(const MessageQueue& queue) {
  seek(queue, value_or_throw(ask_min_offset(*instance(), name_space().wrap(queue))));
}

void LitePullConsumerImpl::seek_to_end(const MessageQueue& queue) {
  seek(queue, value_or_throw(ask_max_offset(*instance(), name_space().wrap(queue))));
}

void LitePullConsumerImpl::pause(const std::vector<MessageQueue>& queues) {
  (void)instance();
  service_->pause(wrapped(queues));
}

void LitePullConsumerImpl::resume(const std::vector<MessageQueue>& queues) {
  (void)instance();
  service_->resume(wrapped(queues));
}

void LitePullConsumerImpl::commit_sync() {
  (void)instance();
  service_->commit_positions();
  context()->offsets->persist_and_wait(context()->queues.owned());
}

void LitePullConsumerImpl::commit(const std::map<MessageQueue, std::int64_t>& offsets,
                                  bool persist) {
  (void)instance();
  for (const auto& [user_queue, offset] : offsets) {
    if (offset < 0) continue;
    const MessageQueue queue = name_space().wrap(user_queue);
    context()->offsets->cell(queue)->set(offset);
    if (persist) context()->offsets->persist(queue);
  }
}

std::int64_t LitePullConsumerImpl::committed(const MessageQueue& user_queue) {
  (void)instance();
  const MessageQueue queue = name_space().wrap(user_queue);
  const OffsetTable known = context()->offsets->in_memory();
  if (const auto found = known.find(queue); found != known.end()) return found->second;
  (void)instance()->master_address(queue.getBrokerName(), queue.getTopic());
  return value_or_throw(context()->offsets->read_stored(queue)).value_or(-1);
}

void LitePullConsumerImpl::add_listener(const std::string& topic,
                                        TopicMessageQueueChangeListener* listener) {
  value_or_throw(check_topic(topic));
  if (listener == nullptr) throw_failure(client_failure("the queue change listener is null"));
  const std::scoped_lock lock(mutex_);
  watched_[topic].listener = listener;
}

std::set<std::string> LitePullConsumerImpl::topics() const {
  std::set<std::string> topics = ManagedConsumer::topics();
  const std::scoped_lock lock(mutex_);
  for (const auto& [topic, watched] : watched_) topics.insert(name_space().wrap(topic));
  return topics;
}

void LitePullConsumerImpl::rebalance() {
  ManagedConsumer::rebalance();
  if (is_running()) tell_changed_queues();
}

void LitePullConsumerImpl::tell_changed_queues() {
  const OwnCode own(context().get());
  struct Change {
    TopicMessageQueueChangeListener* listener;
    std::string topic;
    std::set<MessageQueue> queues;
  };
  std::vector<Change> changes;
  {
    const std::scoped_lock lock(mutex_);
    for (auto& [topic, watched] : watched_) {
      const std::string wire_topic = name_space().wrap(topic);
      const TopicRoutePtr route = context()->instance->routes().route(wire_topic);
      if (route == nullptr) continue;
      const auto list = name_space().strip(readable_queues(wire_topic, *route));
      std::set<MessageQueue> queues(list.begin(), list.end());
      const bool is_change = watched.queues.has_value() && *watched.queues != queues;
      watched.queues = queues;
      if (is_change) changes.push_back({watched.listener, topic, std::move(queues)});
    }
  }
  for (const Change& change : changes) {
    try {
      change.listener->onChanged(change.topic, change.queues);
    } catch (const std::exception& thrown) {
      client_log().error("the queue listener of topic {} threw: {}", change.topic, thrown.what());
    } catch (...) {
      client_log().error("the queue listener of topic {} threw something that is no std::exception",
                         change.topic);
    }
  }
}

}  // namespace rocketmq::client
