#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>

namespace rocketmq {

class JsonReader;

/// Shows whether a table has changed: equality of all members is what name servers and slaves
/// compare.
struct DataVersion {
  std::int64_t timestamp_ms = 0;
  std::int64_t counter = 0;
  /// 5.x only; 0 elsewhere.
  std::int64_t state_version = 0;

  void next(std::int64_t now_ms) {
    timestamp_ms = now_ms;
    ++counter;
  }
  friend bool operator==(const DataVersion&, const DataVersion&) = default;
};

/// {"counter":N,"timestamp":T}; "timestatmp" of old peers is read as well and written beside it for
/// them.
void to_json(nlohmann::json& json, const DataVersion& version);
bool read_json(JsonReader& in, DataVersion& version);

}  // namespace rocketmq
