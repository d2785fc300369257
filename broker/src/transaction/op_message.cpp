#include "transaction/op_message.hpp"

#include <algorithm>
#include <charconv>
#include <string>

#include "rocketmq/common/message_properties.hpp"
#include "rocketmq/common/names.hpp"

namespace rocketmq::broker {

store::PutResult put_op_message(store::MessageStore& store, const OpOrigin& origin,
                                std::int32_t queue_id, std::int64_t half_offset) {
  const std::string body = std::to_string(half_offset);
  std::string properties;
  append_property(properties, property::tags, "d");
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
    std::int64_t offset = 0;
    const auto [stop, failure] = std::from_chars(text.data(), text.data() + text.size(), offset);
    const bool is_offset =
        failure == std::errc{} && stop == text.data() + text.size() && offset >= 0;
    if (is_offset) offsets.push_back(offset);
  }
  return offsets;
}

}  // namespace rocketmq::broker
