#include "rocketmq/common/topic_config.hpp"

#include <nlohmann/json.hpp>
#include <utility>

#include "rocketmq/common/json_reader.hpp"

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

bool read_json(JsonReader& in, TopicConfig& config) {
  config = {};
  return in.object([&](std::string_view name) {
    if (json_name_is(name, "topicName")) return in.read(config.topic_name);
    if (json_name_is(name, "readQueueNums")) return in.read(config.read_queue_nums);
    if (json_name_is(name, "writeQueueNums")) return in.read(config.write_queue_nums);
    if (json_name_is(name, "perm")) return in.read(config.perm);
    if (json_name_is(name, "topicFilterType"))
      return in.read_enum(config.topic_filter_type, {"SINGLE_TAG", "MULTI_TAG"});
    if (json_name_is(name, "topicSysFlag")) return in.read(config.topic_sys_flag);
    if (json_flag_is(name, "order")) return in.read(config.order);
    return in.skip();
  });
}

void to_json(nlohmann::json& json, const TopicConfigSerializeWrapper& wrapper) {
  auto table = nlohmann::json::object();
  for (const auto& [topic, config] : wrapper.topic_config_table) table[topic] = config;
  json = {{"dataVersion", wrapper.data_version}, {"topicConfigTable", std::move(table)}};
}

bool read_topic_table(JsonReader& in, TopicConfigTable& table) {
  table.clear();
  return in.object([&](std::string_view topic) {
    if (in.kind() == JsonReader::Kind::Null) return in.skip();
    if (in.kind() != JsonReader::Kind::Object) return in.fail("an object expected");
    TopicConfig config;
    // The table's key is what the topic is found by; a config that says otherwise is of the same
    // topic.
    std::string key(topic);
    if (!read_json(in, config)) return false;
    config.topic_name = key;
    table.insert_or_assign(std::move(key), std::move(config));
    return true;
  });
}

bool read_json(JsonReader& in, TopicConfigSerializeWrapper& wrapper) {
  wrapper = {};
  return in.object([&](std::string_view name) {
    if (json_name_is(name, "dataVersion")) return read_json(in, wrapper.data_version);
    if (json_name_is(name, "topicConfigTable"))
      return read_topic_table(in, wrapper.topic_config_table);
    return in.skip();
  });
}

}  // namespace rocketmq
