#include "mqadmin/commands/groups.hpp"

#include <utility>

#include "rocketmq/client/group_requests.hpp"
#include "rocketmq/client/topic_requests.hpp"
#include "rocketmq/common/names.hpp"
#include "rocketmq/common/response_code.hpp"

namespace rocketmq::mqadmin {

Outcome<std::vector<Broker>> brokers_of_topic(Context& context, const std::string& topic) {
  const auto route = client::query_route(context.client(), topic, request_timeout);
  if (!route) return route.error();
  std::vector<Broker> brokers;
  for (const remoting::BrokerData& data : route->broker_datas) {
    if (data.broker_addrs.empty()) continue;
    const auto& [id, address] = *data.broker_addrs.begin();
    brokers.push_back({data.cluster, data.broker_name, id, address});
  }
  return brokers;
}

Outcome<std::vector<Broker>> brokers_of_group(Context& context, const std::string& group) {
  auto brokers = brokers_of_topic(context, retry_topic_of(group));
  const bool is_unknown =
      !brokers && brokers.error().code == static_cast<int>(ResponseCode::TopicNotExist);
  if (!is_unknown) return brokers;
  auto all = masters_of(context, std::nullopt);
  if (!all) return brokers.error();
  for (const Broker& broker : *all) {
    const auto stats =
        client::query_consume_stats(context.client(), broker.address, group, "", request_timeout);
    if (stats && !stats->queues.empty()) return all;
    if (client::query_consumer_connection(context.client(), broker.address, group, request_timeout))
      return all;
  }
  return brokers.error();
}

Outcome<remoting::ConsumeStats> consume_stats_of(Context& context,
                                                 const std::vector<Broker>& brokers,
                                                 const std::string& group,
                                                 const std::string& topic) {
  remoting::ConsumeStats all;
  for (const Broker& broker : brokers) {
    auto stats = client::query_consume_stats(context.client(), broker.address, group, topic,
                                             relayed_timeout);
    if (!stats) return stats.error();
    all.consume_tps += stats->consume_tps;
    all.queues.merge(stats->queues);
  }
  return all;
}

Outcome<ListedMembers> members_of(Context& context, const std::vector<Broker>& brokers,
                                  const std::string& group) {
  Failure last = client::client_failure("no broker knows the group " + group);
  for (const Broker& broker : brokers) {
    auto connection =
        client::query_consumer_connection(context.client(), broker.address, group, relayed_timeout);
    if (connection && !connection->connections.empty())
      return ListedMembers{std::move(*connection), broker};
    if (!connection && (last.code == -1 || !is_offline(connection.error())))
      last = connection.error();
  }
  if (is_offline(last)) last.text = "Not found the consumer group connection";
  return last;
}

Outcome<remoting::ConsumerConnection> connection_of(Context& context,
                                                    const std::vector<Broker>& brokers,
                                                    const std::string& group) {
  auto members = members_of(context, brokers, group);
  if (!members) return members.error();
  return std::move(members->connection);
}

bool is_offline(const Failure& failure) {
  return failure.code == static_cast<int>(ResponseCode::ConsumerNotOnline);
}

std::string group_text(const SubscriptionGroupConfig& group) {
  const auto word = [](bool is) { return is ? "true" : "false"; };
  return "SubscriptionGroupConfig [groupName=" + group.group_name +
         ", consumeEnable=" + word(group.consume_enable) +
         ", consumeFromMinEnable=" + word(group.consume_from_min_enable) +
         ", consumeBroadcastEnable=" + word(group.consume_broadcast_enable) +
         ", retryQueueNums=" + std::to_string(group.retry_queue_nums) +
         ", retryMaxTimes=" + std::to_string(group.retry_max_times) +
         ", brokerId=" + std::to_string(group.broker_id) + ", whichBrokerWhenConsumeSlowly=" +
         std::to_string(group.which_broker_when_consume_slowly) +
         ", notifyConsumerIdsChangedEnable=" + word(group.notify_consumer_ids_changed_enable) + "]";
}

}  // namespace rocketmq::mqadmin
