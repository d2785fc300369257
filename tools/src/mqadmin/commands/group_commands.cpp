#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "mqadmin/commands/brokers.hpp"
#include "mqadmin/commands/groups.hpp"
#include "mqadmin/commands/topics.hpp"
#include "mqadmin/frame/command.hpp"
#include "rocketmq/client/group_requests.hpp"
#include "rocketmq/client/topic_requests.hpp"
#include "rocketmq/common/fastjson.hpp"
#include "rocketmq/common/names.hpp"
#include "rocketmq/common/response_code.hpp"

namespace rocketmq::mqadmin {
namespace {

constexpr std::size_t list_bytes_max = 16 * 1024 * 1024;

Outcome<void> update_sub_group(Context& context) {
  const Arguments& arguments = context.arguments();
  // Broadcasting and consuming from the start are off unless they are asked for: so is the Java
  // tool, and scripts count on it.
  const SubscriptionGroupConfig group{
      .group_name = arguments.get("g"),
      .consume_enable = arguments.get_boolean("s", true),
      .consume_from_min_enable = arguments.get_boolean("m", false),
      .consume_broadcast_enable = arguments.get_boolean("d", false),
      .retry_queue_nums = static_cast<std::int32_t>(arguments.get_number("q", 1)),
      .retry_max_times = static_cast<std::int32_t>(arguments.get_number("r", 16)),
      .broker_id = arguments.get_number("i", 0),
      .which_broker_when_consume_slowly = arguments.get_number("w", 1),
      .notify_consumer_ids_changed_enable = arguments.get_boolean("a", true)};
  if (const auto valid = check_group_name(group.group_name); !valid)
    return client::client_failure(valid.error().remark, static_cast<int>(valid.error().code));
  const auto masters = chosen_masters(context);
  if (!masters) return masters.error();
  for (const Broker& broker : *masters) {
    const auto updated =
        client::update_group(context.client(), broker.address, group, request_timeout);
    if (!updated) return updated.error();
    context.out().line("create subscription group to " + broker.address + " success.");
  }
  context.out().line(group_text(group));
  return {};
}

/// The JSON text of an array in a file.
Outcome<std::string> read_list(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return client::client_failure("the file " + path + " cannot be read");
  std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  if (text.size() > list_bytes_max)
    return client::client_failure("the file " + path + " is larger than 16 MiB");
  const auto list = parse_fastjson(text);
  if (!list) return client::client_failure("the file " + path + ": " + list.error().remark);
  if (!list->is_array() || list->empty())
    return client::client_failure("the file " + path + " is no JSON array of groups");
  return dump_json(*list);
}

Outcome<void> update_sub_group_list(Context& context) {
  const auto list = read_list(context.arguments().get("f"));
  if (!list) return list.error();
  const auto masters = chosen_masters(context);
  if (!masters) return masters.error();
  for (const Broker& broker : *masters) {
    const auto updated =
        client::update_groups(context.client(), broker.address, *list, relayed_timeout);
    if (!updated) return updated.error();
    context.out().line("submit batch of group config to " + broker.address +
                       " success, please check the result later.");
  }
  return {};
}

Outcome<void> delete_sub_group(Context& context) {
  const Arguments& arguments = context.arguments();
  const std::string group = arguments.get("g");
  const bool with_offsets = arguments.get_boolean("r", false);
  const auto masters = chosen_masters(context);
  if (!masters) return masters.error();
  const auto cluster = arguments.find("c");
  for (const Broker& broker : *masters) {
    const auto deleted = client::delete_group(context.client(), broker.address, group, with_offsets,
                                              request_timeout);
    if (!deleted) return deleted.error();
    context.out().line("delete subscription group [" + group + "] from broker [" + broker.address +
                       "]" + (cluster ? " in cluster [" + *cluster + "]" : "") + " success.");
  }
  if (!cluster) return {};
  for (const std::string& topic : {retry_topic_of(group), dlq_topic_of(group)}) {
    if (auto deleted = delete_topic_everywhere(context, topic, *cluster, *masters); !deleted)
      return deleted;
  }
  return {};
}

void show_group(Context& context, const Broker& broker, const SubscriptionGroupConfig& group) {
  const std::string object = broker.cluster + ":" + broker.name;
  const std::string rule(29, '=');
  context.out().print("%s%s%s\n", rule, object, rule);
  const auto show = [&](const char* name, const Cell& value) {
    context.out().print("%s\n", fmt::sprintf("%-40s=  %s", name, value.format("%s")));
    context.out().value(object, name, value);
  };
  show("groupName", group.group_name);
  show("consumeEnable", group.consume_enable);
  show("consumeFromMinEnable", group.consume_from_min_enable);
  show("consumeBroadcastEnable", group.consume_broadcast_enable);
  show("retryQueueNums", group.retry_queue_nums);
  show("retryMaxTimes", group.retry_max_times);
  show("brokerId", group.broker_id);
  show("whichBrokerWhenConsumeSlowly", group.which_broker_when_consume_slowly);
  show("notifyConsumerIdsChangedEnable", group.notify_consumer_ids_changed_enable);
}

Outcome<void> get_consumer_config(Context& context) {
  const std::string name = context.arguments().get("g");
  const auto masters = masters_of(context, std::nullopt);
  if (!masters) return masters.error();
  bool is_known = false;
  for (const Broker& broker : *masters) {
    const auto groups = client::query_groups(context.client(), broker.address, request_timeout);
    if (!groups) {
      context.report(groups.error(), broker.address);
      continue;
    }
    const auto found = groups->subscription_group_table.find(name);
    if (found == groups->subscription_group_table.end()) continue;
    is_known = true;
    show_group(context, broker, found->second);
  }
  if (is_known || context.has_reported()) return {};
  return client::client_failure("subscription group [" + name + "] does not exist",
                                static_cast<int>(ResponseCode::SubscriptionGroupNotExist));
}

Outcome<void> set_consume_mode(Context& context) {
  const Arguments& arguments = context.arguments();
  const remoting::MessageRequestMode mode{
      .topic = arguments.get("t"),
      .consumer_group = arguments.get("g"),
      .mode = arguments.get("m"),
      .pop_share_queue_num = static_cast<std::int32_t>(arguments.get_number("q", 0))};
  if (mode.mode != "PULL" && mode.mode != "POP") return usage_failure("Option m is PULL or POP");
  const auto masters = chosen_masters(context);
  if (!masters) return masters.error();
  for (const Broker& broker : *masters) {
    const auto set =
        client::set_request_mode(context.client(), broker.address, mode, request_timeout);
    if (!set) return set.error();
    context.out().line("set consume mode to " + broker.address + " success.");
    context.out().line(fmt::sprintf("topic[%s] group[%s] consume mode[%s] popShareQueueNum[%d]",
                                    mode.topic, mode.consumer_group, mode.mode,
                                    mode.pop_share_queue_num));
  }
  return {};
}

std::vector<Option> by_broker_or_cluster(const std::string& what) {
  return {one_of(1, text("b", "brokerAddr", what + " to which broker")),
          one_of(1, text("c", "clusterName", what + " to which cluster"))};
}

std::vector<Option> with_options(std::vector<Option> options, const std::vector<Option>& more) {
  options.insert(options.end(), more.begin(), more.end());
  return options;
}

}  // namespace

Commands group_commands() {
  return {
      {"updateSubGroup", "Make a consumer group, or change it",
       with_options(
           by_broker_or_cluster("create subscription group"),
           {required(text("g", "groupName", "consumer group name")),
            boolean("s", "consumeEnable", "Whether it may consume (true)"),
            boolean("m", "consumeFromMinEnable",
                    "Whether a new group may begin at the first message (false)"),
            boolean("d", "consumeBroadcastEnable", "Whether it may broadcast (false)"),
            number("q", "retryQueueNums", "Queues of its retry topic (1)", 0, 1'000'000),
            number("r", "retryMaxTimes", "Deliveries again of a message that fails (16)", -1),
            number("i", "brokerId", "Broker id that it consumes from (0)"),
            number("w", "whichBrokerWhenConsumeSlowly",
                   "Broker id that it consumes from when it is far behind (1)"),
            boolean("a", "notifyConsumerIdsChanged",
                    "Whether its members are told who comes and goes (true)")}),
       update_sub_group},
      {"updateSubGroupList", "Make or change several consumer groups",
       with_options(by_broker_or_cluster("create groups"),
                    {required(text("f", "filename", "JSON file with an array of groups"))}),
       update_sub_group_list},
      {"setConsumeMode", "Set whether a consumer group pulls or pops (5.x)",
       with_options(by_broker_or_cluster("set consume mode"),
                    {required(text("t", "topicName", "topic name")),
                     required(text("g", "groupName", "consumer group name")),
                     required(text("m", "mode", "PULL or POP")),
                     number("q", "popShareQueueNum", "Queues that members share, of POP (0)", -1)}),
       set_consume_mode},
      {"deleteSubGroup", "Delete a consumer group",
       with_options(by_broker_or_cluster("delete subscription group"),
                    {required(text("g", "groupName", "consumer group name")),
                     boolean("r", "removeOffset", "Its offsets as well (false)")}),
       delete_sub_group},
      {"getConsumerConfig",
       "Show how a consumer group is set on every broker",
       {required(text("g", "groupName", "consumer group name"))},
       get_consumer_config},
  };
}

}  // namespace rocketmq::mqadmin
