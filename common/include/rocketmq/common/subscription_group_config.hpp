#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "rocketmq/common/data_version.hpp"

namespace rocketmq {

class JsonReader;

/// One consumer group on one broker (spec/broker.md §4).
struct SubscriptionGroupConfig {
  std::string group_name;
  bool consume_enable = true;
  bool consume_from_min_enable = true;
  bool consume_broadcast_enable = true;
  std::int32_t retry_queue_nums = 1;
  std::int32_t retry_max_times = 16;
  std::int64_t broker_id = 0;
  std::int64_t which_broker_when_consume_slowly = 1;
  bool notify_consumer_ids_changed_enable = true;

  friend bool operator==(const SubscriptionGroupConfig&, const SubscriptionGroupConfig&) = default;
};

/// Body of GET_ALL_SUBSCRIPTIONGROUP_CONFIG and content of config/subscriptionGroup.json.
struct SubscriptionGroupWrapper {
  std::map<std::string, SubscriptionGroupConfig, std::less<>> subscription_group_table;
  DataVersion data_version;
};

void to_json(nlohmann::json& json, const SubscriptionGroupConfig& config);
bool read_json(JsonReader& in, SubscriptionGroupConfig& config);
void to_json(nlohmann::json& json, const SubscriptionGroupWrapper& wrapper);
bool read_json(JsonReader& in, SubscriptionGroupWrapper& wrapper);

}  // namespace rocketmq
