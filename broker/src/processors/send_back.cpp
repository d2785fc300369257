#include "processors/send_back.hpp"

#include <algorithm>
#include <utility>

#include "clients/peer.hpp"
#include "groups/retry_topics.hpp"
#include "messages/judged_records.hpp"
#include "rocketmq/common/message_id.hpp"
#include "rocketmq/common/message_properties.hpp"
#include "rocketmq/common/names.hpp"
#include "schedule/delayed_message.hpp"

namespace rocketmq::broker {

using remoting::Reply;

namespace {

/// Delay level of the first retry: 10 s with the usual levels.
constexpr std::int32_t first_retry_level = 3;

}  // namespace

SendBackProcessor::SendBackProcessor(const BrokerConfig& config,
                                     const store::DelayLevels& delay_levels,
                                     TopicConfigManager& topics, SubscriptionGroupManager& groups,
                                     store::MessageReader& reader, store::MessageWriter& writer,
                                     SetAside& set_aside, BrokerStatsManager& stats)
    : config_(config),
      delay_levels_(delay_levels),
      topics_(topics),
      groups_(groups),
      reader_(reader),
      writer_(writer),
      set_aside_(set_aside),
      stats_(stats),
      store_host_(config.store_host) {}

void SendBackProcessor::process(const remoting::RequestContext& context,
                                remoting::RemotingCommand& request, Reply reply) {
  const auto header = remoting::decode_header<Header>(request);
  if (!header) return reply(header.error());
  const auto group = find_group(*header);
  if (!group) return reply(group.error());
  if (!perm::is_writable(config_.broker_permission)) {
    return reply(ResponseCode::NoPermission,
                 "the broker[" + config_.broker_name + "] takes no messages at present");
  }
  if (group->config.retry_queue_nums <= 0) return reply();  // the group does without retries
  const auto message = reader_.message_at(header->offset);
  if (!message) {
    return reply(ResponseCode::SystemError,
                 "look message by offset failed, " + std::to_string(header->offset));
  }
  // A record that comes back is read as the group: not one of a topic that the sender may not read.
  if (auto may = check_may_read(context.caller, reader_, message->record); !may)
    return reply(may.error());
  // Only now: what is refused makes no group.
  if (group->is_new) {
    if (auto made = groups_.find_or_create(header->group, peer_of(context)); !made)
      return reply(made.error());
  }
  const auto target =
      find_target(*header, request.version, group->config, message->record, peer_of(context));
  if (!target) return reply(target.error());
  topics_.waits().hold(reply, target->topic_change);
  const std::string properties = make_properties(message->record, *target);
  if (properties.size() > properties_bytes_max)
    return put_as_it_is(message->record, header->group, std::move(reply));
  put(message->record, *target, properties, header->group, std::move(reply));
}

Result<SubscriptionGroupManager::Prepared> SendBackProcessor::find_group(
    const Header& header) const {
  if (auto checked = check_group_name(header.group); !checked) return checked.error();
  if (auto checked = check_name("topic", retry_topic_of(header.group)); !checked)
    return checked.error();
  return groups_.find_or_prepare(header.group);
}

Result<SendBackProcessor::Target> SendBackProcessor::find_target(
    const Header& header, std::int32_t client_version, const SubscriptionGroupConfig& group,
    const MessageRecord& message, Budget::Peer peer) {
  const auto retry = find_or_create_retry(topics_, group, header.unitMode.value_or(false), peer);
  if (!retry) return retry.error();
  if (!perm::is_writable(retry->perm)) {
    return Error{ResponseCode::NoPermission,
                 "the topic[" + retry_topic_of(group.group_name) + "] may not be written"};
  }
  const std::int32_t retries_max =
      max_reconsume_times(group, header.maxReconsumeTimes, client_version);
  if (message.reconsume_times >= retries_max || header.delayLevel < 0) {
    const auto dlq = find_or_create_dlq(topics_, group.group_name, peer);
    if (!dlq) return dlq.error();
    return Target{.topic = dlq_topic_of(group.group_name),
                  .queue_id = random_queue(*dlq),
                  .topic_change = std::max(retry->change, dlq->change)};
  }
  const std::int32_t level =
      header.delayLevel > 0 ? header.delayLevel : first_retry_level + message.reconsume_times;
  return Target{.topic = retry_topic_of(group.group_name),
                .queue_id = random_queue(*retry, group),
                .delay_level = std::min(level, delay_levels_.max_level()),
                .topic_change = retry->change};
}

std::string SendBackProcessor::make_properties(const MessageRecord& message,
                                               const Target& target) const {
  std::string properties(message.properties);
  if (!find_property(properties, property::retry_topic)) {
    append_property(properties, property::retry_topic, message.topic);
  }
  if (!find_property(properties, property::origin_message_id)) {
    append_property(properties, property::origin_message_id,
                    encode_offset_message_id(message.store_host, message.physical_offset));
  }
  properties = remove_property(properties, property::wait_store_ok);
  append_property(properties, property::wait_store_ok, "false");
  properties = remove_property(properties, property::delay_level);
  if (target.delay_level <= 0) return properties;
  return delayed_properties(properties, target.delay_level, target.topic, target.queue_id);
}

void SendBackProcessor::put_as_it_is(const MessageRecord& message, std::string_view group,
                                     Reply reply) {
  MessageRecord retried = message;
  ++retried.reconsume_times;
  retried.store_host = store_host_;
  if (set_aside_.keep(retried, dlq_topic_of(group), "its properties leave no room for a retry's"))
    return reply();
  reply(ResponseCode::SystemError, "the store takes no messages at present");
}

void SendBackProcessor::put(const MessageRecord& message, const Target& target,
                            std::string_view properties, std::string_view group, Reply reply) {
  const bool is_delayed = target.delay_level > 0;
  const store::MessageToPut again{
      .topic = is_delayed ? names::schedule_topic : std::string_view(target.topic),
      .queue_id = is_delayed ? delay_queue_of(target.delay_level) : target.queue_id,
      .flag = message.flag,
      .sys_flag = message.sys_flag,
      .born_timestamp_ms = message.born_timestamp_ms,
      .born_host = message.born_host,
      .store_host = store_host_,
      .reconsume_times = message.reconsume_times + 1,
      .body = message.body,
      .properties = properties,
      .wait_store_ok = false,
      .is_copy = true};
  std::string origin(
      find_property(message.properties, property::retry_topic).value_or(message.topic));
  writer_.put(again, [this, origin = std::move(origin), group = std::string(group),
                      reply = std::move(reply)](const store::PutResult& stored) mutable {
    if (stored.is_stored()) {
      stats_.add_send_back(origin, group);
      return reply();
    }
    reply(ResponseCode::SystemError,
          std::string(store::to_string(stored.status)) + " " + stored.remark);
  });
}

}  // namespace rocketmq::broker
