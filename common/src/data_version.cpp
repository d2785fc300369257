#include "rocketmq/common/data_version.hpp"

#include <nlohmann/json.hpp>

#include "rocketmq/common/fastjson.hpp"

namespace rocketmq {

void to_json(nlohmann::json& json, const DataVersion& version) {
  json = {{"counter", version.counter},
          {"timestamp", version.timestamp_ms},
          {"timestatmp", version.timestamp_ms}};
  if (version.state_version != 0) json["stateVersion"] = version.state_version;
}

void from_json(const nlohmann::json& json, DataVersion& version) {
  version.timestamp_ms = json_int64(json, "timestamp", json_int64(json, "timestatmp"));
  version.counter = json_int64(json, "counter");
  version.state_version = json_int64(json, "stateVersion");
}

}  // namespace rocketmq
