#include "processors/client_manage.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "limits.hpp"
#include "retry_topics.hpp"
#include "rocketmq/common/fastjson.hpp"
#include "rocketmq/common/names.hpp"
#include "rocketmq/remoting/protocol/group_headers.hpp"

namespace rocketmq::broker {

using remoting::Reply;

namespace {

Error refuse_heartbeat(std::string remark) {
  return {ResponseCode::SystemError, std::move(remark)};
}

Result<void> check_subscriptions(const remoting::ConsumerData& consumer) {
  if (consumer.subscriptions.size() > limits::subscriptions_per_group_max) {
    return refuse_heartbeat("group " + consumer.group_name + " subscribes to more than " +
                            std::to_string(limits::subscriptions_per_group_max) + " topics");
  }
  for (const auto& subscription : consumer.subscriptions) {
    if (auto checked = check_name("topic", subscription.topic); !checked) return checked;
    if (subscription.sub_string.size() > limits::expression_bytes_max) {
      return refuse_heartbeat("the subscription of group " + consumer.group_name + " to topic " +
                              subscription.topic + " is longer than 64 KiB");
    }
  }
  return {};
}

/// Everything is looked at before anything is registered: a heartbeat is taken as a whole or not at
/// all.
Result<void> check_heartbeat(const remoting::HeartbeatData& data) {
  if (data.client_id.empty() || data.client_id.size() > limits::client_id_bytes_max) {
    return refuse_heartbeat("clientID must have 1 to 255 bytes");
  }
  if (data.producer_groups.size() + data.consumers.size() > limits::groups_per_heartbeat_max) {
    return refuse_heartbeat("a heartbeat names more than " +
                            std::to_string(limits::groups_per_heartbeat_max) + " groups");
  }
  for (const auto& group : data.producer_groups) {
    if (auto checked = check_name("group", group); !checked) return checked;
  }
  for (const auto& consumer : data.consumers) {
    if (auto checked = check_name("group", consumer.group_name); !checked) return checked;
    if (auto checked = check_name("topic", retry_topic_of(consumer.group_name)); !checked)
      return checked;
    if (auto checked = check_subscriptions(consumer); !checked) return checked;
  }
  return {};
}

}  // namespace

void ClientManageProcessor::heartbeat(const remoting::RequestContext& context,
                                      remoting::RemotingCommand& request, Reply reply) {
  const auto data = remoting::decode_heartbeat(request.body);
  if (!data) return reply(data.error());
  if (auto checked = check_heartbeat(*data); !checked) return reply(checked.error());
  const ClientChannel client{.channel = context.channel,
                             .client_id = data->client_id,
                             .language = request.language,
                             .version = request.version};
  for (const auto& group : data->producer_groups) {
    if (auto taken = parts_.producers.register_producer(group, client); !taken)
      return reply(taken.error());
  }
  std::uint64_t topic_change = 0;
  for (const auto& consumer : data->consumers) {
    const auto taken = register_consumer(client, consumer);
    if (!taken) return reply(taken.error());
    topic_change = std::max(topic_change, *taken);
  }
  parts_.topics.waits().hold(reply, topic_change);
  reply();
}

Result<std::uint64_t> ClientManageProcessor::register_consumer(
    const ClientChannel& client, const remoting::ConsumerData& consumer) {
  std::uint64_t topic_change = 0;
  const auto group = parts_.groups.find_or_create(consumer.group_name);
  if (group && group->retry_queue_nums > 0) {
    const auto retry_topic = find_or_create_retry(parts_.topics, *group, consumer.unit_mode);
    if (!retry_topic) return retry_topic.error();
    topic_change = retry_topic->change;
  } else if (!group && group.error().code != ResponseCode::SubscriptionGroupNotExist) {
    return group.error();
  }
  // A group that may not be made is registered all the same: its pulls say what is wrong.
  if (auto taken = parts_.consumers.register_consumer(client, consumer); !taken)
    return taken.error();
  parts_.filters.register_group(consumer.group_name, consumer.subscriptions);
  return topic_change;
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

void ClientManageProcessor::check_config(const remoting::RequestContext&,
                                         remoting::RemotingCommand& request, Reply reply) {
  const auto body = parse_fastjson(request.body);
  if (!body) return reply(body.error());
  const auto subscription = body->is_object() ? body->find("subscriptionData") : body->end();
  if (!body->is_object() || subscription == body->end() || !subscription->is_object()) {
    return reply(refuse_heartbeat("the body has no subscriptionData"));
  }
  const SubscriptionData wanted{.topic = json_text(*subscription, "topic"),
                                .sub_string = json_text(*subscription, "subString"),
                                .expression_type = json_text(*subscription, "expressionType")};
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
  for (const auto& member : members) (void)member->send_oneway(request);
}

}  // namespace rocketmq::broker
