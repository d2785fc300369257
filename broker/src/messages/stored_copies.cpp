#include "messages/stored_copies.hpp"

#include <algorithm>

#include "rocketmq/common/message_properties.hpp"
#include "rocketmq/common/sys_flag.hpp"

namespace rocketmq::broker {
namespace {

/// A message has few copies under one key: its retries.
constexpr std::int32_t count_max = 64;

}  // namespace

bool has_copy(const store::MessageReader& store, const MessageRecord& original,
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

store::MessageToPut copy_of(const MessageRecord& record, std::string_view properties) {
  return {.flag = record.flag,
          .sys_flag = sys_flag::with_transaction_type(record.sys_flag, sys_flag::transaction_none),
          .born_timestamp_ms = record.born_timestamp_ms,
          .born_host = record.born_host,
          .store_host = record.store_host,
          .reconsume_times = record.reconsume_times,
          .body = record.body,
          .properties = properties,
          .wait_store_ok = false,
          .is_copy = true};
}

}  // namespace rocketmq::broker
