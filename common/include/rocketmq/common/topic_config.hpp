#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "rocketmq/common/data_version.hpp"

namespace rocketmq {

class JsonReader;

enum class TopicFilterType : std::int32_t { SingleTag = 0, MultiTag = 1 };

/// One topic on one broker (spec/broker.md §3.1).
struct TopicConfig {
  std::string topic_name;
  std::int32_t read_queue_nums = 16;
  std::int32_t write_queue_nums = 16;
  std::int32_t perm = 6;
  TopicFilterType topic_filter_type = TopicFilterType::SingleTag;
  std::int32_t topic_sys_flag = 0;
  bool order = false;

  friend bool operator==(const TopicConfig&, const TopicConfig&) = default;
};

using TopicConfigTable = std::map<std::string, TopicConfig, std::less<>>;

/// Body of GET_ALL_TOPIC_CONFIG, part of REGISTER_BROKER, and content of config/topics.json.
struct TopicConfigSerializeWrapper {
  TopicConfigTable topic_config_table;
  DataVersion data_version;
};

void to_json(nlohmann::json& json, const TopicConfig& config);
bool read_json(JsonReader& in, TopicConfig& config);
/// By name; the key is the topic, whatever its config says.
bool read_topic_table(JsonReader& in, TopicConfigTable& table);
void to_json(nlohmann::json& json, const TopicConfigSerializeWrapper& wrapper);
bool read_json(JsonReader& in, TopicConfigSerializeWrapper& wrapper);

}  // namespace rocketmq
