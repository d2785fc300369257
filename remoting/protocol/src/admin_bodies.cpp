#include "rocketmq/protocol/admin_bodies.hpp"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <system_error>
#include <utility>

#include "body_json.hpp"

namespace rocketmq::remoting {
namespace {

using nlohmann::json;

/// A table whose keys are whole objects, as Java writes it: {{"brokerName":…}:value,…}. No JSON
/// library makes that, so the text is put together here; `write_value` returns JSON text.
template <class Value, class WriteValue>
std::string table_by_queue(const std::map<MessageQueueId, Value>& table,
                           const WriteValue& write_value) {
  std::string text = "{";
  for (const auto& [queue, value] : table) {
    if (text.size() > 1) text.push_back(',');
    text.append(dump_json(detail::queue_to_json(queue))).push_back(':');
    text.append(write_value(value));
  }
  return text + "}";
}

/// The language's name as a peer of this version knows it.
std::string_view language_name(LanguageCode language, std::int32_t peer_version) {
  const bool is_new = static_cast<int>(language) >= static_cast<int>(LanguageCode::Go);
  return to_string(is_new && peer_version < version::v4_1_0 ? LanguageCode::Other : language);
}

json connections_to_json(const std::vector<ConnectionInfo>& connections,
                         std::int32_t peer_version) {
  auto array = json::array();
  for (const ConnectionInfo& connection : connections) {
    array.push_back({{"clientAddr", connection.client_addr},
                     {"clientId", connection.client_id},
                     {"language", language_name(connection.language, peer_version)},
                     {"version", connection.version}});
  }
  return array;
}

std::string offsets_by_queue(const QueueOffsets& offsets) {
  return table_by_queue(offsets, [](std::int64_t offset) { return std::to_string(offset); });
}

json figure_to_json(const StatsFigure& figure) {
  return {{"avgpt", figure.per_time}, {"sum", figure.sum}, {"tps", figure.per_second}};
}

}  // namespace

std::string encode_body(const TopicStatsTable& table) {
  return R"({"offsetTable":)" +
         table_by_queue(table.queues,
                        [](const TopicStatsTable::Queue& queue) {
                          return dump_json({{"lastUpdateTimestamp", queue.last_update_timestamp_ms},
                                            {"maxOffset", queue.max_offset},
                                            {"minOffset", queue.min_offset}});
                        }) +
         "}";
}

std::int64_t ConsumeStats::total_diff() const {
  std::int64_t sum = 0;
  for (const auto& [id, queue] : queues) sum += queue.broker_offset - queue.consumer_offset;
  return sum;
}

std::string encode_body(const ConsumeStats& stats) {
  return R"({"consumeTps":)" + dump_json(stats.consume_tps) + R"(,"offsetTable":)" +
         table_by_queue(stats.queues,
                        [](const ConsumeStats::Queue& queue) {
                          return dump_json({{"brokerOffset", queue.broker_offset},
                                            {"consumerOffset", queue.consumer_offset},
                                            {"lastTimestamp", queue.last_timestamp_ms}});
                        }) +
         "}";
}

std::string encode_body(const BrokerConsumeStats& stats) {
  std::int64_t total_diff = 0;
  std::string list;
  for (const auto& [group, topics] : stats.groups) {
    std::string texts;
    for (const ConsumeStats& topic : topics) {
      total_diff += topic.total_diff();
      texts.append(texts.empty() ? "" : ",").append(encode_body(topic));
    }
    list.append(list.empty() ? "{" : ",{").append(dump_json(group));
    list.append(":[").append(texts).append("]}");
  }
  return R"({"brokerAddr":)" + dump_json(stats.broker_addr) + R"(,"consumeStatsList":[)" + list +
         R"(],"totalDiff":)" + std::to_string(total_diff) + "}";
}

std::string encode_body(const ConsumerConnection& connection, std::int32_t peer_version) {
  auto subscriptions = json::object();
  for (const SubscriptionData& subscription : connection.subscriptions)
    subscriptions[subscription.topic] = detail::subscription_to_json(subscription);
  return dump_json({{"connectionSet", connections_to_json(connection.connections, peer_version)},
                    {"consumeFromWhere", to_string(connection.consume_from_where)},
                    {"consumeType", to_string(connection.consume_type)},
                    {"messageModel", to_string(connection.message_model)},
                    {"subscriptionTable", std::move(subscriptions)}});
}

std::string encode_producer_connections(const std::vector<ConnectionInfo>& connections,
                                        std::int32_t peer_version) {
  return dump_json({{"connectionSet", connections_to_json(connections, peer_version)}});
}

std::string encode_producer_table(const std::map<std::string, std::vector<ConnectionInfo>>& groups,
                                  std::int32_t peer_version) {
  auto table = json::object();
  for (const auto& [group, connections] : groups) {
    auto array = json::array();
    for (const ConnectionInfo& connection : connections) {
      array.push_back({{"clientId", connection.client_id},
                       {"language", language_name(connection.language, peer_version)},
                       {"lastUpdateTimestamp", connection.last_update_timestamp_ms},
                       {"remoteIP", "/" + connection.client_addr},
                       {"version", connection.version}});
    }
    table[group] = std::move(array);
  }
  return dump_json({{"data", std::move(table)}});
}

std::string encode_group_list(const std::vector<std::string>& groups) {
  return dump_json({{"groupList", groups}});
}

std::string encode_body(const GroupTopicSubscription& subscription) {
  json body{{"group", subscription.group}, {"topic", subscription.topic}};
  if (subscription.subscription)
    body["subscriptionData"] = detail::subscription_to_json(*subscription.subscription);
  return dump_json(body);
}

std::string encode_body(const std::vector<QueueTimeSpan>& spans) {
  auto array = json::array();
  for (const QueueTimeSpan& span : spans) {
    array.push_back({{"consumeTimeStamp", span.consume_timestamp_ms},
                     {"delayTime", span.delay_ms},
                     {"maxTimeStamp", span.max_timestamp_ms},
                     {"messageQueue", detail::queue_to_json(span.queue)},
                     {"minTimeStamp", span.min_timestamp_ms}});
  }
  return dump_json({{"consumeTimeSpanSet", std::move(array)}});
}

std::string encode_correction_offsets(const std::map<std::int32_t, std::int64_t>& offsets) {
  std::string text;
  for (const auto& [queue_id, offset] : offsets) {
    text.append(text.empty() ? "" : ",").append(std::to_string(queue_id));
    text.append(":").append(std::to_string(offset));
  }
  return R"({"correctionOffsets":{)" + text + "}}";
}

std::string encode_offset_table(const QueueOffsets& offsets) {
  return R"({"offsetTable":)" + offsets_by_queue(offsets) + "}";
}

std::string encode_offset_list(const QueueOffsets& offsets) {
  auto array = json::array();
  for (const auto& [queue, offset] : offsets) {
    json item = detail::queue_to_json(queue);
    item["offset"] = offset;
    array.push_back(std::move(item));
  }
  return dump_json({{"offsetTable", std::move(array)}});
}

namespace {

/// A table whose keys are queues: read_value(value) for each.
template <class Value, class ReadValue>
bool read_by_queue(JsonReader& in, std::map<MessageQueueId, Value>& table,
                   const ReadValue& read_value) {
  return in.object([&](std::string_view key) {
    JsonReader key_reader(key);
    MessageQueueId queue;
    if (key_reader.kind() != JsonReader::Kind::Object || !detail::read_json(key_reader, queue))
      return in.fail("a key is no queue");
    return read_value(table[queue]);
  });
}

bool read_real(JsonReader& in, double& number) {
  std::string text;
  if (!in.read(text)) return false;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  return failure == std::errc{} || text.empty() || in.fail("'" + text + "' is no number");
}

struct ConsumerStatus {
  QueueOffsets offsets;
};

bool read_json(JsonReader& in, ConsumerStatus& status) {
  return in.object([&](std::string_view name) {
    if (!json_name_is(name, "messageQueueTable")) return in.skip();
    return read_by_queue(in, status.offsets,
                         [&](std::int64_t& offset) { return in.read_required(offset); });
  });
}

struct GroupList {
  std::vector<std::string> groups;
};

bool read_json(JsonReader& in, GroupList& list) {
  return in.object([&](std::string_view name) {
    return json_name_is(name, "groupList") ? detail::read_texts(in, list.groups) : in.skip();
  });
}

}  // namespace

static bool read_json(JsonReader& in, TopicStatsTable& table) {
  return in.object([&](std::string_view name) {
    if (!json_name_is(name, "offsetTable")) return in.skip();
    return read_by_queue(in, table.queues, [&](TopicStatsTable::Queue& queue) {
      return in.object([&](std::string_view member) {
        if (json_name_is(member, "minOffset")) return in.read(queue.min_offset);
        if (json_name_is(member, "maxOffset")) return in.read(queue.max_offset);
        if (json_name_is(member, "lastUpdateTimestamp"))
          return in.read(queue.last_update_timestamp_ms);
        return in.skip();
      });
    });
  });
}

bool read_json(JsonReader& in, ConsumeStats& stats) {
  return in.object([&](std::string_view name) {
    if (json_name_is(name, "consumeTps")) return read_real(in, stats.consume_tps);
    if (!json_name_is(name, "offsetTable")) return in.skip();
    return read_by_queue(in, stats.queues, [&](ConsumeStats::Queue& queue) {
      return in.object([&](std::string_view member) {
        if (json_name_is(member, "brokerOffset")) return in.read(queue.broker_offset);
        if (json_name_is(member, "consumerOffset")) return in.read(queue.consumer_offset);
        if (json_name_is(member, "lastTimestamp")) return in.read(queue.last_timestamp_ms);
        return in.skip();
      });
    });
  });
}

static bool read_json(JsonReader& in, StatsFigure& figure) {
  return in.object([&](std::string_view name) {
    if (json_name_is(name, "sum")) return in.read(figure.sum);
    if (json_name_is(name, "tps")) return read_real(in, figure.per_second);
    if (json_name_is(name, "avgpt")) return read_real(in, figure.per_time);
    return in.skip();
  });
}

static bool read_json(JsonReader& in, BrokerStatsData& data) {
  return in.object([&](std::string_view name) {
    if (json_name_is(name, "statsMinute")) return read_json(in, data.minute);
    if (json_name_is(name, "statsHour")) return read_json(in, data.hour);
    if (json_name_is(name, "statsDay")) return read_json(in, data.day);
    return in.skip();
  });
}

Result<TopicStatsTable> decode_topic_stats(std::string_view body) {
  return parse_json_object<TopicStatsTable>("topic statistics", body);
}

Result<ConsumeStats> decode_consume_stats(std::string_view body) {
  return parse_json_object<ConsumeStats>("consume statistics", body);
}

Result<std::vector<std::string>> decode_group_list(std::string_view body) {
  auto list = parse_json_object<GroupList>("list of groups", body);
  if (!list) return list.error();
  return std::move(list->groups);
}

Result<BrokerStatsData> decode_broker_stats(std::string_view body) {
  return parse_json_object<BrokerStatsData>("statistics", body);
}

Result<QueueOffsets> decode_consumer_status(std::string_view body) {
  auto status = parse_json_object<ConsumerStatus>("consumer status", body);
  if (!status) return status.error();
  return std::move(status->offsets);
}

std::string encode_consumer_status(const std::map<std::string, QueueOffsets>& clients) {
  std::string text;
  for (const auto& [client_id, offsets] : clients) {
    text.append(text.empty() ? "" : ",").append(dump_json(client_id));
    text.append(":").append(offsets_by_queue(offsets));
  }
  return R"({"consumerTable":{)" + text + R"(},"messageQueueTable":{}})";
}

std::string encode_body(const BrokerStatsData& data) {
  return dump_json({{"statsDay", figure_to_json(data.day)},
                    {"statsHour", figure_to_json(data.hour)},
                    {"statsMinute", figure_to_json(data.minute)}});
}

std::string encode_body(const ConsumeQueueData& data) {
  auto units = json::array();
  for (const ConsumeQueueData::Unit& unit : data.units) {
    units.push_back({{"eval", unit.eval},
                     {"physicOffset", unit.physical_offset},
                     {"physicSize", unit.physical_size},
                     {"tagsCode", unit.tags_code}});
  }
  json body{{"filterData", data.filter_data.value_or("null")},
            {"maxQueueIndex", data.max_queue_index},
            {"minQueueIndex", data.min_queue_index},
            {"queueData", std::move(units)}};
  if (data.subscription)
    body["subscriptionData"] = detail::subscription_to_json(*data.subscription);
  return dump_json(body);
}

}  // namespace rocketmq::remoting
