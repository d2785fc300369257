#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "mqadmin/commands/brokers.hpp"
#include "mqadmin/frame/command.hpp"
#include "mqadmin/frame/progress.hpp"
#include "rocketmq/client/broker_requests.hpp"
#include "rocketmq/client/cluster_queries.hpp"
#include "rocketmq/client/group_requests.hpp"
#include "rocketmq/client/topic_requests.hpp"
#include "rocketmq/common/names.hpp"

namespace rocketmq::mqadmin {
namespace {

struct Traffic {
  double per_second = 0;
  std::int64_t messages_of_day = 0;
};

std::int64_t messages_of_day(const remoting::BrokerStatsData& data) {
  for (const auto& figure : {data.day, data.hour, data.minute}) {
    if (figure.sum > 0) return figure.sum;
  }
  return 0;
}

/// Of all masters of a topic. Nothing was counted for it where there was no traffic, which is no
/// failure.
Traffic traffic_of(Context& context, const remoting::TopicRouteData& route,
                   const std::string& stats, const std::string& key) {
  Traffic traffic;
  for (const remoting::BrokerData& broker : route.broker_datas) {
    const auto master = broker.broker_addrs.find(master_id);
    if (master == broker.broker_addrs.end()) continue;
    const auto data =
        client::query_broker_stats(context.client(), master->second, stats, key, request_timeout);
    if (!data) {
      if (data.error().kind != client::FailureKind::Broker)
        context.report(data.error(), master->second);
      continue;
    }
    traffic.per_second += data->minute.per_second;
    traffic.messages_of_day += messages_of_day(*data);
  }
  return traffic;
}

std::int64_t accumulation_of(Context& context, const remoting::TopicRouteData& route,
                             const std::string& topic, const std::string& group) {
  std::int64_t accumulation = 0;
  for (const remoting::BrokerData& broker : route.broker_datas) {
    const auto address = address_of(broker);
    if (!address) continue;
    const auto stats =
        client::query_consume_stats(context.client(), *address, group, topic, request_timeout);
    if (stats) {
      accumulation += stats->total_diff();
    } else if (stats.error().kind != client::FailureKind::Broker) {
      context.report(stats.error(), *address);
    }
  }
  return std::max<std::int64_t>(accumulation, 0);
}

/// As the first broker says that replies. Failure: none of them does, which is not the same as a
/// topic without groups.
Outcome<std::vector<std::string>> groups_of(Context& context, const remoting::TopicRouteData& route,
                                            const std::string& topic) {
  std::optional<Failure> last;
  for (const remoting::BrokerData& broker : route.broker_datas) {
    const auto address = address_of(broker);
    if (!address) continue;
    auto groups = client::query_groups_of_topic(context.client(), *address, topic, request_timeout);
    if (groups) return std::move(*groups);
    last = groups.error();
  }
  if (last) return *last;
  return std::vector<std::string>{};
}

void add_traffic(Context& context, Table& table, const std::string& topic) {
  constexpr std::size_t name_width = 64;
  const auto route = client::query_route(context.client(), topic, request_timeout);
  if (!route) return context.report(route.error());
  const auto groups = groups_of(context, *route, topic);
  if (!groups) return context.report(groups.error(), topic);
  const bool only_active = context.arguments().has("a");
  const Traffic in = traffic_of(context, *route, "TOPIC_PUT_NUMS", topic);
  for (const std::string& group : *groups) {
    const Traffic out = traffic_of(context, *route, "GROUP_GET_NUMS", topic + "@" + group);
    if (only_active && in.messages_of_day == 0 && out.messages_of_day == 0) continue;
    table.row({cut(topic, name_width), cut(group, name_width),
               accumulation_of(context, *route, topic, group), in.per_second, out.per_second,
               in.messages_of_day, out.messages_of_day});
  }
  if (!groups->empty() || (only_active && in.messages_of_day == 0)) return;
  table.row({cut(topic, name_width), "", 0, in.per_second, "", in.messages_of_day, "NO_CONSUMER"});
}

Outcome<void> stats_all(Context& context) {
  std::vector<std::string> topics;
  if (const auto topic = context.arguments().find("t")) {
    topics.push_back(*topic);
  } else {
    auto list = client::query_topics(context.client(), request_timeout);
    if (!list) return list.error();
    topics = std::move(list->topics);
  }
  Table table = context.out().table("topics", {{"#Topic", "%-64s  "},
                                               {"#Consumer Group", "%-64s "},
                                               {"#Accumulation", "%12s ", "%12d "},
                                               {"#InTPS", "%11s ", "%11.2f "},
                                               {"#OutTPS", "%11s ", "%11.2f "},
                                               {"#InMsg24Hour", "%14s ", "%14d "},
                                               {"#OutMsg24Hour", "%14s", "%14d"}});
  Progress progress(topics.size());
  for (const std::string& topic : topics) {
    if (!is_retry_topic(topic) && !is_dlq_topic(topic)) add_traffic(context, table, topic);
    progress.step();
  }
  return {};
}

}  // namespace

Commands stats_commands() {
  return {
      {"statsAll",
       "Show the traffic of all topics",
       {flag("a", "activeTopic", "Only those with traffic today"),
        text("t", "topic", "Only this topic")},
       stats_all},
  };
}

}  // namespace rocketmq::mqadmin
