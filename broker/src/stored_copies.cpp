#include "stored_copies.hpp"

#include <algorithm>
#include <limits>

#include "rocketmq/common/message_properties.hpp"

namespace rocketmq::broker {
namespace {

/// A message has few copies under one key: its retries.
constexpr std::int32_t count_max = 64;
/// Clocks of clients and brokers agree about this well.
constexpr std::int64_t clock_slack_ms = 60'000;

}  // namespace

bool has_copy(const store::MessageStore& store, const MessageRecord& original,
              const CopySearch& search) {
  const auto key = find_property(original.properties, property::unique_key);
  if (!key || key->empty()) return false;
  const std::int64_t begin_ms =
      std::min(original.born_timestamp_ms, original.store_timestamp_ms) - clock_slack_ms;
  const auto found = store.query(search.topic, *key, count_max, begin_ms,
                                 std::numeric_limits<std::int64_t>::max());
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
