#include "rocketmq/remoting/protocol/route_data.hpp"

#include <nlohmann/json.hpp>
#include <utility>

#include "protocol/body_json.hpp"
#include "rocketmq/common/text.hpp"

namespace rocketmq::remoting {
namespace {

using nlohmann::json;

json queue_data_to_json(const QueueData& queue) {
  return {{"brokerName", queue.broker_name},        {"perm", queue.perm},
          {"readQueueNums", queue.read_queue_nums}, {"topicSynFlag", queue.topic_sys_flag},
          {"topicSysFlag", queue.topic_sys_flag},   {"writeQueueNums", queue.write_queue_nums}};
}

QueueData queue_data_from_json(const json& member) {
  QueueData queue;
  queue.broker_name = json_text(member, "brokerName");
  queue.perm = json_int32(member, "perm");
  queue.read_queue_nums = json_int32(member, "readQueueNums");
  queue.write_queue_nums = json_int32(member, "writeQueueNums");
  queue.topic_sys_flag = json_int32(member, "topicSysFlag", json_int32(member, "topicSynFlag"));
  return queue;
}

json broker_data_to_json(const BrokerData& broker) {
  auto addresses = json::object();
  for (const auto& [id, address] : broker.broker_addrs) addresses[std::to_string(id)] = address;
  return {{"brokerAddrs", std::move(addresses)},
          {"brokerName", broker.broker_name},
          {"cluster", broker.cluster},
          {"enableActingMaster", broker.enable_acting_master}};
}

Result<BrokerData> broker_data_from_json(const json& member) {
  BrokerData broker;
  broker.cluster = json_text(member, "cluster");
  broker.broker_name = json_text(member, "brokerName");
  broker.enable_acting_master = json_bool(member, "enableActingMaster");
  const json* const addresses = detail::object_member(member, "brokerAddrs");
  if (addresses == nullptr) return broker;
  for (const auto& [key, address] : addresses->items()) {
    const auto id = whole_number<std::int64_t>(key);
    if (!id) {
      return Error{ResponseCode::SystemError,
                   "brokerAddrs of " + broker.broker_name + ": '" + key + "' is no broker id"};
    }
    if (address.is_string()) broker.broker_addrs[*id] = address.get_ref<const std::string&>();
  }
  return broker;
}

/// An object whose members are lists of texts.
json lists_to_json(const std::map<std::string, std::vector<std::string>>& lists) {
  auto object = json::object();
  for (const auto& [key, texts] : lists) object[key] = texts;
  return object;
}

std::map<std::string, std::vector<std::string>> lists_from_json(const json& object,
                                                                const char* member) {
  std::map<std::string, std::vector<std::string>> lists;
  const json* const table = detail::object_member(object, member);
  if (table == nullptr) return lists;
  for (const auto& [key, texts] : table->items()) {
    if (texts.is_array()) lists[key] = detail::texts_of(texts);
  }
  return lists;
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

Result<TopicRouteData> decode_topic_route(std::string_view body) {
  const auto object = detail::parse_body_object("topic route", body);
  if (!object) return object.error();
  TopicRouteData route;
  if (const auto conf = object->find("orderTopicConf");
      conf != object->end() && conf->is_string()) {
    route.order_topic_conf = conf->get_ref<const std::string&>();
  }
  if (const json* const queues = detail::array_member(*object, "queueDatas")) {
    for (const json& member : *queues) {
      if (member.is_object()) route.queue_datas.push_back(queue_data_from_json(member));
    }
  }
  if (const json* const brokers = detail::array_member(*object, "brokerDatas")) {
    for (const json& member : *brokers) {
      if (!member.is_object()) continue;
      auto broker = broker_data_from_json(member);
      if (!broker) return broker.error();
      route.broker_datas.push_back(std::move(*broker));
    }
  }
  route.filter_server_table = lists_from_json(*object, "filterServerTable");
  return route;
}

std::string encode_body(const ClusterInfo& info) {
  auto brokers = json::object();
  for (const auto& [name, broker] : info.broker_addr_table)
    brokers[name] = broker_data_to_json(broker);
  return dump_json({{"brokerAddrTable", std::move(brokers)},
                    {"clusterAddrTable", lists_to_json(info.cluster_addr_table)}});
}

Result<ClusterInfo> decode_cluster_info(std::string_view body) {
  const auto object = detail::parse_body_object("cluster info", body);
  if (!object) return object.error();
  ClusterInfo info;
  if (const json* const brokers = detail::object_member(*object, "brokerAddrTable")) {
    for (const auto& [name, member] : brokers->items()) {
      if (!member.is_object()) continue;
      auto broker = broker_data_from_json(member);
      if (!broker) return broker.error();
      info.broker_addr_table[name] = std::move(*broker);
    }
  }
  info.cluster_addr_table = lists_from_json(*object, "clusterAddrTable");
  return info;
}

std::string encode_body(const TopicList& list) {
  json body = {{"topicList", list.topics}};
  if (list.broker_addr) body["brokerAddr"] = *list.broker_addr;
  return dump_json(body);
}

Result<TopicList> decode_topic_list(std::string_view body) {
  const auto object = detail::parse_body_object("topic list", body);
  if (!object) return object.error();
  TopicList list;
  list.topics = detail::text_list(*object, "topicList");
  if (const auto addr = object->find("brokerAddr"); addr != object->end() && addr->is_string()) {
    list.broker_addr = addr->get_ref<const std::string&>();
  }
  return list;
}

std::string encode_body(const KvTable& table) { return dump_json({{"table", table.table}}); }

Result<KvTable> decode_kv_table(std::string_view body) {
  const auto object = detail::parse_body_object("key-value table", body);
  if (!object) return object.error();
  KvTable table;
  if (const json* const members = detail::object_member(*object, "table")) {
    for (const auto& [key, value] : members->items()) {
      if (value.is_null()) continue;
      table.table[key] = value.is_string() ? value.get_ref<const std::string&>() : dump_json(value);
    }
  }
  return table;
}

std::string encode_body(const DataVersion& version) { return dump_json(version); }

Result<DataVersion> decode_data_version(std::string_view body) {
  const auto object = detail::parse_body_object("data version", body);
  if (!object) return object.error();
  return object->get<DataVersion>();
}

}  // namespace rocketmq::remoting
