// config/consumerFilter.json: reading and writing it.
#include <spdlog/spdlog.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "filter/consumer_filter_manager.hpp"
#include "rocketmq/common/atomic_file.hpp"
#include "rocketmq/common/fastjson.hpp"
#include "rocketmq/common/names.hpp"
#include "rocketmq/common/shared_log.hpp"

namespace rocketmq::broker {

struct ConsumerFilterManager::SavedFilter {
  std::string topic;
  std::string group;
  std::string expression;
  ConsumerFilterData data;
};

bool ConsumerFilterManager::read_saved(JsonReader& in, SavedFilter& filter) {
  return in.object([&](std::string_view name) {
    if (json_name_is(name, "expression")) return in.read(filter.expression);
    if (json_name_is(name, "expressionType")) return in.read(filter.data.expression_type);
    if (json_name_is(name, "bornTime")) return in.read(filter.data.born_time_ms);
    if (json_name_is(name, "deadTime")) return in.read(filter.data.dead_time_ms);
    if (json_name_is(name, "clientVersion")) return in.read(filter.data.client_version);
    return in.skip();
  });
}

Result<void> ConsumerFilterManager::load(DamagedTable damaged) {
  std::vector<SavedFilter> filters;
  const auto read_groups = [&](JsonReader& in, const std::string& topic) {
    return in.object([&](std::string_view group) {
      filters.push_back({.topic = topic, .group = std::string(group)});
      return read_saved(in, filters.back());
    });
  };
  const auto read_topic = [&](JsonReader& in, std::string_view name) {
    const std::string topic(name);
    return in.object([&](std::string_view member) {
      return json_name_is(member, "groupFilterData") ? read_groups(in, topic) : in.skip();
    });
  };
  const auto loaded =
      load_table_file(options_.file, "filterDataByTopic", damaged, [&](JsonReader& in) {
        filters.clear();
        return in.object([&](std::string_view name) {
          if (!json_name_is(name, "filterDataByTopic")) return in.skip();
          return in.object([&](std::string_view topic) { return read_topic(in, topic); });
        });
      });
  if (!loaded) return loaded.error();
  const std::unique_lock lock(mutex_);
  for (SavedFilter& filter : filters) {
    if (is_valid_name(filter.topic) && is_valid_name(filter.group)) load_entry(std::move(filter));
  }
  saved_.is_as_saved();
  return {};
}

void ConsumerFilterManager::load_entry(SavedFilter filter) {
  auto data = std::make_shared<ConsumerFilterData>(std::move(filter.data));
  data->topic = std::move(filter.topic);
  data->group = std::move(filter.group);
  auto compiled = cache_.compile(data->expression_type, filter.expression);
  if (!compiled) {
    filter_log().warn("{}: the filter of group {} for topic {} is left out: {}",
                      options_.file.string(), data->group, data->topic, compiled.error().remark);
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
    all.reserve(size());
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

Result<void> ConsumerFilterManager::write_file() const {
  return write_file_atomically(options_.file, dump_json_pretty(to_json()));
}

}  // namespace rocketmq::broker
