#include "rocketmq/common/subscription_group_config.hpp"

#include <nlohmann/json.hpp>
#include <utility>

#include "rocketmq/common/json_reader.hpp"

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

bool read_json(JsonReader& in, SubscriptionGroupConfig& config) {
  config = {};
  return in.object([&](std::string_view name) {
    if (json_name_is(name, "groupName")) return in.read(config.group_name);
    if (json_flag_is(name, "consumeEnable")) return in.read(config.consume_enable);
    if (json_flag_is(name, "consumeFromMinEnable")) return in.read(config.consume_from_min_enable);
    if (json_flag_is(name, "consumeBroadcastEnable"))
      return in.read(config.consume_broadcast_enable);
    if (json_name_is(name, "retryQueueNums")) return in.read(config.retry_queue_nums);
    if (json_name_is(name, "retryMaxTimes")) return in.read(config.retry_max_times);
    if (json_name_is(name, "brokerId")) return in.read(config.broker_id);
    if (json_name_is(name, "whichBrokerWhenConsumeSlowly"))
      return in.read(config.which_broker_when_consume_slowly);
    if (json_flag_is(name, "notifyConsumerIdsChangedEnable"))
      return in.read(config.notify_consumer_ids_changed_enable);
    return in.skip();
  });
}

void to_json(nlohmann::json& json, const SubscriptionGroupWrapper& wrapper) {
  auto table = nlohmann::json::object();
  for (const auto& [group, config] : wrapper.subscription_group_table) table[group] = config;
  json = {{"dataVersion", wrapper.data_version}, {"subscriptionGroupTable", std::move(table)}};
}

bool read_json(JsonReader& in, SubscriptionGroupWrapper& wrapper) {
  wrapper = {};
  return in.object([&](std::string_view name) {
    if (json_name_is(name, "dataVersion")) return read_json(in, wrapper.data_version);
    if (!json_name_is(name, "subscriptionGroupTable")) return in.skip();
    return in.object([&](std::string_view group) {
      if (in.kind() == JsonReader::Kind::Null) return in.skip();
      if (in.kind() != JsonReader::Kind::Object) return in.fail("an object expected");
      SubscriptionGroupConfig config;
      std::string key(group);
      if (!read_json(in, config)) return false;
      config.group_name = key;
      wrapper.subscription_group_table.insert_or_assign(std::move(key), std::move(config));
      return true;
    });
  });
}

}  // namespace rocketmq
