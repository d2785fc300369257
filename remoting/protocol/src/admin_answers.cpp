#include "rocketmq/protocol/admin_answers.hpp"

#include <charconv>
#include <nlohmann/json.hpp>
#include <utility>

#include "body_json.hpp"

namespace rocketmq::remoting {
namespace {

/// A number with a fraction; null and what is no number are 0.
bool read_number(JsonReader& in, double& number) {
  std::string text;
  if (in.kind() == JsonReader::Kind::Null) return in.skip();
  if (!in.read(text)) return false;
  number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return true;
}

/// A table whose keys are queues; read_value(queue) takes the value.
template <class ReadValue>
bool visit_queues(JsonReader& in, const ReadValue& read_value) {
  return in.object([&](std::string_view key) {
    JsonReader key_reader(key);
    MessageQueueId queue;
    if (key_reader.kind() != JsonReader::Kind::Object || !detail::read_json(key_reader, queue))
      return in.fail("a key that is no queue");
    return read_value(queue);
  });
}

bool read_texts_by_name(JsonReader& in, std::map<std::string, std::string>& table) {
  return in.object([&](std::string_view name) {
    std::string key(name);
    return in.read(table[key]);
  });
}

bool read_connection(JsonReader& in, ConnectionInfo& connection) {
  std::string language;
  const bool is_read = in.object([&](std::string_view name) {
    if (json_name_is(name, "clientId")) return in.read(connection.client_id);
    if (json_name_is(name, "clientAddr") || json_name_is(name, "remoteIP"))
      return in.read(connection.client_addr);
    if (json_name_is(name, "language")) return in.read(language);
    if (json_name_is(name, "version")) return in.read(connection.version);
    if (json_name_is(name, "lastUpdateTimestamp"))
      return in.read(connection.last_update_timestamp_ms);
    return in.skip();
  });
  connection.language = language_from_name(language);
  if (connection.client_addr.starts_with('/')) connection.client_addr.erase(0, 1);
  return is_read;
}

bool read_connections(JsonReader& in, std::vector<ConnectionInfo>& connections) {
  return in.array([&] { return read_connection(in, connections.emplace_back()); });
}

bool read_json(JsonReader& in, ConsumeQueueData::Unit& unit) {
  return in.object([&](std::string_view name) {
    if (json_name_is(name, "physicOffset")) return in.read(unit.physical_offset);
    if (json_name_is(name, "physicSize")) return in.read(unit.physical_size);
    if (json_name_is(name, "tagsCode")) return in.read(unit.tags_code);
    if (json_name_is(name, "extendDataJson")) return in.read(unit.extend_data_json);
    if (json_name_is(name, "bitMap")) return in.read(unit.bit_map);
    if (json_flag_is(name, "eval")) return in.read(unit.eval);
    if (json_name_is(name, "msg")) return in.read(unit.msg);
    return in.skip();
  });
}

bool read_json(JsonReader& in, ConsumerRunningInfo::Status& status) {
  return in.object([&](std::string_view name) {
    if (json_name_is(name, "pullRT")) return read_number(in, status.pull_rt);
    if (json_name_is(name, "pullTPS")) return read_number(in, status.pull_tps);
    if (json_name_is(name, "consumeRT")) return read_number(in, status.consume_rt);
    if (json_name_is(name, "consumeOKTPS")) return read_number(in, status.consume_ok_tps);
    if (json_name_is(name, "consumeFailedTPS")) return read_number(in, status.consume_failed_tps);
    if (json_name_is(name, "consumeFailedMsgs")) return in.read(status.consume_failed_msgs);
    return in.skip();
  });
}

struct ProducerConnection {
  std::vector<ConnectionInfo> connections;
};
struct ProducerTable {
  std::map<std::string, std::vector<ConnectionInfo>> groups;
};
struct OffsetTable {
  QueueOffsets offsets;
};

bool read_json(JsonReader& in, ProducerConnection& body) {
  return in.object([&](std::string_view name) {
    return json_name_is(name, "connectionSet") ? read_connections(in, body.connections) : in.skip();
  });
}

bool read_json(JsonReader& in, ProducerTable& body) {
  return in.object([&](std::string_view name) {
    if (!json_name_is(name, "data")) return in.skip();
    return in.object([&](std::string_view group) {
      std::string key(group);
      return read_connections(in, body.groups[key]);
    });
  });
}

bool read_offset_list(JsonReader& in, QueueOffsets& offsets) {
  return in.array([&] {
    MessageQueueId queue;
    std::int64_t offset = 0;
    const bool is_read = in.object([&](std::string_view name) {
      if (json_name_is(name, "topic")) return in.read(queue.topic);
      if (json_name_is(name, "brokerName")) return in.read(queue.broker_name);
      if (json_name_is(name, "queueId")) return in.read(queue.queue_id);
      if (json_name_is(name, "offset")) return in.read(offset);
      return in.skip();
    });
    if (is_read) offsets[queue] = offset;
    return is_read;
  });
}

bool read_json(JsonReader& in, OffsetTable& body) {
  return in.object([&](std::string_view name) {
    if (!json_name_is(name, "offsetTable")) return in.skip();
    if (in.kind() == JsonReader::Kind::Array) return read_offset_list(in, body.offsets);
    return visit_queues(
        in, [&](const MessageQueueId& queue) { return in.read_required(body.offsets[queue]); });
  });
}

}  // namespace

static bool read_json(JsonReader& in, BrokerConsumeStats& stats) {
  return in.object([&](std::string_view name) {
    if (json_name_is(name, "brokerAddr")) return in.read(stats.broker_addr);
    if (!json_name_is(name, "consumeStatsList")) return in.skip();
    return in.array([&] {
      return in.object([&](std::string_view group) {
        auto& topics = stats.groups[std::string(group)];
        return in.array([&] { return read_json(in, topics.emplace_back()); });
      });
    });
  });
}

Result<BrokerConsumeStats> decode_broker_consume_stats(std::string_view body) {
  return parse_json_object<BrokerConsumeStats>("consume statistics of the broker", body);
}

static bool read_json(JsonReader& in, ConsumerConnection& connection) {
  return in.object([&](std::string_view name) {
    if (json_name_is(name, "connectionSet")) return read_connections(in, connection.connections);
    if (json_name_is(name, "consumeType")) return detail::read_json(in, connection.consume_type);
    if (json_name_is(name, "messageModel")) return detail::read_json(in, connection.message_model);
    if (json_name_is(name, "consumeFromWhere"))
      return detail::read_json(in, connection.consume_from_where);
    if (!json_name_is(name, "subscriptionTable")) return in.skip();
    return in.object([&](std::string_view topic) {
      SubscriptionData subscription{.topic = std::string(topic)};
      if (!detail::read_json(in, subscription)) return false;
      connection.subscriptions.push_back(std::move(subscription));
      return true;
    });
  });
}

Result<ConsumerConnection> decode_consumer_connection(std::string_view body) {
  return parse_json_object<ConsumerConnection>("consumer connections", body);
}

Result<std::vector<ConnectionInfo>> decode_producer_connections(std::string_view body) {
  auto read = parse_json_object<ProducerConnection>("producer connections", body);
  if (!read) return read.error();
  return std::move(read->connections);
}

Result<std::map<std::string, std::vector<ConnectionInfo>>> decode_producer_table(
    std::string_view body) {
  auto read = parse_json_object<ProducerTable>("producers", body);
  if (!read) return read.error();
  return std::move(read->groups);
}

Result<QueueOffsets> decode_offset_table(std::string_view body) {
  auto read = parse_json_object<OffsetTable>("offset table", body);
  if (!read) return read.error();
  return std::move(read->offsets);
}

static bool read_json(JsonReader& in, ConsumeQueueData& data) {
  return in.object([&](std::string_view name) {
    if (json_name_is(name, "minQueueIndex")) return in.read(data.min_queue_index);
    if (json_name_is(name, "maxQueueIndex")) return in.read(data.max_queue_index);
    if (json_name_is(name, "filterData")) return in.read(data.filter_data);
    if (json_name_is(name, "queueData"))
      return in.array([&] { return read_json(in, data.units.emplace_back()); });
    if (json_name_is(name, "subscriptionData") && in.kind() != JsonReader::Kind::Null)
      return detail::read_json(in, data.subscription.emplace());
    return in.skip();
  });
}

Result<ConsumeQueueData> decode_consume_queue(std::string_view body) {
  return parse_json_object<ConsumeQueueData>("consume queue", body);
}

std::string encode_body(const MessageRequestMode& mode) {
  return dump_json({{"consumerGroup", mode.consumer_group},
                    {"mode", mode.mode},
                    {"popShareQueueNum", mode.pop_share_queue_num},
                    {"topic", mode.topic}});
}

static bool read_json(JsonReader& in, MessageRequestMode& mode) {
  return in.object([&](std::string_view name) {
    if (json_name_is(name, "topic")) return in.read(mode.topic);
    if (json_name_is(name, "consumerGroup")) return in.read(mode.consumer_group);
    if (json_name_is(name, "mode")) return in.read(mode.mode);
    if (json_name_is(name, "popShareQueueNum")) return in.read(mode.pop_share_queue_num);
    return in.skip();
  });
}

Result<MessageRequestMode> decode_request_mode(std::string_view body) {
  return parse_json_object<MessageRequestMode>("request mode", body);
}

static bool read_json(JsonReader& in, ConsumeDirectlyResult& result) {
  return in.object([&](std::string_view name) {
    if (json_flag_is(name, "order")) return in.read(result.order);
    if (json_flag_is(name, "autoCommit")) return in.read(result.auto_commit);
    if (json_name_is(name, "consumeResult")) return in.read(result.consume_result);
    if (json_name_is(name, "remark")) return in.read(result.remark);
    if (json_name_is(name, "spentTimeMills")) return in.read(result.spent_ms);
    return in.skip();
  });
}

Result<ConsumeDirectlyResult> decode_consume_directly_result(std::string_view body) {
  return parse_json_object<ConsumeDirectlyResult>("result of a direct consumption", body);
}

static bool read_json(JsonReader& in, ConsumerRunningInfo& info) {
  const auto read_queues = [&](auto& queues) {
    return visit_queues(
        in, [&](const MessageQueueId& queue) { return read_texts_by_name(in, queues[queue]); });
  };
  return in.object([&](std::string_view name) {
    if (json_name_is(name, "properties")) return read_texts_by_name(in, info.properties);
    if (json_name_is(name, "userConsumerInfo")) return read_texts_by_name(in, info.user_info);
    if (json_name_is(name, "jstack")) return in.read(info.jstack);
    if (json_name_is(name, "mqTable")) return read_queues(info.queues);
    if (json_name_is(name, "mqPopTable")) return read_queues(info.pop_queues);
    if (json_name_is(name, "subscriptionSet"))
      return in.array([&] { return detail::read_json(in, info.subscriptions.emplace_back()); });
    if (!json_name_is(name, "statusTable")) return in.skip();
    return in.object([&](std::string_view topic) {
      auto& status = info.statuses[std::string(topic)];
      return read_json(in, status);
    });
  });
}

Result<ConsumerRunningInfo> decode_running_info(std::string_view body) {
  return parse_json_object<ConsumerRunningInfo>("running info", body);
}

}  // namespace rocketmq::remoting
