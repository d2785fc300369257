#include "stored_copies.hpp"

#include <algorithm>

#include "rocketmq/common/message_properties.hpp"

namespace rocketmq::broker {
namespace {

/// A message has few copies under one key: its retries.
constexpr std::int32_t count_max = 64;

}  // namespace

bool has_copy(const store::MessageStore& store, const MessageRecord& original,
              const CopySearch& search) {
  const auto key = find_property(original.properties, property::unique_key);
  if (!key || key->empty()) return false;
  // By position, not by time: the clock may have been set back between the two.
  const auto found =
      store.query_behind(search.topic, *key, count_max, search.after_physical_offset);
  return std::any_of(found.messages.begin(), found.messages.end(), [&](const auto& message) {
    const MessageRecord& record = message.record;
    return record.topic == search.topic && record.queue_id == search.queue_id &&
           record.physical_offset > search.after_physical_offset &&
           record.born_timestamp_ms == original.born_timestamp_ms &&
           record.reconsume_times == original.reconsume_times &&
           find_property(record.properties, property::unique_key) == key;
  });
}

}  // namespace rocketmq::broker
