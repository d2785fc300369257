#include "transaction/half_message.hpp"

#include <limits>

#include "rocketmq/common/message_properties.hpp"
#include "rocketmq/common/names.hpp"
#include "rocketmq/common/sys_flag.hpp"
#include "rocketmq/common/text.hpp"
#include "schedule/delayed_message.hpp"

namespace rocketmq::broker {

Result<void> find_or_create_half_topics(TopicConfigManager& topics) {
  for (const std::string_view topic : {names::half_topic, names::op_half_topic}) {
    if (const auto made = topics.find_or_create(topic, 1, perm::read_write); !made) {
      return made.error();
    }
  }
  return {};
}

std::string half_properties(std::string_view properties, std::string_view real_topic,
                            std::int32_t real_queue_id) {
  std::string text = remove_property(properties, property::delay_level);
  for (const auto name :
       {property::transaction_prepared_queue_offset, property::transaction_check_times}) {
    if (find_property(text, name)) text = remove_property(text, name);
  }
  return redirected_properties(text, real_topic, real_queue_id);
}

std::int64_t first_offset_of(const MessageRecord& half) {
  return number_property(half.properties, property::transaction_prepared_queue_offset)
      .value_or(half.queue_offset);
}

std::int64_t first_position_of(const store::MessageReader& store, const MessageRecord& half) {
  const std::int64_t offset = first_offset_of(half);
  if (offset == half.queue_offset) return half.physical_offset;
  const auto first = store.units(names::half_topic, half_queue_id, offset, 1);
  return first.empty() || first.front().physical_offset <= 0 ? -1 : first.front().physical_offset;
}

std::optional<RealPlace> real_place_of(const MessageRecord& half) {
  const auto topic = find_property(half.properties, property::real_topic);
  const auto queue_id = number_property(half.properties, property::real_queue_id);
  if (!topic || !queue_id) return std::nullopt;
  if (!is_valid_name(*topic) || is_forbidden_to_send(*topic)) return std::nullopt;
  if (*queue_id < 0 || *queue_id > std::numeric_limits<std::int32_t>::max()) return std::nullopt;
  return RealPlace{*topic, static_cast<std::int32_t>(*queue_id)};
}

std::string with_property(std::string_view properties, std::string_view name,
                          std::string_view value) {
  std::string text = remove_property(properties, name);
  append_property(text, name, value);
  return text;
}

std::optional<std::int64_t> number_property(std::string_view properties, std::string_view name) {
  const auto text = find_property(properties, name);
  return text ? whole_number<std::int64_t>(*text) : std::nullopt;
}

}  // namespace rocketmq::broker
