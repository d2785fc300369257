#include "rocketmq/common/message_properties.hpp"

#include <algorithm>
#include <array>

namespace rocketmq {
namespace property {

bool is_reserved(std::string_view name) {
  // clang-format off
  static constexpr std::array<std::string_view, 35> reserved{
      keys, tags, wait_store_ok, delay_level, retry_topic, real_topic, real_queue_id,
      transaction_prepared, producer_group, min_offset, max_offset, "BUYER_ID", origin_message_id,
      "TRANSFER_FLAG", "CORRECTION_FLAG", "MQ2_FLAG", reconsume_time, msg_region, trace_on,
      unique_key, max_reconsume_times, consume_start_time, transaction_prepared_queue_offset,
      transaction_check_times, check_immunity_seconds, instance_id, correlation_id,
      reply_to_client, time_to_live, arrive_time, push_reply_time, cluster, message_type,
      "INNER_MULTI_DISPATCH", "INNER_MULTI_QUEUE_OFFSET"};
  // clang-format on
  return std::find(reserved.begin(), reserved.end(), name) != reserved.end();
}

}  // namespace property

PropertyPiece next_property(std::string_view& text) {
  const auto end = text.find(property::property_separator);
  const std::string_view piece = text.substr(0, end);
  text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
  const auto split = piece.find(property::name_value_separator);
  if (split == std::string_view::npos || split == 0 || split + 1 == piece.size()) return {};
  return {piece.substr(0, split), piece.substr(split + 1)};
}

MessageProperties decode_properties(std::string_view text) {
  MessageProperties properties;
  while (!text.empty()) {
    const PropertyPiece piece = next_property(text);
    if (!piece.name.empty())
      properties.insert_or_assign(std::string(piece.name), std::string(piece.value));
  }
  return properties;
}

std::string encode_properties(const MessageProperties& properties) {
  std::string text;
  for (const auto& [name, value] : properties) append_property(text, name, value);
  return text;
}

std::optional<std::string_view> find_property(std::string_view text, std::string_view name) {
  std::optional<std::string_view> found;
  while (!text.empty()) {
    const PropertyPiece piece = next_property(text);
    if (!piece.name.empty() && piece.name == name) found = piece.value;
  }
  return found;
}

std::string remove_property(std::string_view text, std::string_view name) {
  std::string kept;
  kept.reserve(text.size());
  while (!text.empty()) {
    const PropertyPiece piece = next_property(text);
    if (!piece.name.empty() && piece.name != name) append_property(kept, piece.name, piece.value);
  }
  return kept;
}

void append_property(std::string& text, std::string_view name, std::string_view value) {
  if (!text.empty() && text.back() != property::property_separator)
    text += property::property_separator;
  text.append(name) += property::name_value_separator;
  text.append(value) += property::property_separator;
}

}  // namespace rocketmq
