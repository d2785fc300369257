#include "transaction/op_message.hpp"

#include <algorithm>
#include <string>

#include "rocketmq/common/message_properties.hpp"
#include "rocketmq/common/names.hpp"
#include "rocketmq/common/text.hpp"

namespace rocketmq::broker {

store::PutResult put_op_message(store::MessageWriter& store, const OpOrigin& origin,
                                std::int32_t queue_id, std::int64_t half_offset) {
  const std::string body = std::to_string(half_offset);
  std::string properties;
  append_property(properties, property::tags, end_tag);
  return store.put_and_wait({.topic = names::op_half_topic,
                             .queue_id = queue_id,
                             .born_timestamp_ms = origin.timestamp_ms,
                             .born_host = origin.host,
                             .store_host = origin.host,
                             .body = body,
                             .properties = properties,
                             .wait_store_ok = false});
}

std::vector<std::int64_t> ended_offsets(std::string_view body) {
  std::vector<std::int64_t> offsets;
  while (!body.empty()) {
    const auto end = std::min(body.find(','), body.size());
    const std::string_view text = body.substr(0, end);
    body.remove_prefix(std::min(end + 1, body.size()));
    const auto offset = whole_number<std::int64_t>(text);
    if (offset && *offset >= 0) offsets.push_back(*offset);
  }
  return offsets;
}

}  // namespace rocketmq::broker
