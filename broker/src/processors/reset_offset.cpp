#include "processors/reset_offset.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <map>
#include <memory>
#include <mutex>
#include <utility>

#include "processors/admin_checks.hpp"
#include "processors/client_calls.hpp"

namespace rocketmq::broker {

using remoting::QueueOffsets;
using remoting::RemotingCommand;
using remoting::Reply;

namespace {

constexpr std::int64_t end_of_queue = -1;
constexpr std::int32_t every_queue = -1;

/// Tells a member its new offsets; clients that are written in C++ read another form.
void push_targets(const ClientChannel& member, const remoting::ResetOffsetRequestHeader& header,
                  const QueueOffsets& targets) {
  const bool is_cpp = member.language == remoting::LanguageCode::Cpp;
  (void)member.channel->send_oneway(remoting::make_request(
      remoting::RequestCode::ResetConsumerClientOffset, header,
      is_cpp ? remoting::encode_offset_list(targets) : remoting::encode_offset_table(targets)));
}

/// The responses of a group's members, which come one after the other on several threads. The last
/// one makes the response to the administrator.
class CollectedStatus {
 public:
  CollectedStatus(std::size_t expected, Reply reply)
      : expected_(expected), reply_(std::move(reply)) {}

  void take(const std::string& client_id, const Result<QueueOffsets>& offsets) {
    const std::lock_guard lock(mutex_);
    if (offsets) {
      clients_[client_id] = *offsets;
    } else {
      spdlog::warn("consumer {} does not tell its status: {}", client_id, offsets.error().remark);
      failure_ = offsets.error();
    }
    if (--expected_ > 0) return;
    // Members that are silent are left out, as long as one speaks.
    if (clients_.empty()) return reply_(failure_);
    answer(reply_, remoting::encode_consumer_status(clients_));
  }

