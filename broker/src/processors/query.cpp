#include "processors/query.hpp"

#include <memory>
#include <utility>
#include <vector>

#include "limits.hpp"
#include "messages/judged_records.hpp"
#include "rocketmq/common/names.hpp"
#include "rocketmq/protocol/queue_headers.hpp"

namespace rocketmq::broker {

using remoting::Reply;

namespace {

Result<void> check_queue(std::string_view topic, std::int32_t queue_id) {
  if (auto checked = check_name("topic", topic); !checked) return checked;
  if (queue_id < 0 || queue_id >= limits::queues_per_topic_max) {
    return Error{ResponseCode::SystemError, "queueId[" + std::to_string(queue_id) + "] of topic " +
                                                std::string(topic) + " is illegal"};
  }
  return {};
}

/// A request's header, its queue checked.
template <class Header>
Result<Header> decode_queue_header(const remoting::RemotingCommand& request) {
  auto header = remoting::decode_header<Header>(request);
  if (!header) return header;
  if (auto checked = check_queue(header->topic, header->queueId); !checked) return checked.error();
  return header;
}

}  // namespace

void QueryProcessor::max_offset(const remoting::RequestContext&, remoting::RemotingCommand& request,
                                Reply reply) {
  const auto header = decode_queue_header<remoting::QueueRequestHeader>(request);
  if (!header) return reply(header.error());
  const auto bounds = store_.queue_bounds(header->topic, header->queueId);
  reply(remoting::OffsetResponseHeader{.offset = bounds.max_offset});
}

void QueryProcessor::min_offset(const remoting::RequestContext&, remoting::RemotingCommand& request,
                                Reply reply) {
  const auto header = decode_queue_header<remoting::QueueRequestHeader>(request);
  if (!header) return reply(header.error());
  const auto bounds = store_.queue_bounds(header->topic, header->queueId);
  reply(remoting::OffsetResponseHeader{.offset = bounds.min_offset});
}

void QueryProcessor::offset_by_timestamp(const remoting::RequestContext&,
                                         remoting::RemotingCommand& request, Reply reply) {
  const auto header = decode_queue_header<remoting::SearchOffsetRequestHeader>(request);
  if (!header) return reply(header.error());
  const auto offset = store_.offset_by_timestamp(header->topic, header->queueId, header->timestamp);
  reply(remoting::OffsetResponseHeader{.offset = offset});
}

void QueryProcessor::earliest_store_time(const remoting::RequestContext&,
                                         remoting::RemotingCommand& request, Reply reply) {
  const auto header = decode_queue_header<remoting::QueueRequestHeader>(request);
  if (!header) return reply(header.error());
  const auto timestamp = store_.earliest_store_time(header->topic, header->queueId);
  reply(remoting::TimestampResponseHeader{.timestamp = timestamp});
}

void QueryProcessor::view_message(const remoting::RequestContext& context,
                                  remoting::RemotingCommand& request, Reply reply) {
  const auto header = remoting::decode_header<remoting::ViewMessageRequestHeader>(request);
  if (!header) return reply(header.error());
  auto message = store_.message_at(header->offset);
  if (!message) {
    return reply(ResponseCode::SystemError,
                 "can not find message by the offset, " + std::to_string(header->offset));
  }
  if (auto may = check_may_read(context.caller, store_, message->record); !may)
    return reply(may.error());
  reply.body(remoting::Body::gathered({message->bytes}, std::move(message->keep_alive)));
}

void QueryProcessor::query_message(const remoting::RequestContext& context,
                                   remoting::RemotingCommand& request, Reply reply) {
  const auto header = remoting::decode_header<remoting::QueryMessageRequestHeader>(request);
  if (!header) return reply(header.error());
  if (auto checked = check_name("topic", header->topic); !checked) return reply(checked.error());
  const std::int32_t count_max = header->_UNIQUE_KEY_QUERY.value_or(false)
                                     ? config_.default_query_max_num.get()
                                     : header->maxNum;
  auto found = store_.query(header->topic, header->key, count_max, header->beginTimestamp,
                            header->endTimestamp);
  // The index knows hashes of topic and key: those of another topic may be equal.
  std::erase_if(found.messages, [&context](const store::StoredMessage& message) {
    return !check_may(context.caller, remoting::Resource::Topic, remoting::Action::Sub,
                      message.record.topic);
  });
  const remoting::QueryMessageResponseHeader answer{
      .indexLastUpdateTimestamp = found.index_last_update_timestamp_ms,
      .indexLastUpdatePhyoffset = found.index_last_update_physical_offset};
  if (found.messages.empty()) {
    return reply(ResponseCode::QueryNotFound, "can not find message, maybe time range not correct",
                 answer);
  }
  std::vector<std::string_view> pieces;
  pieces.reserve(found.messages.size());
  for (const auto& message : found.messages) pieces.push_back(message.bytes);
  auto keep_alive =
      std::make_shared<const std::vector<store::StoredMessage>>(std::move(found.messages));
  reply(answer, remoting::Body::gathered(std::move(pieces), std::move(keep_alive)));
}

}  // namespace rocketmq::broker
