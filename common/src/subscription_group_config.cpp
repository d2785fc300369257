#include "rocketmq/common/subscription_group_config.hpp"

#include <nlohmann/json.hpp>

#include "rocketmq/common/fastjson.hpp"

namespace rocketmq {

void to_json(nlohmann::json& json, const SubscriptionGroupConfig& config) {
  json = {{"brokerId", config.broker_id},
          {"consumeBroadcastEnable", config.consume_broadcast_enable},
          {"consumeEnable", config.consume_enable},
          {"consumeFromMinEnable", config.consume_from_min_enable},
          {"groupName", config.group_name},
          {"notifyConsumerIdsChangedEnable", config.notify_consumer_ids_changed_enable},
          {"retryMaxTimes", config.retry_max_times},
          {"retryQueueNums", config.retry_queue_nums},
          {"whichBrokerWhenConsumeSlowly", config.which_broker_when_consume_slowly}};
}

void from_json(const nlohmann::json& json, SubscriptionGroupConfig& config) {
  const SubscriptionGroupConfig absent;
  config.group_name = json_text(json, "groupName");
  config.consume_enable = json_bool(json, "consumeEnable", absent.consume_enable);
  config.consume_from_min_enable =
      json_bool(json, "consumeFromMinEnable", absent.consume_from_min_enable);
  config.consume_broadcast_enable =
      json_bool(json, "consumeBroadcastEnable", absent.consume_broadcast_enable);
  config.retry_queue_nums = json_int32(json, "retryQueueNums", absent.retry_queue_nums);
  config.retry_max_times = json_int32(json, "retryMaxTimes", absent.retry_max_times);
  config.broker_id = json_int64(json, "brokerId", absent.broker_id);
  config.which_broker_when_consume_slowly =
      json_int64(json, "whichBrokerWhenConsumeSlowly", absent.which_broker_when_consume_slowly);
  config.notify_consumer_ids_changed_enable =
      json_bool(json, "notifyConsumerIdsChangedEnable", absent.notify_consumer_ids_changed_enable);
}

void to_json(nlohmann::json& json, const SubscriptionGroupWrapper& wrapper) {
  auto table = nlohmann::json::object();
  for (const auto& [group, config] : wrapper.subscription_group_table) table[group] = config;
  json = {{"dataVersion", wrapper.data_version}, {"subscriptionGroupTable", std::move(table)}};
}

void from_json(const nlohmann::json& json, SubscriptionGroupWrapper& wrapper) {
  wrapper = {};
  if (!json.is_object()) return;
  if (const auto version = json.find("dataVersion"); version != json.end())
    version->get_to(wrapper.data_version);
  const auto table = json.find("subscriptionGroupTable");
  if (table == json.end() || !table->is_object()) return;
  for (const auto& [group, member] : table->items()) {
    if (!member.is_object()) continue;
    auto config = member.get<SubscriptionGroupConfig>();
    config.group_name = group;
    wrapper.subscription_group_table.insert_or_assign(group, std::move(config));
  }
}

}  // namespace rocketmq
