#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "mqadmin/commands/brokers.hpp"
#include "mqadmin/commands/groups.hpp"
#include "mqadmin/commands/key_values.hpp"
#include "mqadmin/commands/tmp_files.hpp"
#include "mqadmin/frame/command.hpp"
#include "mqadmin/frame/times.hpp"
#include "rocketmq/client/broker_requests.hpp"
#include "rocketmq/client/cluster_queries.hpp"
#include "rocketmq/client/requests.hpp"
#include "rocketmq/client/topic_requests.hpp"
#include "rocketmq/common/atomic_file.hpp"
#include "rocketmq/common/fastjson.hpp"
#include "rocketmq/common/names.hpp"
#include "rocketmq/common/response_code.hpp"
#include "rocketmq/common/text.hpp"
#include "rocketmq/protocol/group_headers.hpp"
#include "rocketmq/protocol/release_name.hpp"

// What a broker knows, as files. Tables are handled as JSON trees: what newer brokers add is kept.
namespace rocketmq::mqadmin {
namespace {

using nlohmann::json;

/// Groups that the system itself, or tools, use.
bool is_system_group(const std::string& group) {
  constexpr std::array system_groups = {"TOOLS_CONSUMER",     "FILTERSRV_CONSUMER",
                                        "__MONITOR_CONSUMER", "CLIENT_INNER_PRODUCER",
                                        "SELF_TEST_P_GROUP",  "SELF_TEST_C_GROUP"};
  return group.starts_with(names::system_group_prefix) || group.starts_with("CID_ONS") ||
         std::find(system_groups.begin(), system_groups.end(), group) != system_groups.end();
}

/// Not a bare json: that converts to everything, which Outcome does not take.
struct Tree {
  json root;
};

/// The body of a broker's response as a tree.
Outcome<Tree> ask_json(Context& context, const std::string& address, remoting::RequestCode code) {
  const auto response =
      context.client().call(address, remoting::make_request(code), request_timeout);
  if (!response) return response.error();
  auto tree = parse_fastjson(response->body);
  if (!tree) return client::unreadable_response(address, tree.error());
  return Tree{std::move(*tree)};
}

/// The topic table of a broker without the system's topics, and without those of retries and dead
/// letters unless they are wanted.
Outcome<Tree> topics_of(Context& context, const std::string& address, bool with_special) {
  auto tree = ask_json(context, address, remoting::RequestCode::GetAllTopicConfig);
  if (!tree) return tree;
  const auto system = client::query_system_topics(context.client(), address, request_timeout);
  if (!system) return system.error();
  const std::set<std::string> hidden(system->topics.begin(), system->topics.end());
  json kept = json::object();
  for (auto& [topic, config] : tree->root["topicConfigTable"].items()) {
    const bool is_special = is_retry_topic(topic) || is_dlq_topic(topic);
    if (hidden.contains(topic) || is_system_topic(topic) || (is_special && !with_special)) continue;
    kept[topic] = std::move(config);
  }
  tree->root["topicConfigTable"] = std::move(kept);
  return tree;
}

Outcome<Tree> groups_of_broker(Context& context, const std::string& address) {
  auto tree = ask_json(context, address, remoting::RequestCode::GetAllSubscriptionGroupConfig);
  if (!tree) return tree;
  json kept = json::object();
  for (auto& [group, config] : tree->root["subscriptionGroupTable"].items()) {
    if (!is_system_group(group)) kept[group] = std::move(config);
  }
  tree->root["subscriptionGroupTable"] = std::move(kept);
  return tree;
}

/// Adds the tables of several brokers; the queues of what several of them have are added up.
void merge_table(json& into, json& table, const std::vector<const char*>& sums) {
  for (auto& [name, config] : table.items()) {
    const auto [known, is_new] = into.emplace(name, config);
    if (is_new) continue;
    for (const char* member : sums) {
      if (known->contains(member) && config.contains(member))
        (*known)[member] =
            (*known)[member].get<std::int64_t>() + config[member].get<std::int64_t>();
    }
  }
}

/// Writes an exported file below the folder of -f, or /tmp/rocketmq/export, and says so.
Outcome<void> write_export(Context& context, const std::string& name, const json& content) {
  const std::string text = dump_json_pretty(content);
  const auto folder = context.arguments().find("f");
  if (!folder) {
    const auto written = write_tmp_file("export", name, text);
    if (!written) return written.error();
    context.out().line("export " + *written + " success");
    return {};
  }
  const auto path = std::filesystem::path(*folder) / name;
  const auto written = write_file_atomically(path, text);
  if (!written) return client::client_failure(written.error().remark);
  context.out().line("export " + path.string() + " success");
  return {};
}

/// With -t the topics alone, with -g the groups alone.
struct Wanted {
  bool topics;
  bool groups;
};

Outcome<Tree> metadata_of(Context& context, const std::vector<Broker>& masters, Wanted wanted) {
  json result{{"exportTime", now_ms()}};
  if (wanted.topics) result["topicConfigTable"] = json::object();
  if (wanted.groups) result["subscriptionGroupTable"] = json::object();
  for (const Broker& broker : masters) {
    if (wanted.topics) {
      auto topics = topics_of(context, broker.address, context.arguments().has("s"));
      if (!topics) return topics;
      merge_table(result["topicConfigTable"], topics->root["topicConfigTable"],
                  {"readQueueNums", "writeQueueNums"});
    }
    if (wanted.groups) {
      auto groups = groups_of_broker(context, broker.address);
      if (!groups) return groups;
      merge_table(result["subscriptionGroupTable"], groups->root["subscriptionGroupTable"],
                  {"retryQueueNums"});
    }
  }
  return Tree{std::move(result)};
}

Outcome<void> export_metadata(Context& context) {
  const Arguments& arguments = context.arguments();
  if (arguments.has("t") && arguments.has("g"))
    return usage_failure("-t and -g cannot both be given");
  const auto masters = chosen_masters(context);
  if (!masters) return masters.error();
  const Wanted wanted{.topics = !arguments.has("g"), .groups = !arguments.has("t")};
  std::string name = "metadata.json";
  if (!wanted.groups) name = "topic.json";
  if (!wanted.topics) name = "subscriptionGroup.json";
  // Of one broker and one table: the broker's table as it is, with its version.
  const bool is_one_table = arguments.has("b") && wanted.topics != wanted.groups;
  Outcome<Tree> content = Tree{};
  if (is_one_table && wanted.topics) {
    content = topics_of(context, arguments.get("b"), arguments.has("s"));
  } else if (is_one_table) {
    content = groups_of_broker(context, arguments.get("b"));
  } else {
    content = metadata_of(context, *masters, wanted);
  }
  if (!content) return content.error();
  return write_export(context, name, content->root);
}

Outcome<void> export_configs(Context& context) {
  constexpr std::array keys = {"autoCreateSubscriptionGroup",
                               "autoCreateTopicEnable",
                               "brokerClusterName",
                               "brokerId",
                               "brokerName",
                               "brokerRole",
                               "fileReservedTime",
                               "filterServerNums",
                               "flushDiskType",
                               "maxMessageSize",
                               "messageDelayLevel",
                               "msgTraceTopicName",
                               "slaveReadEnable",
                               "traceOn",
                               "traceTopicEnable",
                               "useTLS"};
  const auto servers = context.name_servers();
  if (!servers) return servers.error();
  const auto brokers = brokers_of(context, context.arguments().find("c"));
  if (!brokers) return brokers.error();
  json configs = json::object();
  std::size_t masters = 0;
  for (const Broker& broker : *brokers) {
    if (!broker.is_master()) continue;
    ++masters;
    const auto text =
        client::query_broker_config(context.client(), broker.address, request_timeout);
    if (!text) return text.error();
    const auto config = key_values(*text);
    json& exported = configs[broker.name] = json::object();
    for (const char* key : keys) {
      const auto found = config.find(key);
      if (found != config.end()) exported[key] = found->second;
    }
  }
  return write_export(context, "configs.json",
                      {{"brokerConfigs", std::move(configs)},
                       {"clusterScale",
                        {{"namesrvSize", servers->size()},
                         {"masterBrokerSize", masters},
                         {"slaveBrokerSize", brokers->size() - masters}}}});
}

/// Messages a second, and of a day, by kind.
struct Load {
  double normal_in = 0;
  double normal_out = 0;
  double transactional_in = 0;
  double scheduled_in = 0;
  std::int64_t normal_in_day = 0;
  std::int64_t normal_out_day = 0;
  std::int64_t transactional_in_day = 0;
  std::int64_t scheduled_in_day = 0;

