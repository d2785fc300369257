#include "processors/pull_message.hpp"

#include <algorithm>
#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>
#include <utility>

#include "clients/peer.hpp"
#include "limits.hpp"
#include "processors/read_pool_refusal.hpp"
#include "rocketmq/common/bytes.hpp"
#include "rocketmq/common/fastjson.hpp"
#include "rocketmq/common/message_properties.hpp"
#include "rocketmq/common/names.hpp"
#include "rocketmq/common/sys_flag.hpp"

namespace rocketmq::broker {

using remoting::Reply;
using store::GetStatus;

namespace {

ResponseCode code_of(GetStatus status, std::int64_t requested_offset) {
  switch (status) {
    case GetStatus::Found: return ResponseCode::Success;
    case GetStatus::MessageWasRemoving:
    case GetStatus::NoMatchedMessage: return ResponseCode::PullRetryImmediately;
    case GetStatus::NoMatchedLogicQueue:
    case GetStatus::NoMessageInQueue:
      return requested_offset == 0 ? ResponseCode::PullNotFound : ResponseCode::PullOffsetMoved;
    case GetStatus::OffsetFoundNull:
    case GetStatus::OffsetOverflowOne: return ResponseCode::PullNotFound;
    case GetStatus::OffsetOverflowBadly:
    case GetStatus::OffsetTooSmall: return ResponseCode::PullOffsetMoved;
  }
  return ResponseCode::SystemError;
}

/// How long a slave holds a pull for messages that it does not have yet.
constexpr std::chrono::milliseconds ahead_of_slave_hold{1'000};

Result<void> check_may_pull(const HeldPull& pull) {
  using remoting::Action;
  using remoting::Resource;
  if (auto may = check_may(pull.caller, Resource::Topic, Action::Sub, pull.topic); !may) return may;
  return check_may(pull.caller, Resource::Group, Action::Sub, pull.group);
}

Error no_permission(std::string remark) { return {ResponseCode::NoPermission, std::move(remark)}; }

}  // namespace

PullMessageProcessor::PullMessageProcessor(Parts parts)
    : parts_(parts), store_host_(parts.config.store_host) {}

void PullMessageProcessor::process(const remoting::RequestContext& context,
                                   remoting::RemotingCommand& request, Reply reply) {
  const auto header = remoting::decode_header<Header>(request);
  if (!header) return reply(header.error());
  const auto group = find_group(*header);
  if (!group) return reply(group.error());
  if (auto checked = check_queue(*header); !checked) return reply(checked.error());
  auto filter = find_filter(*header, group->config);
  if (!filter) return reply(filter.error());
  // Only now: a pull that is refused makes no group.
  if (group->is_new) {
    if (auto made = parts_.groups.find_or_create(header->consumerGroup, peer_of(context)); !made)
      return reply(made.error());
  }

  HeldPull pull{.group = std::string(header->consumerGroup),
                .topic = std::string(header->topic),
                .queue_id = header->queueId,
                .queue_offset = header->queueOffset,
                .count_max = std::max(header->maxMsgNums, 1),
                .broker_id = group->config.broker_id,
                .which_broker_when_slow = group->config.which_broker_when_consume_slowly,
                .filter = *std::move(filter),
                .reply = std::move(reply),
                .channel = context.channel->id(),
                .caller = context.caller};
  std::optional<std::chrono::milliseconds> hold_time;
  if ((header->sysFlag & pull_flag::suspend) != 0) {
    const std::int64_t wanted_ms = parts_.config.long_polling_enable
                                       ? header->suspendTimeoutMillis
                                       : parts_.config.short_polling_time_ms.get();
    hold_time =
        std::chrono::milliseconds(std::clamp<std::int64_t>(wanted_ms, 0, limits::hold_ms_max));
  }
  auto found = read(pull, Source::Memory);
  const bool is_slave = parts_.store_config.is_slave();
  if ((header->sysFlag & pull_flag::commit_offset) != 0 && !is_slave && header->commitOffset >= 0 &&
      !is_of_deleted_topic(header->topic, header->commitOffset, found.max_offset)) {
    // A full offset table costs a consumer its progress, not its messages.
    (void)parts_.offsets.commit({header->consumerGroup, header->topic, header->queueId},
                                header->commitOffset, peer_of(context));
  }
  if (found.stopped_at_disk && found.records.empty())
    return read_from_disk(std::move(pull), hold_time);
  hold_or_answer(pull, std::move(found), hold_time);
}

/// True for progress in a topic that has been deleted, though one of that name was made again.
bool PullMessageProcessor::is_of_deleted_topic(std::string_view topic, std::int64_t offset,
                                               std::int64_t max_offset) const {
  return offset > max_offset && parts_.reader.deleted_before(topic) > 0;
}

void PullMessageProcessor::read_from_disk(HeldPull pull,
                                          std::optional<std::chrono::milliseconds> hold_time) {
  const auto shared = std::make_shared<HeldPull>(std::move(pull));
  const auto refuse = [](HeldPull& refused) { refused.reply(read_pool_is_full()); };
  const bool posted = parts_.read_pool.post(
      shared->channel, [this, shared, hold_time, refuse,
                        since = parts_.clock.coarse_steady_now()](WorkerPool::Fate fate) {
        if (shared->reply.is_peer_gone()) return shared->reply.drop();
        if (fate == WorkerPool::Fate::Refused) return refuse(*shared);
        const remoting::WaitLimit limit{&parts_.config.broker_fast_failure_enable,
                                        &parts_.config.wait_time_in_pull_queue_ms};
        const auto waited = parts_.clock.coarse_steady_now() - since;
        if (limit.is_exceeded_by(waited))
          return shared->reply(remoting::waited_too_long(waited, parts_.read_pool.queue_size()));
        hold_or_answer(*shared, read(*shared, Source::Anywhere), hold_time);
      });
  // Not here instead: this may be a thread that must not wait for the disk.
  if (!posted) refuse(*shared);
}

void PullMessageProcessor::hold_or_answer(HeldPull& pull, store::GetResult found,
                                          std::optional<std::chrono::milliseconds> hold_time) {
  const ResponseCode code = code_of(found.status, pull.queue_offset);
  const bool is_slave = parts_.store_config.is_slave();
  // A slave that lags behind says that the pull is to be repeated: not as fast as the network is.
  const bool is_ahead = is_slave && code == ResponseCode::PullOffsetMoved &&
                        found.status != GetStatus::OffsetTooSmall;
  if (hold_time && (code == ResponseCode::PullNotFound || is_ahead)) {
    const auto longest = is_ahead ? std::min(*hold_time, ahead_of_slave_hold) : *hold_time;
    pull.deadline = parts_.clock.steady_now() + longest;
    pull.reply.unwatch();
    if (parts_.held.hold(pull)) return;
  }
  answer(pull, std::move(found));
}

Result<SubscriptionGroupManager::Prepared> PullMessageProcessor::find_group(
    const Header& header) const {
  if (!perm::is_readable(parts_.config.broker_permission)) {
    return no_permission("the broker[" + parts_.config.broker_name +
                         "] serves no pulls at present");
  }
  if (auto checked = check_group_name(header.consumerGroup); !checked) return checked.error();
  auto group = parts_.groups.find_or_prepare(header.consumerGroup);
  if (group && !group->config.consume_enable) {
    return no_permission("subscription group [" + std::string(header.consumerGroup) +
                         "] is not allowed to consume");
  }
  return group;
}

Result<void> PullMessageProcessor::check_queue(const Header& header) const {
  const auto shape = parts_.topics.shape_of(header.topic);
  if (!shape) {
    if (auto checked = check_name("topic", header.topic); !checked) return checked.error();
    return no_such_topic(header.topic);
  }
  if (!perm::is_readable(shape->perm)) {
    return no_permission("the topic[" + std::string(header.topic) + "] may not be read");
  }
  if (header.queueId < 0 || header.queueId >= shape->read_queue_nums) {
    return Error{ResponseCode::SystemError, "queueId[" + std::to_string(header.queueId) +
                                                "] is illegal, topic " + std::string(header.topic) +
                                                " has " + std::to_string(shape->read_queue_nums) +
                                                " read queues"};
  }
  return {};
}

Result<ExpressionMessageFilter> PullMessageProcessor::filter_of_request(
    const Header& header) const {
  const auto expression = header.subscription.value_or("");
  if (expression.size() > limits::expression_bytes_max) {
    return Error{ResponseCode::SubscriptionParseFailed, "the subscription is longer than 64 KiB"};
  }
  return parts_.filters.for_request(
      {.topic = header.topic,
       .expression = expression,
       .expression_type = header.expressionType.value_or(""),
       .sub_version = header.subVersion,
       .class_filter_mode = (header.sysFlag & pull_flag::class_filter) != 0});
}

Result<ExpressionMessageFilter> PullMessageProcessor::find_filter(
    const Header& header, const SubscriptionGroupConfig& group) const {
  if ((header.sysFlag & pull_flag::subscription) != 0) return filter_of_request(header);
  auto online = parts_.consumers.subscription_of(header.consumerGroup, header.topic);
  if (!online) {
    return Error{
        ResponseCode::SubscriptionNotExist,
        "the consumer group " + std::string(header.consumerGroup) + " has no member online"};
  }
  if (!group.consume_broadcast_enable &&
      online->message_model == remoting::MessageModel::Broadcasting) {
    return no_permission("the consumer group " + std::string(header.consumerGroup) +
                         " may not consume by broadcast");
  }
  if (online->subscription == nullptr) {
    return Error{ResponseCode::SubscriptionNotExist,
                 "the consumer group " + std::string(header.consumerGroup) +
                     " does not subscribe to topic " + std::string(header.topic)};
  }
  if (online->subscription->sub_version < header.subVersion) {
    return Error{ResponseCode::SubscriptionNotLatest,
                 "the subscription of group " + std::string(header.consumerGroup) + " to topic " +
                     std::string(header.topic) +
                     " is older than the one of this pull; wait for the next heartbeat"};
  }
  return parts_.filters.for_group(header.consumerGroup, std::move(online->subscription),
                                  header.subVersion);
}

store::GetResult PullMessageProcessor::read(const HeldPull& pull, Source source) {
  const auto began = parts_.clock.steady_now();
  auto found = parts_.reader.get({.topic = pull.topic,
                                  .queue_id = pull.queue_id,
                                  .queue_offset = pull.queue_offset,
                                  .count_max = pull.count_max,
                                  .filter = pull.filter.matches_all() ? nullptr : &pull.filter,
                                  .only_from_memory = source == Source::Memory,
                                  .is_for_client = true});
  if (found.status == GetStatus::Found) {
    parts_.stats.add_get({pull.topic, pull.group, pull.queue_id},
                         {.messages = std::ssize(found.records),
                          .bytes = static_cast<std::int64_t>(found.bytes),
                          .time = parts_.clock.steady_now() - began,
                          .lag = lag_of(found)});
  }
  return found;
}

/// How far behind the read was that found these.
ReadLag PullMessageProcessor::lag_of(const store::GetResult& found) const {
  if (!parts_.config.disk_fall_recorded) return {};
  const char* last = found.records.back().data();
  const auto bits = load_be<std::int32_t>(last + message_record::sys_flag_at);
  const auto stored_at_ms = load_be<std::int64_t>(last + message_record::store_timestamp_at(bits));
  const std::int64_t now_ms = parts_.clock.now_ms();
  return {.bytes = found.bytes_behind,
          .ms = std::max<std::int64_t>(now_ms - stored_at_ms, 0),
          .read_at_ms = now_ms};
}

void PullMessageProcessor::run_again(HeldPull pull) {
  // Its account may have changed while it was held.
  if (auto may = check_may_pull(pull); !may) return pull.reply(may.error());
  auto found = read(pull, Source::Memory);
  if (found.stopped_at_disk && found.records.empty())
    return read_from_disk(std::move(pull), std::nullopt);
  answer(pull, std::move(found));
}

void PullMessageProcessor::answer(HeldPull& pull, store::GetResult found) {
  ResponseCode code = code_of(found.status, pull.queue_offset);
  std::int64_t suggested_broker = 0;
  if (parts_.config.slave_read_enable) {
    suggested_broker =
        found.suggest_pulling_from_slave ? pull.which_broker_when_slow : pull.broker_id;
  }
  // A pull that was held outlives its topic.
  if (code == ResponseCode::PullOffsetMoved && !parts_.topics.shape_of(pull.topic))
    return pull.reply(no_such_topic(pull.topic));
  if (code == ResponseCode::PullOffsetMoved) {
    if (parts_.store_config.is_slave()) {
      code = ResponseCode::PullRetryImmediately;
      suggested_broker = pull.broker_id;
      found.next_begin_offset = pull.queue_offset;
    } else {
      publish_offset_moved(pull, found.next_begin_offset);
    }
  }
  finish(pull.reply, code, suggested_broker, found);
}

void PullMessageProcessor::finish(Reply& reply, ResponseCode code, std::int64_t suggested_broker,
                                  store::GetResult& found) const {
  const remoting::PullMessageResponseHeader header{.suggestWhichBrokerId = suggested_broker,
                                                   .nextBeginOffset = found.next_begin_offset,
                                                   .minOffset = found.min_offset,
                                                   .maxOffset = found.max_offset};
  remoting::Body body;
  if (code == ResponseCode::Success) {
    body = remoting::Body::gathered(std::move(found.records), std::move(found.keep_alive));
  }
  reply(code, store::to_string(found.status), header, std::move(body));
}

/// On the read pool, since this may be a thread that must not wait for the disk. The event is a
/// hint for operators: it is left when the pool has no room.
void PullMessageProcessor::publish_offset_moved(const HeldPull& pull, std::int64_t new_offset) {
  const nlohmann::json event{{"consumerGroup", pull.group},
                             {"messageQueue",
                              {{"brokerName", parts_.config.broker_name},
                               {"queueId", pull.queue_id},
                               {"topic", pull.topic}}},
                             {"offsetNew", new_offset},
                             {"offsetRequest", pull.queue_offset}};
  std::string properties;
  append_property(properties, property::tags, pull.group);
  append_property(properties, property::keys, pull.group);
  parts_.read_pool.post([this, body = dump_json(event), properties = std::move(properties)] {
    parts_.writer.put({.topic = names::offset_moved_topic,
                       .born_timestamp_ms = parts_.clock.now_ms(),
                       .born_host = store_host_,
                       .store_host = store_host_,
                       .body = body,
                       .properties = properties,
                       .wait_store_ok = false},
                      [](const store::PutResult&) {});
  });
}

}  // namespace rocketmq::broker
