#include "processors/client_manage.hpp"

#include <algorithm>
#include <utility>

#include "clients/peer.hpp"
#include "groups/retry_topics.hpp"
#include "limits.hpp"
#include "rocketmq/common/json_reader.hpp"
#include "rocketmq/common/names.hpp"
#include "rocketmq/protocol/group_headers.hpp"

namespace rocketmq::broker {

using remoting::Reply;

namespace {

Error refuse_heartbeat(std::string remark) {
  return {ResponseCode::SystemError, std::move(remark)};
}

/// The heartbeat as a whole: who sends it, and how much it may hold.
Result<void> check_heartbeat(const remoting::HeartbeatData& data) {
  if (data.client_id.empty() || data.client_id.size() > limits::client_id_bytes_max) {
    return refuse_heartbeat("clientID must have 1 to 255 bytes");
  }
  if (data.producer_groups.size() + data.consumers.size() > limits::groups_per_heartbeat_max) {
    return refuse_heartbeat("a heartbeat names more than " +
                            std::to_string(limits::groups_per_heartbeat_max) + " groups");
  }
  return {};
}

Result<void> check_consumer(const remoting::ConsumerData& consumer) {
  if (auto checked = check_group_name(consumer.group_name); !checked) return checked;
  if (consumer.subscriptions.size() > limits::subscriptions_per_group_max) {
    return refuse_heartbeat("group " + consumer.group_name + " subscribes to more than " +
                            std::to_string(limits::subscriptions_per_group_max) + " topics");
  }
  return {};
}

/// Whether the sender may consume as this group from these topics. Producer groups have no
/// permissions: what is sent to them is judged when it is sent.
Result<void> check_access(const remoting::CallerPtr& caller,
                          const std::vector<remoting::ConsumerData>& consumers) {
  using remoting::Action;
  using remoting::Resource;
  if (caller == nullptr) return {};
  for (const auto& consumer : consumers) {
    if (auto may = caller->may(Resource::Group, Action::Sub, consumer.group_name); !may) return may;
    for (const auto& subscription : consumer.subscriptions) {
      if (auto may = caller->may(Resource::Topic, Action::Sub, subscription.topic); !may)
        return may;
    }
  }
  return {};
}

Result<void> check_subscription(const std::string& group, const SubscriptionData& subscription) {
  if (auto checked = check_name("topic", subscription.topic); !checked) return checked;
  if (subscription.sub_string.size() > limits::expression_bytes_max) {
    return refuse_heartbeat("the subscription of group " + group + " to topic " +
                            subscription.topic + " is longer than 64 KiB");
  }
  return {};
}

/// What came of the groups and subscriptions of one heartbeat. One that is refused takes nothing
/// from the others.
struct Outcome {
  std::size_t taken = 0;
  std::size_t refused = 0;
  Error first_refusal;

