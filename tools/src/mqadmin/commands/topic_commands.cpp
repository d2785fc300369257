#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "mqadmin/commands/brokers.hpp"
#include "mqadmin/commands/topics.hpp"
#include "mqadmin/frame/command.hpp"
#include "mqadmin/frame/progress.hpp"
#include "mqadmin/frame/times.hpp"
#include "rocketmq/AllocateMessageQueueStrategy.h"
#include "rocketmq/client/cluster_queries.hpp"
#include "rocketmq/client/name_checks.hpp"
#include "rocketmq/client/name_server_requests.hpp"
#include "rocketmq/client/topic_requests.hpp"
#include "rocketmq/common/fastjson.hpp"
#include "rocketmq/common/json_reader.hpp"
#include "rocketmq/common/names.hpp"
#include "rocketmq/common/response_code.hpp"
#include "rocketmq/common/text.hpp"

namespace rocketmq::mqadmin {
namespace {

constexpr int default_queues = 8;
constexpr int perm_read_write = 6;
/// Bits of topicSysFlag.
constexpr int unit_flag = 1;
constexpr int unit_subscribed_flag = 2;

std::string brokers_text(const remoting::BrokerData& broker) {
  std::string text;
  for (const auto& [id, address] : broker.broker_addrs)
    text.append(text.empty() ? "{" : ", ").append(std::to_string(id)).append("=").append(address);
  return text.empty() ? "{}" : text + "}";
}

void list_route(Context& context, remoting::TopicRouteData route) {
  Table table = context.out().table("queues", {{"#ClusterName", "%-45s "},
                                               {"#BrokerName", "%-32s "},
                                               {"#BrokerAddrs", "%-50s "},
                                               {"#ReadQueue", "%-10s "},
                                               {"#WriteQueue", "%-11s "},
                                               {"#Perm", "%-5s"}});
  std::sort(route.queue_datas.begin(), route.queue_datas.end());
  std::int64_t reads = 0;
  std::int64_t writes = 0;
  for (const remoting::QueueData& queues : route.queue_datas) {
    const auto broker = std::find_if(
        route.broker_datas.begin(), route.broker_datas.end(),
        [&](const remoting::BrokerData& data) { return data.broker_name == queues.broker_name; });
    const bool is_known = broker != route.broker_datas.end();
    table.row({is_known ? broker->cluster : "", queues.broker_name,
               is_known ? brokers_text(*broker) : "{}", queues.read_queue_nums,
               queues.write_queue_nums, queues.perm});
    reads += queues.read_queue_nums;
    writes += queues.write_queue_nums;
  }
  context.out().print("%s\n", std::string(158, '-'));
  context.out().print("%-45s %-32d %-50s %-10d %-11d %-5s\n", "Total:", route.queue_datas.size(),
                      "", reads, writes, "");
}

Outcome<void> topic_route(Context& context) {
  auto route = client::query_route(context.client(), context.arguments().get("t"), request_timeout);
  if (!route) return route.error();
  if (context.arguments().has("l")) {
    list_route(context, std::move(*route));
  } else {
    context.out().print("%s\n", route_text(*route));
    context.out().json("route", encode_body(*route));
  }
  return {};
}

Outcome<void> topic_status(Context& context) {
  const std::string topic = context.arguments().get("t");
  const auto route = client::query_route(context.client(), topic, request_timeout);
  if (!route) return route.error();
  remoting::TopicStatsTable stats;
  for (const remoting::BrokerData& broker : route->broker_datas) {
    const auto address = address_of(broker);
    if (!address) continue;
    if (context.arguments().has("c") && broker.cluster != context.arguments().get("c")) continue;
    auto of_broker = client::query_topic_stats(context.client(), *address, topic, request_timeout);
    if (!of_broker) return of_broker.error();
    stats.queues.merge(of_broker->queues);
  }
  if (stats.queues.empty()) return client::client_failure("Not found the topic stats info");
  Table table = context.out().table("queues", {{"#Broker Name", "%-32s  "},
                                               {"#QID", "%-4s  "},
                                               {"#Min Offset", "%-20s  "},
                                               {"#Max Offset", "%-20s    "},
                                               {"#Last Updated", "%s"}});
  for (const auto& [id, queue] : stats.queues) {
    const std::int64_t updated = queue.last_update_timestamp_ms;
    table.row({id.broker_name, id.queue_id, queue.min_offset, queue.max_offset,
               updated > 0 ? millisecond_text(updated) : ""});
  }
  return {};
}

/// `brokerA:8;brokerB:4`: how many queues of each broker an ordered topic uses.
using OrderConf = std::map<std::string, std::string>;

/// Nothing when the text is none.
std::optional<OrderConf> parse_order_conf(std::string_view text) {
  OrderConf conf;
  while (!text.empty()) {
    const auto end = std::min(text.find(';'), text.size());
    const std::string_view entry = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const auto colon = entry.rfind(':');
    if (colon == 0 || colon == std::string_view::npos) return std::nullopt;
    const auto queues = whole_number<std::int32_t>(entry.substr(colon + 1));
    if (!queues || *queues < 0) return std::nullopt;
    conf[std::string(entry.substr(0, colon))] = std::to_string(*queues);
  }
  return conf;
}

std::string order_conf_text(const OrderConf& conf) {
  std::string text;
  for (const auto& [broker, queues] : conf)
    text += (text.empty() ? "" : ";") + broker + ":" + queues;
  return text;
}

Outcome<void> put_order_conf(Context& context, const std::string& topic, const std::string& conf) {
  const auto servers = context.name_servers();
  if (!servers) return servers.error();
  for (const std::string& server : *servers) {
    const auto put =
        client::put_kv(context.client(), server, std::string(names::order_topic_config_namespace),
                       topic, conf, request_timeout);
    if (!put) return put;
  }
  return {};
}

/// Adds a broker's queues to what is known of the topic's order.
Outcome<void> merge_order_conf(Context& context, const std::string& topic,
                               const std::string& broker, std::int32_t queues) {
  const auto known = client::query_kv(
      context.client(), std::string(names::order_topic_config_namespace), topic, request_timeout);
  if (!known && known.error().code != static_cast<int>(ResponseCode::QueryNotFound))
    return known.error();
  OrderConf conf;
  if (known) conf = parse_order_conf(*known).value_or(OrderConf());
  conf[broker] = std::to_string(queues);
  return put_order_conf(context, topic, order_conf_text(conf));
}

/// The name of the broker at an address, as the name server knows it.
Outcome<std::string> name_of_broker(Context& context, const std::string& address) {
  const auto brokers = brokers_of(context, std::nullopt);
  if (!brokers) return brokers.error();
  for (const Broker& broker : *brokers) {
    if (broker.address == address) return broker.name;
  }
  return client::client_failure("The name server knows no broker " + address,
                                static_cast<int>(ResponseCode::BrokerNotExist));
}

TopicConfig given_topic(const Arguments& arguments) {
  TopicConfig topic{
      .topic_name = arguments.get("t"),
      .read_queue_nums = static_cast<std::int32_t>(arguments.get_number("r", default_queues)),
      .write_queue_nums = static_cast<std::int32_t>(arguments.get_number("w", default_queues)),
      .perm = static_cast<std::int32_t>(arguments.get_number("p", perm_read_write)),
      .order = arguments.get_boolean("o", false)};
  if (arguments.get_boolean("u", false)) topic.topic_sys_flag |= unit_flag;
  if (arguments.get_boolean("s", false)) topic.topic_sys_flag |= unit_subscribed_flag;
  return topic;
}

Outcome<void> update_on(Context& context, const std::vector<Broker>& masters,
                        const TopicConfig& topic) {
  for (const Broker& broker : masters) {
    const auto updated = client::update_topic(context.client(), broker.address, topic,
                                              default_topic, request_timeout);
    if (!updated) return updated;
    context.out().line("create topic to " + broker.address + " success.");
  }
  return {};
}

// The order configuration is set first: a broker's next registration brings it along, and without
// it the broker takes the topic for one without order.

Outcome<void> update_on_broker(Context& context, const std::vector<Broker>& broker,
                               const TopicConfig& topic) {
  if (topic.order) {
    const auto name = name_of_broker(context, broker.front().address);
    if (!name) return name.error();
    const auto merged = merge_order_conf(context, topic.topic_name, *name, topic.write_queue_nums);
    if (!merged) return merged;
    context.out().line("set broker orderConf. isOrder=true, orderConf=[" + *name + ":" +
                       std::to_string(topic.write_queue_nums) + "]");
  }
  return update_on(context, broker, topic);
}

Outcome<void> update_on_cluster(Context& context, const std::vector<Broker>& masters,
                                const TopicConfig& topic) {
  if (!topic.order) return update_on(context, masters, topic);
  OrderConf conf;
  for (const Broker& broker : masters) conf[broker.name] = std::to_string(topic.write_queue_nums);
  const auto put = put_order_conf(context, topic.topic_name, order_conf_text(conf));
  if (!put) return put;
  if (const auto updated = update_on(context, masters, topic); !updated) return updated;
  context.out().line("set cluster orderConf. isOrder=true, orderConf=[" + order_conf_text(conf) +
                     "]");
  return {};
}

Outcome<void> update_topic(Context& context) {
  const TopicConfig topic = given_topic(context.arguments());
  if (const auto valid = client::check_topic(topic.topic_name); !valid) return valid.error();
  const auto masters = chosen_masters(context);
  if (!masters) return masters.error();
  const auto updated = context.arguments().has("b") ? update_on_broker(context, *masters, topic)
                                                    : update_on_cluster(context, *masters, topic);
  if (!updated) return updated;
  context.out().line(topic_text(topic));
  return {};
}

Outcome<std::vector<TopicConfig>> topics_of_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return usage_failure("The file " + path + " cannot be read");
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  JsonReader in(text);
  std::vector<TopicConfig> topics;
  const bool is_read = in.kind() == JsonReader::Kind::Array && in.array([&] {
    if (in.kind() != JsonReader::Kind::Object) return in.fail("an object expected");
    return read_json(in, topics.emplace_back());
  });
  if (!is_read || !in.end()) {
    return usage_failure("The file " + path + " is no JSON list of topics" +
                         (in.failed() ? ": " + in.error().remark : ""));
  }
  for (const TopicConfig& topic : topics) {
    if (const auto valid = client::check_topic(topic.topic_name); !valid) return valid.error();
  }
  if (topics.empty()) return usage_failure("The file " + path + " has no topics");
  return topics;
}

Outcome<void> update_topic_list(Context& context) {
  const auto topics = topics_of_file(context.arguments().get("f"));
  if (!topics) return topics.error();
  const auto masters = chosen_masters(context);
  if (!masters) return masters.error();
  for (const Broker& broker : *masters) {
    const auto updated =
        client::update_topics(context.client(), broker.address, *topics, request_timeout);
    if (!updated) return updated;
    context.out().line("submit batch of topic config to " + broker.address +
                       " success, please check the result later.");
  }
  return {};
}

Outcome<void> delete_topic(Context& context) {
  const std::string topic = context.arguments().get("t");
  const std::string cluster = context.arguments().get("c");
  const auto masters = masters_of(context, cluster);
  if (!masters) return masters.error();
  return delete_topic_everywhere(context, topic, cluster, *masters);
}

std::string perm_changed_text(int before, const TopicConfig& topic, const std::string& address) {
  return "update topic perm from " + std::to_string(before) + " to " + std::to_string(topic.perm) +
         " in " + address + " success.";
}

/// A topic's masters: all, those of a cluster (-c), or one by its address (-b).
std::vector<Broker> masters_of_topic(const remoting::TopicRouteData& route,
                                     const Arguments& arguments) {
  std::vector<Broker> masters;
  for (const remoting::BrokerData& broker : route.broker_datas) {
    const auto master = broker.broker_addrs.find(master_id);
    if (master == broker.broker_addrs.end()) continue;
    if (arguments.has("b") && master->second != arguments.get("b")) continue;
    if (arguments.has("c") && broker.cluster != arguments.get("c")) continue;
    masters.push_back({broker.cluster, broker.broker_name, master_id, master->second});
  }
  return masters;
}

Outcome<void> update_perm_on(Context& context, const Broker& broker, int perm) {
  const std::string name = context.arguments().get("t");
  auto topic = client::query_topic_config(context.client(), broker.address, name, request_timeout);
  if (!topic) return topic.error();
  topic->topic_name = name;
  const int before = std::exchange(topic->perm, perm);
  if (before == perm && context.arguments().has("b")) {
    context.out().line("new perm equals to the old one!");
    return {};
  }
  const auto updated = client::update_topic(context.client(), broker.address, *topic, default_topic,
                                            request_timeout);
  if (!updated) return updated;
  context.out().line(perm_changed_text(before, *topic, broker.address));
  if (context.arguments().has("b")) context.out().line(topic_text(*topic));
  return {};
}

Outcome<void> update_topic_perm(Context& context) {
  const Arguments& arguments = context.arguments();
  const auto route = client::query_route(context.client(), arguments.get("t"), request_timeout);
  if (!route) return route.error();
  const auto masters = masters_of_topic(*route, arguments);
  if (masters.empty()) {
    return client::client_failure(
        arguments.has("b") ? "updateTopicPerm error broker not exit or broker is not master!."
                           : "No master of the topic is in cluster " + arguments.get("c"));
  }
  for (const Broker& broker : masters) {
    const auto updated =
        update_perm_on(context, broker, static_cast<int>(arguments.get_number("p", 0)));
    if (!updated) return updated;
  }
  return {};
}

Outcome<void> update_order_conf(Context& context) {
  const Arguments& arguments = context.arguments();
  const std::string topic = arguments.get("t");
  const std::string method = arguments.get("m");
  const std::string name_space(names::order_topic_config_namespace);
  if (method == "get") {
    const auto conf = client::query_kv(context.client(), name_space, topic, request_timeout);
    if (!conf) return conf.error();
    context.out().line("get orderConf success. topic=[" + topic + "], orderConf=[" + *conf + "] ");
    return {};
  }
  if (method == "put") {
    const std::string conf = arguments.get("v");
    const auto parsed = parse_order_conf(conf);
    if (!parsed || parsed->empty())
      return usage_failure("Option v: '" + conf + "' is not brokerA:num;brokerB:num");
    if (const auto put = put_order_conf(context, topic, conf); !put) return put;
    context.out().line("update orderConf success. topic=[" + topic + "], orderConf=[" + conf + "]");
    return {};
  }
  if (method != "delete")
    return usage_failure("Option m: '" + method + "' is not put, get or delete");
  const auto servers = context.name_servers();
  if (!servers) return servers.error();
  for (const std::string& server : *servers) {
    const auto deleted =
        client::delete_kv(context.client(), server, name_space, topic, request_timeout);
    if (!deleted) return deleted;
  }
  context.out().line("delete orderConf success. topic=[" + topic + "]");
  return {};
}

/// One row for each group that consumes the topic, or one without a group. No row, but a failure,
/// when that is not known.
void add_consumers(Context& context, Table& table, const std::string& topic) {
  constexpr std::size_t cluster_width = 20;
  constexpr std::size_t name_width = 64;
  const auto route = client::query_route(context.client(), topic, request_timeout);
  std::string cluster;
  std::vector<std::string> groups;
  // A topic may have gone since it was listed.
  if (!route && route.error().code != static_cast<int>(ResponseCode::TopicNotExist))
    return context.report(route.error(), topic);
  if (route && !route->broker_datas.empty()) {
    const remoting::BrokerData& broker = route->broker_datas.front();
    cluster = broker.cluster;
    if (const auto address = address_of(broker)) {
      auto asked =
          client::query_groups_of_topic(context.client(), *address, topic, request_timeout);
      if (!asked) return context.report(asked.error(), topic);
      groups = std::move(*asked);
    }
  }
  if (groups.empty()) groups.emplace_back();
  for (const std::string& group : groups)
    table.row({cut(cluster, cluster_width), cut(topic, name_width), cut(group, name_width)});
}

Outcome<void> topic_list(Context& context) {
  const auto list = client::query_topics(context.client(), request_timeout);
  if (!list) return list.error();
  if (!context.arguments().has("c")) {
    for (const std::string& topic : list->topics) context.out().item("topics", topic);
    return {};
  }
  Table table = context.out().table("topics", {{"#Cluster Name", "%-20s  "},
                                               {"#Topic", "%-48s  ", "%-64s  "},
                                               {"#Consumer Group", "%-48s", "%-64s"}});
  Progress progress(list->topics.size());
  for (const std::string& topic : list->topics) {
    if (!is_retry_topic(topic) && !is_dlq_topic(topic)) add_consumers(context, table, topic);
    progress.step();
  }
  return {};
}

Outcome<void> topic_cluster_list(Context& context) {
  const auto route =
      client::query_route(context.client(), context.arguments().get("t"), request_timeout);
  if (!route) return route.error();
  std::set<std::string> clusters;
  for (const remoting::BrokerData& broker : route->broker_datas) clusters.insert(broker.cluster);
  for (const std::string& cluster : clusters) context.out().item("clusters", cluster);
  return {};
}

Outcome<void> allocate_mq(Context& context) {
  const std::string topic = context.arguments().get("t");
  std::vector<std::string> members = split(context.arguments().get("i"), ',');
  std::sort(members.begin(), members.end());
  if (members.empty()) return usage_failure("Option i: no address is given");
  const auto route = client::query_route(context.client(), topic, request_timeout);
  if (!route) return route.error();
  const auto queues = client::readable_queues(topic, *route);
  nlohmann::json result = nlohmann::json::object();
  for (const std::string& member : members) {
    auto& of_member = result[member] = nlohmann::json::array();
    for (const MessageQueue& queue :
         AllocateMessageQueueAveragely().allocate("mqadmin", member, queues, members)) {
      of_member.push_back({{"brokerName", queue.getBrokerName()},
                           {"queueId", queue.getQueueId()},
                           {"topic", queue.getTopic()}});
    }
  }
  const std::string text = dump_json({{"result", std::move(result)}});
  context.out().print("%s\n", text);
  context.out().json("allocation", text);
  return {};
}

}  // namespace

