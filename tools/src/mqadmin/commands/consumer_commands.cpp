#include <algorithm>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

#include "mqadmin/commands/brokers.hpp"
#include "mqadmin/commands/groups.hpp"
#include "mqadmin/commands/running_info.hpp"
#include "mqadmin/frame/command.hpp"
#include "mqadmin/frame/progress.hpp"
#include "mqadmin/frame/times.hpp"
#include "rocketmq/client/cluster_queries.hpp"
#include "rocketmq/client/group_requests.hpp"
#include "rocketmq/common/names.hpp"
#include "rocketmq/common/response_code.hpp"
#include "rocketmq/protocol/release_name.hpp"

namespace rocketmq::mqadmin {
namespace {

std::string time_or_none(std::int64_t time_ms) {
  return time_ms > 0 ? second_text(time_ms) : "N/A";
}

/// What a member is called in the column of addresses: the part before the '@'.
std::string ip_of(const std::string& client_id) { return client_id.substr(0, client_id.find('@')); }

/// Which member reads which queue, as they say themselves.
std::map<MessageQueueId, std::string> readers_of(Context& context,
                                                 const std::vector<Broker>& brokers,
                                                 const std::string& group) {
  std::map<MessageQueueId, std::string> readers;
  const auto members = members_of(context, brokers, group);
  if (!members) return readers;
  for (const remoting::ConnectionInfo& member : members->connection.connections) {
    const auto info = client::query_running_info(context.client(), members->broker.address, group,
                                                 member.client_id, false, relayed_timeout);
    if (!info) {
      context.report(info.error(), member.client_id);
      continue;
    }
    for (const auto& [queue, values] : info->queues) readers[queue] = ip_of(member.client_id);
  }
  return readers;
}

Outcome<void> progress_of_group(Context& context, const std::string& group) {
  const Arguments& arguments = context.arguments();
  const auto cluster = arguments.find("c");
  const auto brokers = cluster ? masters_of(context, cluster) : brokers_of_group(context, group);
  if (!brokers) return brokers.error();
  const auto stats = consume_stats_of(context, *brokers, group, arguments.get("t"));
  if (!stats) return stats.error();
  if (stats->queues.empty()) {
    return client::client_failure(
        "Not found the consumer group consume stats, because return offset table is empty, maybe "
        "the consumer not consume any message",
        static_cast<int>(ResponseCode::ConsumerNotOnline));
  }
  const bool with_readers = arguments.get_boolean("s", false);
  const auto readers =
      with_readers ? readers_of(context, *brokers, group) : std::map<MessageQueueId, std::string>();
  std::vector<Column> columns{{"#Topic", "%-64s  "},
                              {"#Broker Name", "%-32s  "},
                              {"#QID", "%-4s  "},
                              {"#Broker Offset", "%-20s  "},
                              {"#Consumer Offset", "%-20s  "}};
  if (with_readers) columns.push_back({"#Client IP", "%-20s "});
  columns.push_back({"#Diff", "%-20s  "});
  columns.push_back({"#LastTime", "%s"});
  Table table = context.out().table("queues", std::move(columns));
  std::int64_t total = 0;
  for (const auto& [id, queue] : stats->queues) {
    const std::int64_t diff = queue.broker_offset - queue.consumer_offset;
    total += diff;
    std::vector<Cell> cells{id.topic, id.broker_name, id.queue_id, queue.broker_offset,
                            queue.consumer_offset};
    if (with_readers) {
      const auto reader = readers.find(id);
      cells.emplace_back(reader == readers.end() ? "N/A" : reader->second);
    }
    cells.emplace_back(diff);
    cells.emplace_back(time_or_none(queue.last_timestamp_ms));
    table.row(std::move(cells));
  }
  context.out().print("\nConsume TPS: %.2f\nDiff Total: %d\n", stats->consume_tps, total);
  context.out().value("consumeTps", stats->consume_tps);
  context.out().value("diffTotal", total);
  return {};
}

/// One row of the list of all groups.
struct GroupState {
  std::string group;
  std::size_t members = 0;
  std::int32_t version = 0;  // of the oldest member
  remoting::ConsumeType type = remoting::ConsumeType::Passively;
  remoting::MessageModel model = remoting::MessageModel::Clustering;
  double tps = 0;
  std::int64_t diff = 0;
};

GroupState state_of(Context& context, const std::string& group) {
  GroupState state{.group = group};
  const auto brokers = brokers_of_topic(context, retry_topic_of(group));
  if (!brokers) {
    context.report(brokers.error(), group);
    return state;
  }
  if (const auto stats = consume_stats_of(context, *brokers, group, "")) {
    state.tps = stats->consume_tps;
    state.diff = stats->total_diff();
  } else {
    context.report(stats.error(), group);
  }
  const auto connection = connection_of(context, *brokers, group);
  if (!connection) {
    if (!is_offline(connection.error())) context.report(connection.error(), group);
    return state;
  }
  state.members = connection->connections.size();
  state.type = connection->consume_type;
  state.model = connection->message_model;
  state.version = connection->connections.front().version;
  for (const auto& member : connection->connections)
    state.version = std::min(state.version, member.version);
  return state;
}

Outcome<void> progress_of_all(Context& context) {
  const auto topics = client::query_topics(context.client(), request_timeout);
  if (!topics) return topics.error();
  std::vector<std::string> groups;
  for (const std::string& topic : topics->topics) {
    if (topic.starts_with(names::retry_prefix))
      groups.push_back(topic.substr(names::retry_prefix.size()));
  }
  std::vector<GroupState> states;
  {
    Progress progress(groups.size());
    for (const std::string& group : groups) {
      states.push_back(state_of(context, group));
      progress.step();
    }
  }
  // Those that somebody reads first, and among them those that are furthest behind.
  std::sort(states.begin(), states.end(), [](const GroupState& a, const GroupState& b) {
    if (a.members != b.members) return a.members > b.members;
    return a.diff != b.diff ? a.diff > b.diff : a.group < b.group;
  });
  Table table = context.out().table("groups", {{"#Group", "%-64s  "},
                                               {"#Count", "%-6s  "},
                                               {"#Version", "%-24s "},
                                               {"#Type", "%-5s  "},
                                               {"#Model", "%-14s  "},
                                               {"#TPS", "%-7s  "},
                                               {"#Diff Total", "%s"}});
  for (const GroupState& state : states) {
    const bool is_online = state.members > 0;
    const bool is_push = state.type == remoting::ConsumeType::Passively;
    table.row({state.group, state.members,
               is_online ? remoting::release_name(state.version) : "OFFLINE",
               is_online ? (is_push ? "PUSH" : "PULL") : "",
               is_online && is_push ? std::string(to_string(state.model)) : "",
               static_cast<std::int64_t>(state.tps), state.diff});
  }
  return {};
}

Outcome<void> consumer_progress(Context& context) {
  const auto group = context.arguments().find("g");
  return group ? progress_of_group(context, *group) : progress_of_all(context);
}

/// -b, or the brokers of the group.
Outcome<std::vector<Broker>> brokers_to_ask(Context& context, const std::string& group) {
  if (context.arguments().has("b")) return chosen_brokers(context);
  return brokers_of_group(context, group);
}

Outcome<void> consumer_connection(Context& context) {
  const std::string group = context.arguments().get("g");
  const auto brokers = brokers_to_ask(context, group);
  if (!brokers) return brokers.error();
  const auto connection = connection_of(context, *brokers, group);
  if (!connection) return connection.error();
  Table clients = context.out().table("clients", {{"#ClientId", "%-36s "},
                                                  {"#ClientAddr", "%-22s "},
                                                  {"#Language", "%-10s "},
                                                  {"#Version", "%s"}});
  for (const remoting::ConnectionInfo& member : connection->connections)
    clients.row({member.client_id, member.client_addr,
                 std::string(remoting::to_string(member.language)),
                 remoting::release_name(member.version)});
  context.out().print("\nBelow is subscription:\n");
  Table subscriptions =
      context.out().table("subscriptions", {{"#Topic", "%-20s "}, {"#SubExpression", "%s"}});
  for (const SubscriptionData& subscription : connection->subscriptions)
    subscriptions.row({subscription.topic, subscription.sub_string});
  const auto show = [&](const char* heading, const char* name, std::string_view value) {
    context.out().print("%s: %s\n", heading, std::string(value));
    context.out().value(name, value);
  };
  context.out().print("\n");
  show("ConsumeType", "consumeType", to_string(connection->consume_type));
  show("MessageModel", "messageModel", to_string(connection->message_model));
  show("ConsumeFromWhere", "consumeFromWhere", to_string(connection->consume_from_where));
  return {};
}

/// A client's id as the name of a file: it is what the client says.
std::string file_name_of(const std::string& client_id) {
  std::string name = client_id;
  std::replace(name.begin(), name.end(), '/', '_');
  return name.starts_with('.') ? "_" + name : name;
}

Outcome<void> write_file(const std::filesystem::path& path, const std::string& text) {
  std::error_code failure;
  std::filesystem::create_directories(path.parent_path(), failure);
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << text;
  file.close();
  if (!file) return client::client_failure("the file " + path.string() + " cannot be written");
  return {};
}

Outcome<void> status_of_one(Context& context, const std::vector<Broker>& brokers,
                            const std::string& group, const std::string& client_id) {
  // Not every broker is connected to every member.
  std::optional<Failure> first;
  for (const Broker& broker : brokers) {
    const auto info = client::query_running_info(context.client(), broker.address, group, client_id,
                                                 context.arguments().has("s"), relayed_timeout);
    if (info) {
      context.out().print("%s", running_info_text(*info));
      context.out().json("runningInfo", running_info_json(*info));
      return {};
    }
    if (!first) first = info.error();
  }
  return *first;
}

Outcome<void> consumer_status(Context& context) {
  const Arguments& arguments = context.arguments();
  const std::string group = arguments.get("g");
  const auto brokers = brokers_to_ask(context, group);
  if (!brokers) return brokers.error();
  if (brokers->empty()) return client::client_failure("no broker knows the group " + group);
  if (const auto client_id = arguments.find("i"))
    return status_of_one(context, *brokers, group, *client_id);
  const auto listed = members_of(context, *brokers, group);
  if (!listed) return listed.error();
  Table table = context.out().table("clients", {{"#Index", "%-10s "},
                                                {"#ClientId", "%-40s "},
                                                {"#Version", "%-20s "},
                                                {"#ConsumerRunningInfoFile", "%s"}});
  const std::filesystem::path directory = std::to_string(now_ms());
  Members members;
  for (const remoting::ConnectionInfo& member : listed->connection.connections) {
    auto info = client::query_running_info(context.client(), listed->broker.address, group,
                                           member.client_id, arguments.has("s"), relayed_timeout);
    if (!info) {
      context.report(info.error(), member.client_id);
      continue;
    }
    const auto path = directory / file_name_of(member.client_id);
    if (auto written = write_file(path, running_info_text(*info)); !written) return written;
    members[member.client_id] = std::move(*info);
    table.row(
        {members.size(), member.client_id, remoting::release_name(member.version), path.string()});
  }
  if (members.empty()) return {};
  const bool is_same = have_same_subscriptions(members);
  context.out().value("sameSubscription", is_same);
  if (!is_same) {
    context.out().print("\n\nWARN: Different subscription in the same group of consumer!!!\n");
    return {};
  }
  const bool is_even = is_balanced(members);
  context.out().print("\n\nSame subscription in the same group of consumer\n\nRebalance %s\n",
                      is_even ? "OK" : "Failed");
  context.out().value("rebalanceOk", is_even);
  for (const std::string& line : stuck_queues(members, now_ms())) context.out().line(line);
  return {};
}

Outcome<void> broker_consume_stats(Context& context) {
  const Arguments& arguments = context.arguments();
  const std::int64_t level = arguments.get_number("l", 0);
  const auto stats = client::query_broker_consume_stats(
      context.client(), arguments.get("b"), arguments.get_boolean("o", false),
      milliseconds(arguments.get_number("t", 50'000)));
  if (!stats) return stats.error();
  Table table = context.out().table("queues", {{"#Topic", "%-64s  "},
                                               {"#Group", "%-64s  "},
                                               {"#Broker Name", "%-32s  "},
                                               {"#QID", "%-4s  "},
                                               {"#Broker Offset", "%-20s  "},
                                               {"#Consumer Offset", "%-20s  "},
                                               {"#Diff", "%-20s  "},
                                               {"#LastTime", "%s"}});
  std::int64_t total = 0;
  for (const auto& [group, topics] : stats->groups) {
    for (const remoting::ConsumeStats& topic : topics) {
      total += topic.total_diff();
      for (const auto& [id, queue] : topic.queues) {
        const std::int64_t diff = queue.broker_offset - queue.consumer_offset;
        // Queues that the group never read are left out.
        if (queue.last_timestamp_ms <= 0 || diff < level) continue;
        table.row({id.topic, group, id.broker_name, id.queue_id, queue.broker_offset,
                   queue.consumer_offset, diff, second_text(queue.last_timestamp_ms)});
      }
    }
  }
  context.out().print("\nDiff Total: %d\n", total);
  context.out().value("diffTotal", total);
  return {};
}

}  // namespace

Commands consumer_commands() {
  const Option group = text("g", "groupName", "consumer group name");
  const Option consumer_group = required(text("g", "consumerGroup", "consumer group name"));
  const Option broker = text("b", "brokerAddr", "Ask this broker");
  return {
      {"consumerProgress",
       "Show how far a group has read, or all groups",
       {group, boolean("s", "showClientIP", "Show who reads each queue (false)"),
        text("t", "topicName", "Only this topic"),
        text("c", "cluster", "Only brokers of this cluster")},
       consumer_progress},
      {"consumerConnection",
       "Show the clients of a consumer group and what they subscribe to",
       {consumer_group, broker},
       consumer_connection},
      {"consumerStatus",
       "Show what the clients of a consumer group say of themselves",
       {consumer_group, text("i", "clientId", "Only this client, on standard output"), broker,
        flag("s", "jstack", "With the stacks of their threads")},
       consumer_status},
      {"brokerConsumeStats",
       "Show how far all groups have read on one broker",
       {required(text("b", "brokerAddr", "Broker address")),
        number("t", "timeoutMillis", "Longest time to wait, ms (50000)", 1),
        number("l", "level", "Only queues with at least so many messages left (0)"),
        boolean("o", "order", "Only ordered topics (false)")},
       broker_consume_stats},
  };
}

}  // namespace rocketmq::mqadmin