  template <class T>
  bool note(const Result<T>& result) {
    if (result) return true;
    if (refused++ == 0) first_refusal = result.error();
    return false;
  }
};

/// Leaves out the subscriptions that cannot be served. A group whose name is too long for a retry
/// topic subscribes to that topic all the same: it is no mistake of its user.
void drop_bad_subscriptions(remoting::ConsumerData& consumer, Outcome& outcome) {
  std::erase_if(consumer.subscriptions, [&](const SubscriptionData& subscription) {
    const auto checked = check_subscription(consumer.group_name, subscription);
    if (checked) return false;
    if (subscription.topic != retry_topic_of(consumer.group_name)) outcome.note(checked);
    return true;
  });
}

}  // namespace

void ClientManageProcessor::heartbeat(const remoting::RequestContext& context,
                                      remoting::RemotingCommand& request, Reply reply) {
  auto data = remoting::decode_heartbeat(request.body);
  if (!data) return reply(data.error());
  if (auto checked = check_heartbeat(*data); !checked) return reply(checked.error());
  if (auto allowed = check_access(context.caller, data->consumers); !allowed)
    return reply(allowed.error());
  const ClientChannel client{.channel = context.channel,
                             .client_id = data->client_id,
                             .language = request.language,
                             .version = request.version,
                             .caller = context.caller};
  Outcome outcome;
  for (const auto& group : data->producer_groups) {
    if (!outcome.note(check_group_name(group))) continue;
    if (outcome.note(parts_.producers.register_producer(group, client))) ++outcome.taken;
  }
  std::uint64_t topic_change = 0;
  for (auto& consumer : data->consumers) {
    if (!outcome.note(check_consumer(consumer))) continue;
    drop_bad_subscriptions(consumer, outcome);
    const auto retry_topic = register_consumer(client, consumer);
    if (!outcome.note(retry_topic)) continue;
    ++outcome.taken;
    topic_change = std::max(topic_change, *retry_topic);
  }
  // A large heartbeat is registered by a pool, perhaps after its connection has ended.
  if (!context.channel->is_open()) {
    parts_.consumers.channel_closed(context.channel);
    parts_.producers.channel_closed(context.channel);
  }
  parts_.topics.waits().hold(reply, topic_change);
  if (outcome.refused == 0) return reply();
  const std::string remark = outcome.first_refusal.remark +
                             (outcome.refused > 1 ? " (and " + std::to_string(outcome.refused - 1) +
                                                        " more refused in this heartbeat)"
                                                  : "");
  // Clients take an error for a broker that does not know them at all.
  reply(outcome.taken > 0 ? ResponseCode::Success : outcome.first_refusal.code, remark);
}

Result<std::uint64_t> ClientManageProcessor::register_consumer(
    const ClientChannel& client, const remoting::ConsumerData& consumer) {
  const Budget::Peer peer = peer_of(client.channel);
  const auto group = parts_.groups.find_or_create(consumer.group_name, peer);
  if (!group && group.error().code != ResponseCode::SubscriptionGroupNotExist) return group.error();
  // A group that may not be made is registered all the same: its pulls say what is wrong.
  if (auto taken = parts_.consumers.register_consumer(client, consumer); !taken)
    return taken.error();
  parts_.filters.register_group(consumer.group_name, consumer.subscriptions, peer);
  const bool has_retries =
      group && group->retry_queue_nums > 0 && is_valid_name(retry_topic_of(consumer.group_name));
  if (!has_retries) return 0;
  // A full topic table costs the group its retries, not its messages.
  const auto retry_topic = find_or_create_retry(parts_.topics, *group, consumer.unit_mode, peer);
  if (!retry_topic) return retry_topic.error();
  return retry_topic->change;
}

void ClientManageProcessor::unregister(const remoting::RequestContext& context,
                                       remoting::RemotingCommand& request, Reply reply) {
  const auto header = remoting::decode_header<remoting::UnregisterClientRequestHeader>(request);
  if (!header) return reply(header.error());
  if (header->producerGroup && !header->producerGroup->empty()) {
    parts_.producers.unregister_producer(*header->producerGroup, context.channel);
  }
  if (header->consumerGroup && !header->consumerGroup->empty()) {
    parts_.consumers.unregister_consumer(*header->consumerGroup, context.channel);
  }
  reply();
}

void ClientManageProcessor::check_config(const remoting::RequestContext& context,
                                         remoting::RemotingCommand& request, Reply reply) {
  JsonReader in(request.body);
  SubscriptionData wanted{.sub_string = {}, .expression_type = {}};
  std::string group;
  bool has_subscription = false;
  const auto read_subscription = [&] {
    has_subscription = in.kind() == JsonReader::Kind::Object;
    return in.object([&](std::string_view name) {
      if (json_name_is(name, "topic")) return in.read(wanted.topic);
      if (json_name_is(name, "subString")) return in.read(wanted.sub_string);
      if (json_name_is(name, "expressionType")) return in.read(wanted.expression_type);
      return in.skip();
    });
  };
  const bool is_read = in.object([&](std::string_view name) {
    if (json_name_is(name, "group")) return in.read(group);
    return json_name_is(name, "subscriptionData") ? read_subscription() : in.skip();
  });
  if (!is_read || !in.end()) return reply(in.error());
  if (!has_subscription) return reply(refuse_heartbeat("the body has no subscriptionData"));
  using remoting::Action;
  using remoting::Resource;
  if (auto may = check_may(context.caller, Resource::Group, Action::Sub, group); !may)
    return reply(may.error());
  if (auto may = check_may(context.caller, Resource::Topic, Action::Sub, wanted.topic); !may)
    return reply(may.error());
  if (auto checked = parts_.filter_factory.check(wanted); !checked) return reply(checked.error());
  reply();
}

void ClientManageProcessor::notify_members(const std::string& group,
                                           const std::vector<remoting::ChannelPtr>& members) const {
  if (!parts_.config.notify_consumer_ids_changed_enable) return;
  const auto settings = parts_.groups.find(group);
  if (settings && !settings->notify_consumer_ids_changed_enable) return;
  const auto request =
      remoting::make_request(remoting::RequestCode::NotifyConsumerIdsChanged,
                             remoting::ConsumerGroupRequestHeader{.consumerGroup = group});
  // Members look for themselves every 20 s: one that does not read its hints gets no more of them.
  for (const auto& member : members) (void)member->send_hint(request);
}

}  // namespace rocketmq::broker
