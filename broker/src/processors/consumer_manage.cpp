#include "processors/consumer_manage.hpp"

#include <memory>
#include <string>
#include <utility>

#include "clients/peer.hpp"
#include "limits.hpp"
#include "processors/read_pool_refusal.hpp"
#include "rocketmq/common/names.hpp"
#include "rocketmq/protocol/group_headers.hpp"
#include "rocketmq/protocol/heartbeat_data.hpp"
#include "rocketmq/protocol/queue_headers.hpp"

namespace rocketmq::broker {

using remoting::Reply;

namespace {

Result<void> check_names(std::string_view group, std::string_view topic) {
  if (auto checked = check_group_name(group); !checked) return checked;
  return check_name("topic", topic);
}

bool is_lockable(const MessageQueueId& queue) {
  return is_valid_name(queue.topic) && queue.broker_name.size() <= name_bytes_max;
}

/// The body of LOCK_BATCH_MQ and UNLOCK_BATCH_MQ, its names checked. A queue that cannot exist is
/// left out: the others are locked all the same, and the response does not name it.
Result<remoting::LockBatchRequestBody> decode_lock_request(std::string_view text) {
  auto body = remoting::decode_lock_batch_request(text);
  if (!body) return body;
  if (body->client_id.empty() || body->client_id.size() > limits::client_id_bytes_max) {
    return Error{ResponseCode::SystemError, "clientId must have 1 to 255 bytes"};
  }
  if (auto checked = check_group_name(body->consumer_group); !checked) return checked.error();
  std::erase_if(body->queues, [](const MessageQueueId& queue) { return !is_lockable(queue); });
  return body;
}

/// Whether the sender may consume the queues as this group.
Result<void> check_access(const remoting::CallerPtr& caller,
                          const remoting::LockBatchRequestBody& body) {
  using remoting::Action;
  using remoting::Resource;
  if (caller == nullptr) return {};
  if (auto may = caller->may(Resource::Group, Action::Sub, body.consumer_group); !may) return may;
  for (const MessageQueueId& queue : body.queues) {
    if (auto may = caller->may(Resource::Topic, Action::Sub, queue.topic); !may) return may;
  }
  return {};
}

}  // namespace

void ConsumerManageProcessor::consumer_list(const remoting::RequestContext&,
                                            remoting::RemotingCommand& request, Reply reply) {
  const auto header = remoting::decode_header<remoting::ConsumerGroupRequestHeader>(request);
  if (!header) return reply(header.error());
  const auto ids = consumers_.client_ids_of(header->consumerGroup);
  // Clients that receive an empty list would leave their queues: it has to be an error.
  if (ids.empty())
    return reply(ResponseCode::SystemError, "no consumer for this group, " + header->consumerGroup);
  reply.body(remoting::encode_consumer_id_list(ids));
}

void ConsumerManageProcessor::query_offset(const remoting::RequestContext& context,
                                           remoting::RemotingCommand& request, Reply reply) {
  const auto header = remoting::decode_header<remoting::QueryConsumerOffsetRequestHeader>(request);
  if (!header) return reply(header.error());
  if (auto checked = check_names(header->consumerGroup, header->topic); !checked)
    return reply(checked.error());
  if (const auto stored = offsets_.query({header->consumerGroup, header->topic, header->queueId})) {
    return reply(remoting::OffsetResponseHeader{.offset = *stored});
  }
  // A young queue is consumed from its beginning, whatever the client's consumeFromWhere says.
  const auto bounds = store_.queue_bounds(header->topic, header->queueId);
  const bool is_empty = bounds.max_offset <= bounds.min_offset;
  const std::string& group = header->consumerGroup;
  const std::string& topic = header->topic;
  const std::int32_t queue_id = header->queueId;
  if (bounds.min_offset > 0 || is_empty)
    return answer_without_offset(group, topic, queue_id, is_empty && bounds.min_offset <= 0, reply);
  if (const auto is_young = store_.is_in_memory(topic, queue_id, 0, true))
    return answer_without_offset(group, topic, queue_id, *is_young, reply);
  const auto shared = std::make_shared<Reply>(std::move(reply));
  const auto refuse = [shared] { (*shared)(read_pool_is_full()); };
  const bool posted = read_pool_.post(
      context.channel->id(), [this, group = std::string(group), topic = std::string(topic),
                              queue_id, shared, refuse](WorkerPool::Fate fate) {
        if (shared->is_peer_gone()) return shared->drop();
        if (fate == WorkerPool::Fate::Refused) return refuse();
        answer_without_offset(group, topic, queue_id,
                              store_.is_in_memory(topic, queue_id, 0, false).value_or(false),
                              *shared);
      });
  if (!posted) refuse();
}

void ConsumerManageProcessor::answer_without_offset(const std::string& group,
                                                    const std::string& topic, std::int32_t queue_id,
                                                    bool is_young, Reply& reply) const {
  if (is_young) return reply(remoting::OffsetResponseHeader{.offset = 0});
  reply(ResponseCode::QueryNotFound, "group " + group + " has not consumed queue " +
                                         std::to_string(queue_id) + " of topic " + topic +
                                         " before");
}

void ConsumerManageProcessor::update_offset(const remoting::RequestContext& context,
                                            remoting::RemotingCommand& request, Reply reply) {
  const auto header = remoting::decode_header<remoting::UpdateConsumerOffsetRequestHeader>(request);
  if (!header) return reply(header.error());
  if (auto checked = check_names(header->consumerGroup, header->topic); !checked)
    return reply(checked.error());
  const OffsetKey key{header->consumerGroup, header->topic, header->queueId};
  if (auto checked = check_topic(key, header->commitOffset); !checked)
    return reply(checked.error());
  if (auto committed = offsets_.commit(key, header->commitOffset, peer_of(context)); !committed)
    return reply(committed.error());
  // Deleted meanwhile: a topic is removed from the table before its offsets are.
  if (!topics_.shape_of(key.topic)) {
    offsets_.remove_topic(key.topic);
    return reply(no_such_topic(key.topic));
  }
  reply();
}

/// A consumer of a topic that was deleted keeps committing until it fetches the route again: its
/// offsets mean nothing for a topic that is made later.
Result<void> ConsumerManageProcessor::check_topic(const OffsetKey& key, std::int64_t offset) const {
  if (!topics_.shape_of(key.topic)) return no_such_topic(key.topic);
  if (store_.deleted_before(key.topic) == 0) return {};
  const std::int64_t max_offset = store_.queue_bounds(key.topic, key.queue_id).max_offset;
  if (offset <= max_offset) return {};
  return Error{ResponseCode::SystemError, "offset " + std::to_string(offset) + " of queue " +
                                              std::to_string(key.queue_id) + " is of the topic " +
                                              std::string(key.topic) +
                                              " that was deleted: the one made since has " +
                                              std::to_string(max_offset) + " messages there"};
}

void ConsumerManageProcessor::all_offsets(const remoting::RequestContext&,
                                          remoting::RemotingCommand&, Reply reply) {
  reply.body(offsets_.to_json_for_slave(clock_.now_ms()));
}

void ConsumerManageProcessor::lock_queues(const remoting::RequestContext& context,
                                          remoting::RemotingCommand& request, Reply reply) {
  const auto body = decode_lock_request(request.body);
  if (!body) return reply(body.error());
  if (auto allowed = check_access(context.caller, *body); !allowed) return reply(allowed.error());
  reply.body(remoting::encode_locked_queues(
      locks_.lock(body->consumer_group, body->client_id, body->queues, peer_of(context))));
}

void ConsumerManageProcessor::unlock_queues(const remoting::RequestContext& context,
                                            remoting::RemotingCommand& request, Reply reply) {
  const auto body = decode_lock_request(request.body);
  if (!body) return reply(body.error());
  if (auto allowed = check_access(context.caller, *body); !allowed) return reply(allowed.error());
  locks_.unlock(body->consumer_group, body->client_id, body->queues);
  reply();
}

}  // namespace rocketmq::broker
