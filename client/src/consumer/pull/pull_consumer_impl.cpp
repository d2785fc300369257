#include "consumer/pull/pull_consumer_impl.hpp"

#include <spdlog/logger.h>

#include <algorithm>
#include <exception>
#include <utility>

#include "consumer/allocation.hpp"
#include "consumer/local_offset_store.hpp"
#include "consumer/pull/pull_consumer_settings.hpp"
#include "consumer/remote_offset_store.hpp"
#include "consumer/subscription.hpp"
#include "rocketmq/client/client_log.hpp"
#include "rocketmq/client/message/message_access.hpp"
#include "rocketmq/client/message/message_codec.hpp"
#include "rocketmq/client/name_checks.hpp"
#include "rocketmq/client/own_code.hpp"
#include "rocketmq/common/names.hpp"
#include "rocketmq/common/sys_flag.hpp"
#include "rocketmq/protocol/pull_headers.hpp"
#include "rocketmq/protocol/send_headers.hpp"

namespace rocketmq::client {
namespace {

constexpr milliseconds api_timeout{5'000};
constexpr std::int64_t no_offset = -1;
constexpr std::int64_t offset_failed = -2;

}  // namespace

void PullConsumerImpl::start(const PullConsumerSettings& settings) {
  const std::scoped_lock lock(state_.mutex());
  if (state_.get() != ServiceState::Value::CreateJust)
    throw_failure(state_.cannot_start("consumer"));
  // Nothing was begun: the setting can be changed and the start tried again.
  value_or_throw(check_pull_consumer(settings));
  state_.set(ServiceState::Value::StartFailed);
  settings_ = settings;
  const Namespace& name_space = settings_.name_space;
  settings_.group = name_space.wrap(settings_.group);
  settings_.registered_topics.clear();
  for (const auto& [topic, listener] : settings.registered_topics) {
    settings_.registered_topics.emplace(name_space.wrap(topic), listener);
  }
  if (settings_.model == CLUSTERING) settings_.make_instance_name_unique();
  instance_ = ClientInstance::join(settings_);
  if (settings_.model == BROADCASTING) {
    offsets_ = std::make_unique<LocalOffsetStore>(LocalOffsetStore::default_directory(),
                                                  instance_->id(), group());
  } else {
    offsets_ = std::make_unique<RemoteOffsetStore>(instance_, group());
  }
  auto loaded = offsets_->load();
  if (loaded) {
    loaded = instance_->add(shared_from_this());
    if (!loaded) state_.set(ServiceState::Value::CreateJust);
  }
  if (!loaded) {
    ClientInstance::leave(instance_);
    throw_failure(loaded.error());
  }
  started_ms_ = instance_->clock().now_ms();
  state_.set(ServiceState::Value::Running);
  for (const std::string& topic : topics()) {
    if (const auto route = instance_->refresh_route(topic);
        !route && route.error().kind != FailureKind::Broker)
      break;
  }
  instance_->heartbeat();
  instance_->wake_rebalance();
}

bool PullConsumerImpl::is_in_own_code() const {
  return state_.is_running() &&
         (OwnCode::runs_for(this) || ClientInstance::would_end_here(instance_));
}

void PullConsumerImpl::shutdown() {
  if (is_in_own_code()) {
    throw_failure(client_failure("a consumer cannot be shut down in one of its callbacks"));
  }
  const std::scoped_lock lock(state_.mutex());
  if (!state_.is_running()) return;
  state_.set(ServiceState::Value::ShutdownAlready);
  const CallbackExecutor::Blocked blocked(instance_->callbacks());
  {
    const std::scoped_lock rebalance_lock(rebalance_mutex_);
    offsets_->persist_and_wait(owned());
  }
  instance_->remove_consumer(group());
  ClientInstance::leave(instance_);
}

const std::shared_ptr<ClientInstance>& PullConsumerImpl::instance() const {
  if (!state_.is_running()) throw_failure(state_.not_running("consumer"));
  return instance_;
}

Outcome<PullConsumerImpl::PreparedPull> PullConsumerImpl::prepare_pull(
    const PullRequest& user_pull) {
  PullRequest pull = user_pull;
  pull.queue = settings_.name_space.wrap(pull.queue);
  if (pull.queue.getTopic().empty()) return client_failure("mq is null");
  if (pull.offset < 0) return client_failure("offset < 0");
  if (pull.count_max <= 0) return client_failure("maxNums <= 0");
  auto subscription = make_subscription(pull.queue.getTopic(), pull.selector, 0);
  if (!subscription) return subscription.error();
  auto broker = instance_->routes().address_for_reading(pull.queue.getBrokerName(), 0, false);
  if (!broker) {
    (void)instance_->refresh_route(pull.queue.getTopic());
    broker = instance_->routes().address_for_reading(pull.queue.getBrokerName(), 0, false);
  }
  if (!broker) {
    return client_failure("The broker[" + pull.queue.getBrokerName() + "] not exist",
                          static_cast<int>(ResponseCode::BrokerNotExist));
  }
  remoting::PullMessageRequestHeader header;
  header.consumerGroup = group();
  header.topic = pull.queue.getTopic();
  header.queueId = pull.queue.getQueueId();
  header.queueOffset = pull.offset;
  header.maxMsgNums = pull.count_max;
  header.sysFlag = pull_flag::subscription | (pull.waits_for_messages ? pull_flag::suspend : 0);
  header.suspendTimeoutMillis = pull.waits_for_messages ? settings_.broker_suspend.count() : 0;
  header.subscription = subscription->sub_string;
  header.expressionType = subscription->expression_type;
  auto request = make_request(remoting::RequestCode::PullMessage, header);
  return PreparedPull{std::move(broker->address), std::move(request), std::move(*subscription)};
}

Outcome<PullResult> PullConsumerImpl::read_answer(const Result<remoting::RemotingCommand>& answer,
                                                  const PullRequest& pull,
                                                  const SubscriptionData& subscription,
                                                  const std::string& address) const {
  const Namespace& name_space = settings_.name_space;
  if (!answer) return remoting_failure(answer.error(), address);
  PullStatus status = FOUND;
  switch (answer->response_code()) {
    case ResponseCode::Success: break;
    case ResponseCode::PullNotFound: status = NO_NEW_MSG; break;
    case ResponseCode::PullRetryImmediately: status = NO_MATCHED_MSG; break;
    case ResponseCode::PullOffsetMoved: status = OFFSET_ILLEGAL; break;
    default: return broker_failure(*answer, address);
  }
  const auto header = remoting::decode_header<remoting::PullMessageResponseHeader>(*answer);
  if (!header)
    return client_failure("the answer of " + address + " cannot be read: " + header.error().remark);
  std::vector<MessageExt> messages;
  std::int64_t next_offset = header->nextBeginOffset;
  if (status == FOUND) {
    auto decoded = decode_messages(answer->body, pull.queue.getBrokerName(), &subscription);
    if (!decoded)
      return client_failure("the messages of " + address +
                            " cannot be read: " + decoded.error().remark);
    messages = std::move(*decoded);
    const auto unreadable = first_unreadable(messages);
    if (unreadable == messages.cbegin() && !messages.empty()) {
      Failure failure = unreadable_body(*unreadable);
      failure.text += "; a pull from the next offset leaves it out";
      return failure;
    }
    if (unreadable != messages.cend()) {
      // What precedes it is delivered; the next pull begins at it and fails.
      next_offset = unreadable->getQueueOffset();
      messages.erase(unreadable, messages.cend());
    }
    for (MessageExt& message : messages) {
      MessageAccess::set_range(message, header->minOffset, header->maxOffset);
      if (!name_space.empty()) message.setTopic(name_space.strip(message.getTopic()));
    }
  }
  return PullResult(status, next_offset, header->minOffset, header->maxOffset, std::move(messages));
}

PullResult PullConsumerImpl::pull(const PullRequest& pull) {
  (void)instance();
  PreparedPull prepared = value_or_throw(prepare_pull(pull));
  const auto answer =
      instance_->network().invoke(prepared.address, std::move(prepared.request), pull.timeout);
  return value_or_throw(read_answer(answer, pull, prepared.subscription, prepared.address));
}

void PullConsumerImpl::pull_async(const PullRequest& pull, PullDone done) {
  (void)instance();
  auto prepared = std::make_shared<PreparedPull>(value_or_throw(prepare_pull(pull)));
  remoting::RemotingCommand request = std::move(prepared->request);
  instance_->network().invoke_async(
      prepared->address, std::move(request), pull.timeout,
      [self = shared_from_this(), prepared, pull,
       done = std::move(done)](const Result<remoting::RemotingCommand>& answer) mutable {
        auto outcome = self->read_answer(answer, pull, prepared->subscription, prepared->address);
        self->instance_->callbacks().post(
            [key = self.get(), done = std::move(done), outcome = std::move(outcome)]() mutable {
              const OwnCode own(key);
              done(std::move(outcome));
            });
      });
}

std::vector<MessageQueue> PullConsumerImpl::fetch_subscribe_queues(const std::string& topic) {
  value_or_throw(check_topic(topic));
  const std::string wire_topic = settings_.name_space.wrap(topic);
  TopicRoutePtr route = instance()->routes().route(wire_topic);
  if (route == nullptr) {
    const auto asked = instance_->refresh_route(wire_topic);
    if (!asked && asked.error().kind != FailureKind::Broker) throw_failure(asked.error());
    if (asked) route = *asked;
  }
  auto queues =
      route == nullptr ? std::vector<MessageQueue>() : readable_queues(wire_topic, *route);
  if (queues.empty())
    throw_failure(client_failure("Can not find Message Queue for this topic, " + topic));
  return settings_.name_space.strip(std::move(queues));
}

std::int64_t PullConsumerImpl::fetch_offset(const MessageQueue& user_queue, bool from_store) {
  (void)instance();
  const MessageQueue queue = settings_.name_space.wrap(user_queue);
  if (!from_store) {
    const OffsetTable known = offsets_->in_memory();
    if (const auto found = known.find(queue); found != known.end()) return found->second;
  }
  if (settings_.model == CLUSTERING)
    (void)instance_->master_address(queue.getBrokerName(), queue.getTopic());
  const auto stored = offsets_->read_stored(queue);
  if (!stored) return offset_failed;
  if (!stored->has_value()) return no_offset;
  offsets_->cell(queue)->set(**stored);
  return **stored;
}

void PullConsumerImpl::update_offset(const MessageQueue& queue, std::int64_t offset) {
  (void)instance();
  offsets_->cell(settings_.name_space.wrap(queue))->set(offset);
}

void PullConsumerImpl::persist_offset(const MessageQueue& queue) {
  (void)instance();
  offsets_->persist(settings_.name_space.wrap(queue));
}

std::vector<MessageQueue> PullConsumerImpl::share_of(const std::string& topic) {
  (void)instance();
  const std::scoped_lock lock(shares_mutex_);
  const auto found = shares_.find(settings_.name_space.wrap(topic));
  if (found == shares_.end()) return {};
  return settings_.name_space.strip(found->second);
}

std::set<MessageQueue> PullConsumerImpl::owned() const {
  const std::scoped_lock lock(shares_mutex_);
  std::set<MessageQueue> owned;
  for (const auto& [topic, queues] : shares_) owned.insert(queues.begin(), queues.end());
  return owned;
}

remoting::ConsumerData PullConsumerImpl::heartbeat_data() const {
  remoting::ConsumerData data;
  data.group_name = group();
  data.consume_type = remoting::ConsumeType::Actively;
  data.message_model = static_cast<remoting::MessageModel>(settings_.model);
  data.consume_from_where = remoting::ConsumeFromWhere::LastOffset;
  for (const std::string& topic : topics()) {
    if (auto all = parse_tag_subscription(topic, "*", 0))
      data.subscriptions.push_back(std::move(*all));
  }
  return data;
}

std::set<std::string> PullConsumerImpl::topics() const {
  std::set<std::string> topics;
  for (const auto& [topic, listener] : settings_.registered_topics) topics.insert(topic);
  return topics;
}

void PullConsumerImpl::rebalance() {
  const OwnCode own(this);
  const std::scoped_lock lock(rebalance_mutex_);
  for (const auto& [topic, listener] : settings_.registered_topics) {
    if (!state_.is_running()) return;  // a shutdown waits for one question to a server
    const auto allocation = allocate_queues(*instance_, settings_, topic);
    if (!allocation) continue;
    bool changed = false;
    {
      const std::scoped_lock shares_lock(shares_mutex_);
      auto& share = shares_[topic];
      changed = share != allocation->mine;
      if (changed) share = allocation->mine;
    }
    if (!changed || listener == nullptr) continue;
    try {
      const Namespace& name_space = settings_.name_space;
      listener->messageQueueChanged(name_space.strip(topic), name_space.strip(allocation->all),
                                    name_space.strip(allocation->mine));
    } catch (const std::exception& thrown) {
      client_log().error("the queue listener of topic {} threw: {}", topic, thrown.what());
    } catch (...) {
      client_log().error("the queue listener of topic {} threw something that is no std::exception",
                         topic);
    }
  }
}

void PullConsumerImpl::persist_offsets() {
  if (state_.is_running()) offsets_->persist(owned());
}

void PullConsumerImpl::send_message_back(const MessageExt& message, int delay_level) {
  (void)instance();
  remoting::ConsumerSendMsgBackRequestHeader header;
  header.offset = message.getCommitLogOffset();
  header.group = group();
  header.delayLevel = delay_level;
  header.originMsgId = message.getMsgId();
  header.originTopic = settings_.name_space.wrap(message.getTopic());
  header.maxReconsumeTimes = settings_.max_reconsume_times < 0 ? default_max_reconsume_times
                                                               : settings_.max_reconsume_times;
  const std::string address = instance_->fast_address(
      value_or_throw(instance_->master_address(message.getBrokerName(), *header.originTopic)));
  value_or_throw(instance_->call(
      address, make_request(remoting::RequestCode::ConsumerSendMsgBack, header), api_timeout));
}

std::map<MessageQueue, std::int64_t> PullConsumerImpl::consume_status(
    const std::string& topic) const {
  OffsetTable offsets = offsets_->in_memory();
  std::erase_if(offsets, [&](const auto& entry) { return entry.first.getTopic() != topic; });
  return offsets;
}

void PullConsumerImpl::reset_offsets(const std::string&,
                                     std::map<MessageQueue, std::int64_t> offsets) {
  for (const auto& [queue, offset] : offsets) {
    offsets_->cell(queue)->set(offset);
    offsets_->persist(queue);
  }
}

void PullConsumerImpl::consume_directly(MessageExt, std::function<void(Result<std::string>)> done) {
  done(Error{ResponseCode::SystemError, "the group pulls its messages itself and has no listener"});
}

}  // namespace rocketmq::client