Commands topic_commands() {
  const auto by_broker_or_cluster = [](const std::string& what) {
    return std::vector<Option>{one_of(1, text("b", "brokerAddr", what + " to which broker")),
                               one_of(1, text("c", "clusterName", what + " to which cluster"))};
  };
  std::vector<Option> update = by_broker_or_cluster("create topic");
  update.insert(update.end(),
                {required(text("t", "topic", "topic name")),
                 number("r", "readQueueNums", "Queues that are read (8)", 0, 1'000'000),
                 number("w", "writeQueueNums", "Queues that are written (8)", 0, 1'000'000),
                 number("p", "perm", "2 write, 4 read, 6 both (6)", 0, 7),
                 boolean("o", "order", "Whether the topic is ordered (false)"),
                 boolean("u", "unit", "Whether it is a unit topic (false)"),
                 boolean("s", "hasUnitSub", "Whether units subscribe to it (false)")});
  std::vector<Option> update_list = by_broker_or_cluster("create topics");
  update_list.push_back(required(text("f", "filename", "JSON file with a list of topics")));
  std::vector<Option> update_perm = by_broker_or_cluster("change the topic");
  update_perm.push_back(required(text("t", "topic", "topic name")));
  update_perm.push_back(required(number("p", "perm", "2 write, 4 read, 6 both", 0, 7)));
  const Option topic = required(text("t", "topic", "topic name"));
  return {
      {"updateTopic", "Make a topic, or change it", std::move(update), update_topic},
      {"updateTopicList", "Make or change the topics of a file", std::move(update_list),
       update_topic_list},
      {"deleteTopic",
       "Delete a topic from brokers and name servers",
       {topic, required(text("c", "clusterName", "From which cluster"))},
       delete_topic},
      {"updateTopicPerm", "Change whether a topic is read and written", std::move(update_perm),
       update_topic_perm},
      {"topicList",
       "List all topics",
       {flag("c", "clusterModel", "With their clusters and consumers")},
       topic_list},
      {"topicRoute",
       "Show where a topic lives",
       {topic, flag("l", "list", "Print a table")},
       topic_route},
      {"topicStatus",
       "Show the offsets of a topic's queues",
       {topic, text("c", "cluster", "Only brokers of this cluster")},
       topic_status},
      {"topicClusterList", "List the clusters that have a topic", {topic}, topic_cluster_list},
      {"updateOrderConf",
       "Set, show or remove the order configuration of a topic",
       {topic, required(text("m", "method", "put, get or delete")),
        text("v", "orderConf", "With put: brokerA:num;brokerB:num")},
       update_order_conf},
      {"allocateMQ",
       "Show how queues would be divided among consumers",
       {topic, required(text("i", "ipList", "Addresses of the consumers, joined by commas"))},
       allocate_mq},
  };
}

}  // namespace rocketmq::mqadmin
