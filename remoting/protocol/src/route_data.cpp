#include "rocketmq/protocol/route_data.hpp"

#include <nlohmann/json.hpp>
#include <utility>

#include "body_json.hpp"

namespace rocketmq::remoting {
namespace {

using nlohmann::json;

json queue_data_to_json(const QueueData& queue) {
  return {{"brokerName", queue.broker_name},        {"perm", queue.perm},
          {"readQueueNums", queue.read_queue_nums}, {"topicSynFlag", queue.topic_sys_flag},
          {"topicSysFlag", queue.topic_sys_flag},   {"writeQueueNums", queue.write_queue_nums}};
}

bool read_queue_data(JsonReader& in, QueueData& queue) {
  std::int32_t misspelt_flag = 0;
  const bool is_read = in.object([&](std::string_view name) {
    if (json_name_is(name, "brokerName")) return in.read(queue.broker_name);
    if (json_name_is(name, "perm")) return in.read(queue.perm);
    if (json_name_is(name, "readQueueNums")) return in.read(queue.read_queue_nums);
    if (json_name_is(name, "writeQueueNums")) return in.read(queue.write_queue_nums);
    if (json_name_is(name, "topicSysFlag")) return in.read(queue.topic_sys_flag);
    if (json_name_is(name, "topicSynFlag")) return in.read(misspelt_flag);
    return in.skip();
  });
  if (queue.topic_sys_flag == 0) queue.topic_sys_flag = misspelt_flag;
  return is_read;
}

json broker_data_to_json(const BrokerData& broker) {
  auto addresses = json::object();
  for (const auto& [id, address] : broker.broker_addrs) addresses[std::to_string(id)] = address;
  return {{"brokerAddrs", std::move(addresses)},
          {"brokerName", broker.broker_name},
          {"cluster", broker.cluster},
          {"enableActingMaster", broker.enable_acting_master}};
}

bool read_broker_data(JsonReader& in, BrokerData& broker) {
  return in.object([&](std::string_view name) {
    if (json_name_is(name, "cluster")) return in.read(broker.cluster);
    if (json_name_is(name, "brokerName")) return in.read(broker.broker_name);
    if (json_name_is(name, "enableActingMaster")) return in.read(broker.enable_acting_master);
    if (!json_name_is(name, "brokerAddrs")) return in.skip();
    broker.broker_addrs.clear();
    return in.numbered([&](std::int64_t id) {
      if (in.kind() == JsonReader::Kind::Null) return in.skip();
      return in.read(broker.broker_addrs[id]);
    });
  });
}

/// An object whose members are lists of texts.
json lists_to_json(const std::map<std::string, std::vector<std::string>>& lists) {
  auto object = json::object();
  for (const auto& [key, texts] : lists) object[key] = texts;
  return object;
}

bool read_lists(JsonReader& in, std::map<std::string, std::vector<std::string>>& lists) {
  lists.clear();
  return in.object([&](std::string_view key) {
    if (in.kind() == JsonReader::Kind::Null) return in.skip();
    return detail::read_texts(in, lists[std::string(key)]);
  });
}

}  // namespace

std::string encode_body(const TopicRouteData& route) {
  auto brokers = json::array();
  for (const BrokerData& broker : route.broker_datas)
    brokers.push_back(broker_data_to_json(broker));
  auto queues = json::array();
  for (const QueueData& queue : route.queue_datas) queues.push_back(queue_data_to_json(queue));
  json body = {{"brokerDatas", std::move(brokers)},
               {"filterServerTable", lists_to_json(route.filter_server_table)},
               {"queueDatas", std::move(queues)}};
  if (route.order_topic_conf) body["orderTopicConf"] = *route.order_topic_conf;
  return dump_json(body);
}

static bool read_json(JsonReader& in, TopicRouteData& route) {
  return in.object([&](std::string_view name) {
    if (json_name_is(name, "orderTopicConf")) return in.read(route.order_topic_conf);
    if (json_name_is(name, "filterServerTable")) return read_lists(in, route.filter_server_table);
    if (json_name_is(name, "queueDatas")) {
      route.queue_datas.clear();
      return in.array([&] {
        if (in.kind() == JsonReader::Kind::Null) return in.skip();
        return read_queue_data(in, route.queue_datas.emplace_back());
      });
    }
    if (json_name_is(name, "brokerDatas")) {
      route.broker_datas.clear();
      return in.array([&] {
        if (in.kind() == JsonReader::Kind::Null) return in.skip();
        return read_broker_data(in, route.broker_datas.emplace_back());
      });
    }
    return in.skip();
  });
}

Result<TopicRouteData> decode_topic_route(std::string_view body) {
  return parse_json_object<TopicRouteData>("topic route", body);
}

std::string encode_body(const ClusterInfo& info) {
  auto brokers = json::object();
  for (const auto& [name, broker] : info.broker_addr_table)
    brokers[name] = broker_data_to_json(broker);
  return dump_json({{"brokerAddrTable", std::move(brokers)},
                    {"clusterAddrTable", lists_to_json(info.cluster_addr_table)}});
}

static bool read_json(JsonReader& in, ClusterInfo& info) {
  return in.object([&](std::string_view name) {
    if (json_name_is(name, "clusterAddrTable")) return read_lists(in, info.cluster_addr_table);
    if (!json_name_is(name, "brokerAddrTable")) return in.skip();
    return in.object([&](std::string_view broker) {
      std::string key(broker);
      return read_broker_data(in, info.broker_addr_table[std::move(key)] = {});
    });
  });
}

Result<ClusterInfo> decode_cluster_info(std::string_view body) {
  return parse_json_object<ClusterInfo>("cluster info", body);
}

std::string encode_body(const TopicList& list) {
  json body = {{"topicList", list.topics}};
  if (list.broker_addr) body["brokerAddr"] = *list.broker_addr;
  return dump_json(body);
}

static bool read_json(JsonReader& in, TopicList& list) {
  return in.object([&](std::string_view name) {
    if (json_name_is(name, "topicList")) return detail::read_texts(in, list.topics);
    if (json_name_is(name, "brokerAddr")) return in.read(list.broker_addr);
    return in.skip();
  });
}

Result<TopicList> decode_topic_list(std::string_view body) {
  return parse_json_object<TopicList>("topic list", body);
}

std::string encode_body(const KvTable& table) { return dump_json({{"table", table.table}}); }

static bool read_json(JsonReader& in, KvTable& table) {
  return in.object([&](std::string_view name) {
    if (!json_name_is(name, "table")) return in.skip();
    return in.object([&](std::string_view key) {
      if (in.kind() == JsonReader::Kind::Null) return in.skip();
      return in.read(table.table[std::string(key)]);
    });
  });
}

Result<KvTable> decode_kv_table(std::string_view body) {
  return parse_json_object<KvTable>("key-value table", body);
}

std::string encode_body(const DataVersion& version) { return dump_json(version); }

Result<DataVersion> decode_data_version(std::string_view body) {
  return parse_json_object<DataVersion>("data version", body);
}

}  // namespace rocketmq::remoting
