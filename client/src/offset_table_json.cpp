#include "offset_table_json.hpp"

#include <nlohmann/json.hpp>

#include "rocketmq/common/fastjson.hpp"

namespace rocketmq::client {
namespace {

MessageQueue queue_of(const nlohmann::json& object) {
  return {json_text(object, "topic"), json_text(object, "brokerName"),
          json_int32(object, "queueId")};
}

}  // namespace

std::string encode_queue(const MessageQueue& queue) {
  return dump_json({{"brokerName", queue.getBrokerName()},
                    {"queueId", queue.getQueueId()},
                    {"topic", queue.getTopic()}});
}

std::string encode_offset_table(std::string_view member, const OffsetTable& offsets) {
  std::string text = "{\"" + std::string(member) + "\":{";
  bool first = true;
  for (const auto& [queue, offset] : offsets) {
    if (!first) text += ',';
    first = false;
    text += encode_queue(queue) + ":" + std::to_string(offset);
  }
  return text + "}}";
}

Result<OffsetTable> decode_offset_table(const char* member, std::string_view text) {
  const auto json = parse_fastjson(text);
  if (!json) return json.error();
  const Error malformed{ResponseCode::SystemError,
                        std::string("the body has no offsets under ") + member};
  if (!json->is_object() || !json->contains(member)) return malformed;
  const nlohmann::json& table = json->at(member);
  OffsetTable offsets;
  if (table.is_array()) {
    for (const nlohmann::json& entry : table) {
      if (entry.is_object()) offsets[queue_of(entry)] = json_int64(entry, "offset");
    }
  } else if (table.is_object()) {
    for (const auto& [key, value] : table.items()) {
      const auto queue = parse_fastjson(key);
      if (!queue || !queue->is_object() || !value.is_number_integer()) return malformed;
      offsets[queue_of(*queue)] = value.get<std::int64_t>();
    }
  } else {
    return malformed;
  }
  return offsets;
}

}  // namespace rocketmq::client
