#include "processors/admin_offsets.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <utility>

#include "limits.hpp"
#include "processors/admin_checks.hpp"
#include "rocketmq/common/text.hpp"
#include "rocketmq/protocol/admin_bodies_5x.hpp"
#include "rocketmq/protocol/admin_headers.hpp"
#include "rocketmq/protocol/group_headers.hpp"

namespace rocketmq::broker {

using remoting::ConsumeStats;
using remoting::Reply;

namespace {

/// Whether the peer reads the members that came with 5.x.
bool reads_5x(const remoting::RemotingCommand& request) {
  return request.version >= remoting::version::v5_0_0;
}

Error too_many_queues() {
  return {ResponseCode::SystemError, "the answer would hold more than " +
                                         std::to_string(limits::queues_per_answer_max) +
                                         " queues; ask for a single group or topic"};
}

}  // namespace

MessageQueueId AdminOffsetsProcessor::queue_of(std::string_view topic,
                                               std::int32_t queue_id) const {
  return {std::string(topic), parts_.config.broker_name, queue_id};
}

void AdminOffsetsProcessor::topic_stats(const remoting::RequestContext&,
                                        remoting::RemotingCommand& request, Reply reply) {
  const auto header = remoting::decode_header<remoting::TopicRequestHeader>(request);
  if (!header) return reply(header.error());
  const auto shape = find_topic(parts_.topics, header->topic);
  if (!shape) return reply(shape.error());
  remoting::TopicStatsTable table;
  const std::int32_t queue_nums = std::max(shape->read_queue_nums, shape->write_queue_nums);
  for (std::int32_t queue_id = 0; queue_id < queue_nums; ++queue_id) {
    const auto bounds = parts_.store.queue_bounds(header->topic, queue_id);
    const std::int64_t last =
        bounds.max_offset > bounds.min_offset
            ? parts_.store.store_time_of(header->topic, queue_id, bounds.max_offset - 1)
            : 0;
    table.queues[queue_of(header->topic, queue_id)] = {
        .min_offset = bounds.min_offset,
        .max_offset = bounds.max_offset,
        .last_update_timestamp_ms = std::max<std::int64_t>(last, 0)};
  }
  if (!reads_5x(request)) return answer(reply, remoting::encode_body(table));
  const auto puts = parts_.stats.view("TOPIC_PUT_NUMS", header->topic);
  answer(reply, remoting::encode_body_5x(table, puts ? puts->minute.per_second : 0.0));
}

bool AdminOffsetsProcessor::is_of_interest(std::string_view group, std::string_view topic) const {
  const auto online = parts_.consumers.subscription_of(group, topic);
  return !online || online->subscription != nullptr;
}

void AdminOffsetsProcessor::add_queues(std::string_view group, std::string_view topic,
                                       std::int32_t queue_nums, ConsumeStats& stats) const {
  const auto offsets = parts_.offsets.offsets_of(group, topic);
  for (std::int32_t queue_id = 0; queue_id < queue_nums; ++queue_id) {
    const auto found = offsets.find(queue_id);
    ConsumeStats::Queue queue{.consumer_offset = found == offsets.end() ? 0 : found->second};
    // The end of the queue is looked at last: what is left to consume is never negative then.
    if (queue.consumer_offset > 0) {
      queue.last_timestamp_ms = std::max<std::int64_t>(
          parts_.store.store_time_of(topic, queue_id, queue.consumer_offset - 1), 0);
    }
    queue.broker_offset = parts_.store.queue_bounds(topic, queue_id).max_offset;
    stats.queues[queue_of(topic, queue_id)] = queue;
  }
  stats.consume_tps += parts_.stats.get_tps(topic, group);
}

void AdminOffsetsProcessor::consume_stats(const remoting::RequestContext&,
                                          remoting::RemotingCommand& request, Reply reply) {
  const auto header = remoting::decode_header<remoting::GetConsumeStatsRequestHeader>(request);
  if (!header) return reply(header.error());
  if (auto checked = check_group(header->consumerGroup); !checked) return reply(checked.error());
  std::vector<std::string> topics = split(header->topicList.value_or(""), ';');
  if (!header->topic.value_or("").empty()) topics = {*header->topic};
  if (topics.empty()) topics = parts_.offsets.topics_of(header->consumerGroup);
  ConsumeStats stats;
  for (const auto& topic : topics) {
    const auto shape = parts_.topics.shape_of(topic);
    if (!shape || !is_of_interest(header->consumerGroup, topic)) continue;
    add_queues(header->consumerGroup, topic, shape->read_queue_nums, stats);
    if (stats.queues.size() > limits::queues_per_answer_max) return reply(too_many_queues());
  }
  answer(reply, reads_5x(request) ? remoting::encode_body_5x(stats) : remoting::encode_body(stats));
}

void AdminOffsetsProcessor::broker_consume_stats(const remoting::RequestContext&,
                                                 remoting::RemotingCommand& request, Reply reply) {
  const auto header =
      remoting::decode_header<remoting::GetBrokerConsumeStatsRequestHeader>(request);
  if (!header) return reply(header.error());
  remoting::BrokerConsumeStats all{.broker_addr = parts_.config.address()};
  std::size_t queue_count = 0;
  for (const auto& [group, topics] : parts_.offsets.topics_by_group()) {
    if (!parts_.groups.find(group)) continue;
    for (const auto& topic : topics) {
      const auto shape = parts_.topics.shape_of(topic);
      if (!shape || !is_of_interest(group, topic)) continue;
      if (header->isOrder.value_or(false) && !shape->order) continue;
      ConsumeStats stats;
      add_queues(group, topic, shape->read_queue_nums, stats);
      queue_count += stats.queues.size();
      if (queue_count > limits::queues_per_answer_max) return reply(too_many_queues());
      all.groups[group].push_back(std::move(stats));
    }
  }
  answer(reply, remoting::encode_body(all));
}

remoting::QueueTimeSpan AdminOffsetsProcessor::time_span_of(std::string_view group,
                                                            std::string_view topic,
                                                            std::int32_t queue_id) const {
  const auto& store = parts_.store;
  remoting::QueueTimeSpan span{.queue = queue_of(topic, queue_id)};
  const auto bounds = store.queue_bounds(topic, queue_id);
  const auto time_of = [&](std::int64_t queue_offset) {
    return store.store_time_of(topic, queue_id, queue_offset);
  };
  const bool is_empty = bounds.max_offset <= bounds.min_offset;
  span.min_timestamp_ms = is_empty ? -1 : time_of(bounds.min_offset);
  span.max_timestamp_ms = is_empty ? -1 : time_of(bounds.max_offset - 1);
  const std::int64_t consumed =
      parts_.offsets.query({.group = group, .topic = topic, .queue_id = queue_id}).value_or(0);
  span.consume_timestamp_ms = consumed > 0 ? time_of(consumed - 1) : span.min_timestamp_ms;
  if (consumed < bounds.max_offset) {
    const std::int64_t next_ms = time_of(std::max(consumed, bounds.min_offset));
    if (next_ms > 0) span.delay_ms = std::max<std::int64_t>(parts_.clock.now_ms() - next_ms, 0);
  }
  return span;
}

void AdminOffsetsProcessor::time_span(const remoting::RequestContext&,
                                      remoting::RemotingCommand& request, Reply reply) {
  const auto header = remoting::decode_header<remoting::TopicGroupRequestHeader>(request);
  if (!header) return reply(header.error());
  if (auto checked = check_group(header->group); !checked) return reply(checked.error());
  const auto shape = find_topic(parts_.topics, header->topic);
  if (!shape) return reply(shape.error());
  std::vector<remoting::QueueTimeSpan> spans;
  for (std::int32_t queue_id = 0; queue_id < shape->write_queue_nums; ++queue_id)
    spans.push_back(time_span_of(header->group, header->topic, queue_id));
  answer(reply, remoting::encode_body(spans));
}

void AdminOffsetsProcessor::correction_offsets(const remoting::RequestContext&,
                                               remoting::RemotingCommand& request, Reply reply) {
  const auto header = remoting::decode_header<remoting::CorrectionOffsetRequestHeader>(request);
  if (!header) return reply(header.error());
  if (auto checked = check_group(header->compareGroup); !checked) return reply(checked.error());
  const auto shape = find_topic(parts_.topics, header->topic);
  if (!shape) return reply(shape.error());
  const auto left_out = split(header->filterGroups.value_or(""), ',');
  // By queue, how far the slowest of the other groups has got.
  std::map<std::int32_t, std::int64_t> slowest;
  for (const auto& group : parts_.offsets.groups_of(header->topic)) {
    if (std::find(left_out.begin(), left_out.end(), group) != left_out.end()) continue;
    for (const auto& [queue_id, offset] : parts_.offsets.offsets_of(group, header->topic)) {
      if (offset < parts_.store.queue_bounds(header->topic, queue_id).min_offset) continue;
      const auto place = slowest.try_emplace(queue_id, offset).first;
      place->second = std::min(place->second, offset);
    }
  }
  for (const auto& [queue_id, offset] :
       parts_.offsets.offsets_of(header->compareGroup, header->topic)) {
    const auto found = slowest.find(queue_id);
    // The group itself is the slowest: there is nothing to correct.
    if (found != slowest.end() && found->second > offset)
      found->second = std::numeric_limits<std::int64_t>::max();
  }
  answer(reply, remoting::encode_correction_offsets(slowest));
}

void AdminOffsetsProcessor::clone_offsets(const remoting::RequestContext&,
                                          remoting::RemotingCommand& request, Reply reply) {
  const auto header = remoting::decode_header<remoting::CloneGroupOffsetRequestHeader>(request);
  if (!header) return reply(header.error());
  for (const auto* group : {&header->srcGroup, &header->destGroup}) {
    if (auto checked = check_group(*group); !checked) return reply(checked.error());
  }
  std::vector<std::string> topics;
  if (header->topic.value_or("").empty()) {
    topics = parts_.offsets.topics_of(header->srcGroup);
  } else {
    const auto shape = find_topic(parts_.topics, *header->topic);
    if (!shape) return reply(shape.error());
    topics = {*header->topic};
  }
  for (const auto& topic : topics) {
    if (!parts_.topics.shape_of(topic)) continue;
    for (const auto& [queue_id, offset] : parts_.offsets.offsets_of(header->srcGroup, topic)) {
      const auto copied = parts_.offsets.commit(
          {.group = header->destGroup, .topic = topic, .queue_id = queue_id}, offset);
      if (!copied) return reply(copied.error());
    }
  }
  reply();
}

}  // namespace rocketmq::broker
