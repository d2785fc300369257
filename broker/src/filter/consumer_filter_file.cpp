// config/consumerFilter.json: reading and writing it.
#include <spdlog/spdlog.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "filter/consumer_filter_manager.hpp"
#include "json_config_file.hpp"
#include "rocketmq/common/fastjson.hpp"
#include "rocketmq/common/names.hpp"

namespace rocketmq::broker {

Result<void> ConsumerFilterManager::load() {
  return load_json_config(options_.file, [this](const nlohmann::json& content) {
    const auto by_topic = content.find("filterDataByTopic");
    if (by_topic == content.end() || !by_topic->is_object()) return;
    const std::unique_lock lock(mutex_);
    for (const auto& [topic, filters] : by_topic->items()) {
      if (!filters.is_object()) continue;
      const auto by_group = filters.find("groupFilterData");
      if (by_group == filters.end() || !by_group->is_object()) continue;
      for (const auto& [group, entry] : by_group->items()) {
        if (entry.is_object() && is_valid_name(topic) && is_valid_name(group)) {
          load_entry(entry, topic, group);
        }
      }
    }
    dirty_ = false;
  });
}

void ConsumerFilterManager::load_entry(const nlohmann::json& entry, std::string_view topic,
                                       std::string_view group) {
  auto data = std::make_shared<ConsumerFilterData>();
  data->topic = topic;
  data->group = group;
  data->expression_type = json_text(entry, "expressionType");
  data->born_time_ms = json_int64(entry, "bornTime");
  data->dead_time_ms = json_int64(entry, "deadTime");
  data->client_version = json_int64(entry, "clientVersion");
  auto compiled = cache_.compile(data->expression_type, json_text(entry, "expression"));
  if (!compiled) {
    spdlog::warn("{}: the filter of group {} for topic {} is left out: {}", options_.file.string(),
                 group, topic, compiled.error().remark);
    return;
  }
  data->expression = *std::move(compiled);
  if (!data->is_dead()) {
    // When its consumers went while no broker looked is unknown; a little ago is near enough.
    constexpr std::int64_t unnoticed_ms = 30'000;
    data->dead_time_ms = std::max(clock_.now_ms() - unnoticed_ms, data->born_time_ms);
  }
  put(std::move(data));
}

nlohmann::json ConsumerFilterManager::to_json() const {
  std::vector<Data> all;
  {
    // As short as possible: heartbeats that register wait meanwhile.
    const std::shared_lock lock(mutex_);
    all.reserve(size_);
    for (const auto& [group, topics] : groups_) {
      for (const auto& [topic, data] : topics) all.push_back(data);
    }
  }
  auto by_topic = nlohmann::json::object();
  for (const Data& data : all) {
    nlohmann::json& filters = by_topic[data->topic];
    filters["topic"] = data->topic;
    filters["groupFilterData"][data->group] = {
        {"consumerGroup", data->group},
        {"topic", data->topic},
        {"expression", data->expression->text()},
        {"expressionType", data->expression_type},
        {"bornTime", data->born_time_ms},
        {"deadTime", data->dead_time_ms},
        {"bloomFilterData",
         {{"bitNum", bloom_filter_.bit_num()},
          {"bitPos", bloom_filter_.positions_of(data->group, data->topic)}}},
        {"clientVersion", data->client_version}};
  }
  return {{"filterDataByTopic", std::move(by_topic)}};
}

Result<void> ConsumerFilterManager::flush() {
  {
    const std::unique_lock lock(mutex_);
    if (!std::exchange(dirty_, false)) return {};
  }
  auto written = save_json_config(options_.file, to_json());
  if (!written) {
    const std::unique_lock lock(mutex_);
    dirty_ = true;
  }
  return written;
}

}  // namespace rocketmq::broker
