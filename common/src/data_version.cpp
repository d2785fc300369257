#include "rocketmq/common/data_version.hpp"

#include <nlohmann/json.hpp>

#include "rocketmq/common/json_reader.hpp"

namespace rocketmq {

void to_json(nlohmann::json& json, const DataVersion& version) {
  json = {{"counter", version.counter},
          {"timestamp", version.timestamp_ms},
          {"timestatmp", version.timestamp_ms}};
  if (version.state_version != 0) json["stateVersion"] = version.state_version;
}

bool read_json(JsonReader& in, DataVersion& version) {
  version = {};
  std::int64_t misspelt_timestamp_ms = 0;
  const bool is_read = in.object([&](std::string_view name) {
    if (json_name_is(name, "timestamp")) return in.read(version.timestamp_ms);
    if (json_name_is(name, "timestatmp")) return in.read(misspelt_timestamp_ms);
    if (json_name_is(name, "counter")) return in.read(version.counter);
    if (json_name_is(name, "stateVersion")) return in.read(version.state_version);
    return in.skip();
  });
  if (version.timestamp_ms == 0) version.timestamp_ms = misspelt_timestamp_ms;
  return is_read;
}

}  // namespace rocketmq
