#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "rocketmq/common/result.hpp"

namespace rocketmq {

/// Names of message properties that mean something to the system.
namespace property {
inline constexpr std::string_view keys = "KEYS";
inline constexpr std::string_view tags = "TAGS";
inline constexpr std::string_view wait_store_ok = "WAIT";
inline constexpr std::string_view delay_level = "DELAY";
inline constexpr std::string_view retry_topic = "RETRY_TOPIC";
inline constexpr std::string_view real_topic = "REAL_TOPIC";
inline constexpr std::string_view real_queue_id = "REAL_QID";
inline constexpr std::string_view transaction_prepared = "TRAN_MSG";
inline constexpr std::string_view producer_group = "PGROUP";
inline constexpr std::string_view min_offset = "MIN_OFFSET";
inline constexpr std::string_view max_offset = "MAX_OFFSET";
inline constexpr std::string_view origin_message_id = "ORIGIN_MESSAGE_ID";
inline constexpr std::string_view reconsume_time = "RECONSUME_TIME";
inline constexpr std::string_view max_reconsume_times = "MAX_RECONSUME_TIMES";
inline constexpr std::string_view msg_region = "MSG_REGION";
inline constexpr std::string_view trace_on = "TRACE_ON";
inline constexpr std::string_view unique_key = "UNIQ_KEY";
inline constexpr std::string_view consume_start_time = "CONSUME_START_TIME";
inline constexpr std::string_view transaction_prepared_queue_offset = "TRAN_PREPARED_QUEUE_OFFSET";
inline constexpr std::string_view transaction_check_times = "TRANSACTION_CHECK_TIMES";
inline constexpr std::string_view check_immunity_seconds = "CHECK_IMMUNITY_TIME_IN_SECONDS";
inline constexpr std::string_view transaction_id = "__transactionId__";
inline constexpr std::string_view correlation_id = "CORRELATION_ID";
inline constexpr std::string_view reply_to_client = "REPLY_TO_CLIENT";
inline constexpr std::string_view time_to_live = "TTL";
inline constexpr std::string_view push_reply_time = "PUSH_REPLY_TIME";
inline constexpr std::string_view arrive_time = "ARRIVE_TIME";
inline constexpr std::string_view message_type = "MSG_TYPE";
inline constexpr std::string_view cluster = "CLUSTER";
inline constexpr std::string_view instance_id = "INSTANCE_ID";

inline constexpr char name_value_separator = '\x01';
inline constexpr char property_separator = '\x02';

/// True for a name that applications may not set.
bool is_reserved(std::string_view name);
}  // namespace property

/// Longest property text a stored message may have, in bytes (its length field is a signed 16-bit
/// number).
inline constexpr std::size_t properties_bytes_max = 32767;

/// A message's properties, sorted by name.
using MessageProperties = std::map<std::string, std::string, std::less<>>;

/// Reads `name 0x01 value 0x02 …`. A final 0x02 may be missing; pieces without a name or without a
/// value are skipped; of duplicates the last one counts (spec/store.md §2.4).
MessageProperties decode_properties(std::string_view text);

/// Writes every property; each ends with 0x02.
std::string encode_properties(const MessageProperties& properties);

/// One `name 0x01 value` of the text form.
struct PropertyPiece {
  std::string_view name;
  std::string_view value;
};

/// Takes the next piece off the front of `text`, which is not empty. A piece that is no property
/// has an empty name and is to be skipped. For reading several properties in one pass; same rules
/// as decode_properties.
PropertyPiece next_property(std::string_view& text);

/// The value of one property of the text form, without decoding the others; nothing when it is
/// absent. The view points into `text`. Same rules as decode_properties.
std::optional<std::string_view> find_property(std::string_view text, std::string_view name);

/// `text` without the property `name` (all of its occurrences).
std::string remove_property(std::string_view text, std::string_view name);

/// Appends one property to the text form; adds the separator that a text without a final 0x02
/// lacks.
void append_property(std::string& text, std::string_view name, std::string_view value);

}  // namespace rocketmq