 private:
  std::mutex mutex_;
  std::size_t expected_;                          // guarded by mutex_
  Reply reply_;                                   // guarded by mutex_
  std::map<std::string, QueueOffsets> clients_;   // guarded by mutex_
  Error failure_{ResponseCode::SystemError, ""};  // guarded by mutex_
};

void ask_status(const ClientChannel& member, const RemotingCommand& question,
                const std::shared_ptr<CollectedStatus>& collected) {
  member.channel->invoke(
      question, client_status_timeout,
      [collected, client_id = member.client_id](Result<RemotingCommand> response) {
        if (!response) return collected->take(client_id, response.error());
        if (response->response_code() != ResponseCode::Success) {
          return collected->take(client_id, Error{response->response_code(), response->remark});
        }
        collected->take(client_id, remoting::decode_consumer_status(response->body));
      });
}

}  // namespace

std::int64_t ResetOffsetProcessor::target_of(const Header& header, std::int32_t queue_id) const {
  const auto bounds = parts_.store.queue_bounds(header.topic, queue_id);
  if (header.offset.value_or(-1) >= 0)
    return std::clamp(*header.offset, bounds.min_offset, bounds.max_offset);
  if (header.timestamp == end_of_queue) return bounds.max_offset;
  return std::max<std::int64_t>(
      parts_.store.offset_by_timestamp(header.topic, queue_id, header.timestamp), 0);
}

Result<QueueOffsets> ResetOffsetProcessor::find_targets(const Header& header,
                                                        std::int32_t queue_nums) const {
  const auto current = parts_.offsets.offsets_of(header.group, header.topic);
  if (current.empty()) {
    return Error{ResponseCode::SystemError, "THe consumer group <" + header.group +
                                                "> not exist: it has no offset of topic " +
                                                header.topic};
  }
  QueueOffsets targets;
  for (std::int32_t queue_id = 0; queue_id < queue_nums; ++queue_id) {
    if (header.queueId.value_or(every_queue) != every_queue && queue_id != *header.queueId)
      continue;
    const auto found = current.find(queue_id);
    std::int64_t target = target_of(header, queue_id);
    if (found != current.end() && !header.isForce) target = std::min(target, found->second);
    targets[{header.topic, parts_.config.broker_name, queue_id}] = target;
  }
  return targets;
}

Result<void> ResetOffsetProcessor::store_targets(const Header& header,
                                                 const QueueOffsets& targets) {
  for (const auto& [queue, target] : targets) {
    const auto stored = parts_.offsets.commit(
        {.group = header.group, .topic = header.topic, .queue_id = queue.queue_id}, target);
    if (!stored) return stored.error();
  }
  return {};
}

void ResetOffsetProcessor::reset(const remoting::RequestContext& context, RemotingCommand& request,
                                 Reply reply) {
  const auto header = remoting::decode_header<Header>(request);
  if (!header) return reply(header.error());
  if (auto checked = check_group(header->group); !checked) return reply(checked.error());
  const auto shape = find_topic(parts_.topics, header->topic);
  if (!shape) return reply(shape.error());
  if (header->queueId &&
      (*header->queueId < every_queue || *header->queueId >= shape->read_queue_nums)) {
    return reply(ResponseCode::SystemError,
                 "queueId[" + std::to_string(*header->queueId) + "] of topic " + header->topic +
                     " is illegal: it has " + std::to_string(shape->read_queue_nums) + " queues");
  }
  const bool is_for_us =
      request.version >= remoting::version::v5_0_0 || header->queueId || header->offset;
  if (is_for_us && !parts_.groups.find(header->group)) {
    return reply(ResponseCode::SubscriptionGroupNotExist,
                 "Group " + header->group + " does not exist");
  }
  const auto targets = find_targets(*header, shape->read_queue_nums);
  if (!targets) return reply(targets.error());

  const auto online = parts_.consumers.view_of(header->group);
  if (!online && !is_for_us) {
    return reply(ResponseCode::ConsumerNotOnline,
                 "Consumer not online, so can not reset offset, Group: " + header->group +
                     " Topic: " + header->topic +
                     " Timestamp: " + std::to_string(header->timestamp));
  }
  if (online) {
    for (const auto& member : online->channels) {
      if (auto checked = check_version(member, version_of_reset_offset); !checked)
        return reply(checked.error());
    }
  } else if (auto stored = store_targets(*header, *targets); !stored) {
    return reply(stored.error());
  }
  spdlog::info("offsets of group {} in topic {} reset to {} by {}", header->group, header->topic,
               header->timestamp, context.channel->remote().text());
  if (online) {
    for (const auto& member : online->channels) push_targets(member, *header, *targets);
  }
  answer(reply, remoting::encode_offset_table(*targets));
}

void ResetOffsetProcessor::consumer_status(const remoting::RequestContext&,
                                           RemotingCommand& request, Reply reply) {
  const auto header = remoting::decode_header<remoting::GetConsumerStatusRequestHeader>(request);
  if (!header) return reply(header.error());
  if (auto checked = check_group(header->group); !checked) return reply(checked.error());
  if (auto checked = check_name("topic", header->topic); !checked) return reply(checked.error());
  const std::string wanted = header->clientAddr.value_or("");
  std::vector<ClientChannel> members;
  if (!wanted.empty()) {
    auto member = find_member(parts_.consumers, header->group, wanted, version_of_reset_offset);
    if (!member) return reply(member.error());
    members.push_back(*std::move(member));
  } else if (auto online = parts_.consumers.view_of(header->group)) {
    members = std::move(online->channels);
  }
  if (members.empty()) {
    return reply(ResponseCode::SystemError,
                 "No Any Consumer online in the consumer group: [" + header->group + "]");
  }
  for (const auto& member : members) {
    if (auto checked = check_version(member, version_of_reset_offset); !checked)
      return reply(checked.error());
  }
  const auto question =
      remoting::make_request(remoting::RequestCode::GetConsumerStatusFromClient,
                             remoting::TopicGroupRequestHeader{header->topic, header->group});
  const auto collected = std::make_shared<CollectedStatus>(members.size(), std::move(reply));
  for (const auto& member : members) ask_status(member, question, collected);
}

}  // namespace rocketmq::broker
