#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rocketmq/common/result.hpp"
#include "rocketmq/common/topic_config.hpp"

namespace rocketmq::remoting {

/// A topic's queues on one broker name.
struct QueueData {
  std::string broker_name;
  std::int32_t read_queue_nums = 0;
  std::int32_t write_queue_nums = 0;
  std::int32_t perm = 0;
  std::int32_t topic_sys_flag = 0;

  friend auto operator<=>(const QueueData&, const QueueData&) = default;
};

/// Addresses of one broker name: brokerId (0 is the master) → "ip:port".
struct BrokerData {
  std::string cluster;
  std::string broker_name;
  std::map<std::int64_t, std::string> broker_addrs;
  /// Of 5.x brokers; some clients refuse a route that lacks it.
  bool enable_acting_master = false;

  friend auto operator<=>(const BrokerData&, const BrokerData&) = default;
};

/// Where a topic lives. Body of GET_ROUTEINFO_BY_TOPIC.
struct TopicRouteData {
  std::optional<std::string> order_topic_conf;
  std::vector<QueueData> queue_datas;
  std::vector<BrokerData> broker_datas;
  /// Broker address → filter server addresses.
  std::map<std::string, std::vector<std::string>> filter_server_table;

  friend bool operator==(const TopicRouteData&, const TopicRouteData&) = default;
};

/// Integer keys are quoted: every known client takes that (spec/wire.md §8, rule 3). Both spellings
/// of the sys flag are written, no white space.
std::string encode_body(const TopicRouteData& route);
/// Takes bare and quoted keys, either spelling of the flag.
Result<TopicRouteData> decode_topic_route(std::string_view body);

/// Body of GET_BROKER_CLUSTER_INFO.
struct ClusterInfo {
  std::map<std::string, BrokerData> broker_addr_table;
  std::map<std::string, std::vector<std::string>> cluster_addr_table;
};
std::string encode_body(const ClusterInfo& info);
Result<ClusterInfo> decode_cluster_info(std::string_view body);

/// Body of every response that is a list of topics. `broker_addr` is set for 304 only.
struct TopicList {
  std::vector<std::string> topics;
  std::optional<std::string> broker_addr;
};
std::string encode_body(const TopicList& list);
Result<TopicList> decode_topic_list(std::string_view body);

/// Body of 28, 219 and of the response of 103.
struct KvTable {
  std::map<std::string, std::string> table;
};
std::string encode_body(const KvTable& table);
Result<KvTable> decode_kv_table(std::string_view body);

/// Body of REGISTER_BROKER. `filter_server_list`: absent leaves the name server's list as it is,
/// empty removes it.
struct RegisterBrokerBody {
  TopicConfigSerializeWrapper topic_config;
  std::optional<std::vector<std::string>> filter_server_list;
};
std::string encode_body(const RegisterBrokerBody& body);
/// The same as one zlib stream with binary content (header `compressed`), which name servers
/// since 4.3.0 read. It has no room for topicSysFlag and order.
std::string encode_packed_body(const RegisterBrokerBody& body);
/// Reads each form in which brokers send it: JSON, JSON of the bare topic table (sender version
/// < 3.0.11), one zlib stream with binary content (also when the header forgot to say so;
/// spec/wire-requests.md, REGISTER_BROKER). An empty body is an empty table. Inflates at most 64
/// MiB.
Result<RegisterBrokerBody> decode_register_broker_body(std::string_view body, bool compressed,
                                                       std::int32_t sender_version);

/// Body of QUERY_DATA_VERSION and of its response.
std::string encode_body(const DataVersion& version);
Result<DataVersion> decode_data_version(std::string_view body);

}  // namespace rocketmq::remoting
