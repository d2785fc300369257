#include <fmt/printf.h>

#include <limits>
#include <nlohmann/json.hpp>
#include <string>

#include "mqadmin/commands/brokers.hpp"
#include "mqadmin/commands/groups.hpp"
#include "mqadmin/frame/command.hpp"
#include "rocketmq/client/queue_reads.hpp"
#include "rocketmq/common/fastjson.hpp"

namespace rocketmq::mqadmin {
namespace {

constexpr const char* rule = "======================================\n";

/// -b, or a broker of the topic: one that has the queue, if the topic has several.
Outcome<std::string> broker_to_ask(Context& context) {
  if (const auto address = context.arguments().find("b")) return *address;
  const auto brokers = brokers_of_topic(context, context.arguments().get("t"));
  if (!brokers) return brokers.error();
  if (brokers->empty()) return client::client_failure("no broker has the topic");
  return brokers->front().address;
}

std::string unit_text(const remoting::ConsumeQueueData::Unit& unit) {
  return fmt::sprintf(
      "ConsumeQueueData{physicOffset=%d, physicSize=%d, tagsCode=%d, extendDataJson='%s', "
      "bitMap='%s', eval=%s, msg='%s'}",
      unit.physical_offset, unit.physical_size, unit.tags_code,
      unit.extend_data_json.value_or("null"), unit.bit_map.value_or("null"),
      unit.eval ? "true" : "false", unit.msg.value_or("null"));
}

std::string subscription_json(const SubscriptionData& subscription) {
  const nlohmann::json fields{{"classFilterMode", subscription.class_filter_mode},
                              {"codeSet", subscription.code_set},
                              {"expressionType", subscription.expression_type},
                              {"subString", subscription.sub_string},
                              {"subVersion", subscription.sub_version},
                              {"tagsSet", subscription.tags_set},
                              {"topic", subscription.topic}};
  return dump_json_pretty(fields);
}

Outcome<void> query_cq(Context& context) {
  const Arguments& arguments = context.arguments();
  const auto address = broker_to_ask(context);
  if (!address) return address.error();
  remoting::QueryConsumeQueueRequestHeader header{
      .topic = arguments.get("t"),
      .queueId = static_cast<std::int32_t>(arguments.get_number("q", 0)),
      .index = arguments.get_number("i", 0),
      .count = static_cast<std::int32_t>(arguments.get_number("c", 10)),
      .consumerGroup = arguments.find("g")};
  const auto data =
      client::query_consume_queue(context.client(), *address, header, relayed_timeout);
  if (!data) return data.error();
  Output& out = context.out();
  if (data->subscription) {
    const std::string text = subscription_json(*data->subscription);
    out.print("Subscription data: \n%s\n%s", text, rule);
    out.json("subscription", text);
  }
  if (data->filter_data && !data->filter_data->empty())
    out.print("Filter data: \n%s\n%s", *data->filter_data, rule);
  out.print("Queue data: \nmax: %d, min: %d\n%s", data->max_queue_index, data->min_queue_index,
            rule);
  out.value("max", data->max_queue_index);
  out.value("min", data->min_queue_index);
  std::int64_t index = header.index;
  for (const auto& unit : data->units) {
    out.print("idx: %d\n%s\n%s", index, unit_text(unit), rule);
    out.append_json("units", dump_json({{"idx", index},
                                        {"physicOffset", unit.physical_offset},
                                        {"physicSize", unit.physical_size},
                                        {"tagsCode", unit.tags_code}}));
    ++index;
  }
  return {};
}

}  // namespace

Commands queue_commands() {
  return {
      {"queryCq",
       "Show entries of a consume queue as they lie on disk",
       {required(text("t", "topic", "topic name")), required(number("q", "queue", "Queue number")),
        required(number("i", "index", "First entry", 0, std::numeric_limits<std::int64_t>::max())),
        number("c", "count", "Most entries (10)", 1),
        text("b", "broker", "Broker address; else the first broker of the topic"),
        text("g", "consumer", "Show what this group subscribes to as well")},
       query_cq}};
}

}  // namespace rocketmq::mqadmin
