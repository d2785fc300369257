#include "rocketmq/common/topic_config.hpp"

#include <nlohmann/json.hpp>

#include "rocketmq/common/fastjson.hpp"

namespace rocketmq {

void to_json(nlohmann::json& json, const TopicConfig& config) {
  json = {{"order", config.order},
          {"perm", config.perm},
          {"readQueueNums", config.read_queue_nums},
          {"topicFilterType",
           config.topic_filter_type == TopicFilterType::MultiTag ? "MULTI_TAG" : "SINGLE_TAG"},
          {"topicName", config.topic_name},
          {"topicSysFlag", config.topic_sys_flag},
          {"writeQueueNums", config.write_queue_nums}};
}

void from_json(const nlohmann::json& json, TopicConfig& config) {
  const TopicConfig absent;
  config.topic_name = json_text(json, "topicName");
  config.read_queue_nums = json_int32(json, "readQueueNums", absent.read_queue_nums);
  config.write_queue_nums = json_int32(json, "writeQueueNums", absent.write_queue_nums);
  config.perm = json_int32(json, "perm", absent.perm);
  config.topic_filter_type = static_cast<TopicFilterType>(
      json_enum(json, "topicFilterType", {"SINGLE_TAG", "MULTI_TAG"}, 0));
  config.topic_sys_flag = json_int32(json, "topicSysFlag");
  config.order = json_bool(json, "order");
}

void to_json(nlohmann::json& json, const TopicConfigSerializeWrapper& wrapper) {
  auto table = nlohmann::json::object();
  for (const auto& [topic, config] : wrapper.topic_config_table) table[topic] = config;
  json = {{"dataVersion", wrapper.data_version}, {"topicConfigTable", std::move(table)}};
}

void from_json(const nlohmann::json& json, TopicConfigSerializeWrapper& wrapper) {
  wrapper = {};
  if (!json.is_object()) return;
  if (const auto version = json.find("dataVersion"); version != json.end())
    version->get_to(wrapper.data_version);
  const auto table = json.find("topicConfigTable");
  if (table == json.end() || !table->is_object()) return;
  for (const auto& [topic, member] : table->items()) {
    if (!member.is_object()) continue;
    auto config = member.get<TopicConfig>();
    // The table's key is what the topic is found by; a config that says otherwise is of the same
    // topic.
    config.topic_name = topic;
    wrapper.topic_config_table.insert_or_assign(topic, std::move(config));
  }
}

}  // namespace rocketmq