  void add(const Load& other) {
    normal_in += other.normal_in;
    normal_out += other.normal_out;
    transactional_in += other.transactional_in;
    scheduled_in += other.scheduled_in;
    normal_in_day += other.normal_in_day;
    normal_out_day += other.normal_out_day;
    transactional_in_day += other.transactional_in_day;
    scheduled_in_day += other.scheduled_in_day;
  }
};

/// A figure; empty where the broker has none.
std::string text_of(const remoting::KvTable& figures, const std::string& name) {
  const auto found = figures.table.find(name);
  return found == figures.table.end() ? std::string() : found->second;
}

std::int64_t whole_of(const remoting::KvTable& figures, const std::string& name) {
  return whole_number<std::int64_t>(text_of(figures, name)).value_or(0);
}

Outcome<void> add_topic_load(Context& context, const std::string& address, std::string_view topic,
                             double& per_second, std::int64_t& of_day) {
  const auto stats = client::query_broker_stats(context.client(), address, "TOPIC_PUT_NUMS",
                                                std::string(topic), request_timeout);
  if (!stats) {
    // This is how a broker says that nothing was counted.
    if (stats.error().code == static_cast<int>(ResponseCode::SystemError)) return {};
    return stats.error();
  }
  per_second = stats->minute.per_second;
  of_day = stats->day.sum;
  return {};
}

Outcome<Load> load_of(Context& context, const std::string& address,
                      const remoting::KvTable& figures) {
  Load load;
  load.normal_in = std::strtod(text_of(figures, "putTps").c_str(), nullptr);
  const std::string transferred = text_of(figures, "getTransferedTps");
  load.normal_out = std::strtod(
      (transferred.empty() ? text_of(figures, "getTransferredTps") : transferred).c_str(), nullptr);
  load.normal_in_day = whole_of(figures, "msgPutTotalTodayMorning") -
                       whole_of(figures, "msgPutTotalYesterdayMorning");
  load.normal_out_day = whole_of(figures, "msgGetTotalTodayMorning") -
                        whole_of(figures, "msgGetTotalYesterdayMorning");
  if (auto added = add_topic_load(context, address, names::half_topic, load.transactional_in,
                                  load.transactional_in_day);
      !added)
    return added.error();
  if (auto added = add_topic_load(context, address, names::schedule_topic, load.scheduled_in,
                                  load.scheduled_in_day);
      !added)
    return added.error();
  return load;
}

/// "LANGUAGE%version" of each consumer that is connected. A group that is offline has none.
Outcome<Tree> clients_of(Context& context, const std::string& address, const json& groups) {
  std::set<std::string> clients;
  for (const auto& [group, config] : groups.items()) {
    const auto response = context.client().call(
        address,
        remoting::make_request(remoting::RequestCode::GetConsumerConnectionList,
                               remoting::ConsumerGroupRequestHeader{.consumerGroup = group}),
        request_timeout);
    if (!response) {
      if (is_offline(response.error())) continue;
      return response.error();
    }
    const auto tree = parse_fastjson(response->body);
    if (!tree) return client::unreadable_response(address, tree.error());
    for (const json& connection : tree->value("connectionSet", json::array())) {
      clients.insert(connection.value("language", std::string()) + "%" +
                     remoting::release_name(connection.value("version", 0)));
    }
  }
  return Tree{json(clients)};
}

/// One master's part of the report; adds its load to `total`.
Outcome<Tree> report_of(Context& context, const Broker& broker, Load& total) {
  const auto figures =
      client::query_runtime_info(context.client(), broker.address, request_timeout);
  if (!figures) return figures.error();
  auto groups = groups_of_broker(context, broker.address);
  if (!groups) return groups;
  auto topics = topics_of(context, broker.address, false);
  if (!topics) return topics;
  const json& group_table = groups->root["subscriptionGroupTable"];
  const auto counted = load_of(context, broker.address, *figures);
  if (!counted) return counted.error();
  const Load& load = *counted;
  total.add(load);
  auto clients = clients_of(context, broker.address, group_table);
  if (!clients) return clients;
  json environment = json::object();
  for (const char* name : {"totalMemKBytes"}) {
    if (const std::string value = text_of(*figures, name); !value.empty())
      environment[name] = value;
  }
  return Tree{json{{"runtimeEnv", std::move(environment)},
                   {"runtimeQuota",
                    {{"diskRatio",
                      {{"commitLogDiskRatio", text_of(*figures, "commitLogDiskRatio")},
                       {"consumeQueueDiskRatio", text_of(*figures, "consumeQueueDiskRatio")}}},
                     {"groupSize", group_table.size()},
                     {"messageAverageSize", text_of(*figures, "putMessageAverageSize")},
                     {"oneDayNum",
                      {{"normalOneDayInNum", load.normal_in_day},
                       {"normalOneDayOutNum", load.normal_out_day},
                       {"scheduleOneDayInNum", load.scheduled_in_day},
                       {"transOneDayInNum", load.transactional_in_day}}},
                     {"topicSize", topics->root["topicConfigTable"].size()},
                     {"tps",
                      {{"normalInTps", load.normal_in},
                       {"normalOutTps", load.normal_out},
                       {"scheduleInTps", load.scheduled_in},
                       {"transInTps", load.transactional_in}}}}},
                   {"runtimeVersion",
                    {{"clientInfo", std::move(clients->root)},
                     {"rocketmqVersion", text_of(*figures, "brokerVersionDesc")}}}}};
}

Outcome<void> export_metrics(Context& context) {
  const auto masters = masters_of(context, context.arguments().find("c"));
  if (!masters) return masters.error();
  json reports = json::object();
  Load total;
  for (const Broker& broker : *masters) {
    auto report = report_of(context, broker, total);
    if (!report) return report.error();
    reports[broker.name] = std::move(report->root);
  }
  return write_export(context, "metrics.json",
                      {{"evaluateReport", std::move(reports)},
                       {"totalData",
                        {{"totalOneDayNum",
                          {{"normalOneDayInNum", total.normal_in_day},
                           {"normalOneDayOutNum", total.normal_out_day},
                           {"scheduleOneDayInNum", total.scheduled_in_day},
                           {"transOneDayInNum", total.transactional_in_day}}},
                         {"totalTps",
                          {{"totalNormalInTps", total.normal_in},
                           {"totalNormalOutTps", total.normal_out},
                           {"totalScheduleInTps", total.scheduled_in},
                           {"totalTransInTps", total.transactional_in}}}}}});
}

}  // namespace

Commands export_commands() {
  const Option folder = text("f", "filePath", "Folder of the file (/tmp/rocketmq/export)");
  const Option cluster = required(text("c", "clusterName", "Of which cluster"));
  return {
      {"exportMetadata",
       "Write topics and groups to a file",
       {one_of(1, text("b", "brokerAddr", "Of which broker")),
        one_of(1, text("c", "clusterName", "Of which cluster")), folder,
        flag("t", "topic", "Topics only"), flag("g", "subscriptionGroup", "Groups only"),
        flag("s", "specialTopic", "With topics of retries and dead letters")},
       export_metadata},
      {"exportConfigs",
       "Write the brokers' configuration to a file",
       {cluster, folder},
       export_configs},
      {"exportMetrics",
       "Write a report of the brokers' load to a file",
       {cluster, folder},
       export_metrics},
  };
}

}  // namespace rocketmq::mqadmin
