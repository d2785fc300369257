#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "rocketmq/common/endpoint.hpp"
#include "rocketmq/common/result.hpp"

namespace rocketmq {

/// A message as it lies in the CommitLog and as responses to pulls carry it; all numbers big-endian
/// (spec/store.md §2.1):
///
///    totalSize i32 | magic i32 | bodyCRC i32 | queueId i32 | flag i32 | queueOffset i64 |
///    physicalOffset i64 | sysFlag i32 | bornTimestamp i64 | bornHost 4|16 + port i32 |
///    storeTimestamp i64 | storeHost 4|16 + port i32 | reconsumeTimes i32 |
///    preparedTransactionOffset i64 | bodyLength i32 + body | topicLength i8 + topic |
///    propertiesLength i16 + properties
///
/// `topic`, `properties` and `body` are views: a decoded record is valid as long as the bytes it
/// was decoded from.
struct MessageRecord {
  std::int32_t total_size = 0;
  std::int32_t magic = 0;
  std::int32_t body_crc = 0;
  std::int32_t queue_id = 0;
  std::int32_t flag = 0;
  std::int64_t queue_offset = 0;
  std::int64_t physical_offset = 0;
  std::int32_t sys_flag = 0;
  std::int64_t born_timestamp_ms = 0;
  Endpoint born_host;
  std::int64_t store_timestamp_ms = 0;
  Endpoint store_host;
  std::int32_t reconsume_times = 0;
  std::int64_t prepared_transaction_offset = 0;
  std::string_view body;
  std::string_view topic;
  std::string_view properties;
};

namespace message_record {
inline constexpr std::int32_t magic_v1 = static_cast<std::int32_t>(0xDAA320A7);
inline constexpr std::int32_t magic_v2 = static_cast<std::int32_t>(0xDAA320AB);
inline constexpr std::int32_t magic_blank = static_cast<std::int32_t>(0xCBD43194);
/// A record without body, topic and properties and with two IPv4 hosts.
inline constexpr std::size_t fixed_bytes_v4 = 91;
inline constexpr std::size_t queue_offset_at = 20;
inline constexpr std::size_t physical_offset_at = 28;
inline constexpr std::size_t sys_flag_at = 36;
inline constexpr std::size_t born_timestamp_at = 40;
/// Position of storeTimestamp, which moves with the kind of the born host.
inline std::size_t store_timestamp_at(std::int32_t sys_flag_bits) {
  return (sys_flag_bits & 0x10) != 0 ? 68 : 56;
}
/// The end-of-file record: i32 bytes left in the file, i32 blank magic.
inline constexpr std::size_t blank_bytes = 8;

enum class Check { None, BodyCrc };

/// Size that `record` will have when encoded; hosts by their kind, v1 topic length.
std::size_t encoded_size(const MessageRecord& record);

/// Writes the record to `out` (encoded_size bytes). Sets total_size, and the IPv6 bits of sysFlag
/// by the hosts' kinds; everything else, bodyCRC included, is taken as it is. The caller has
/// checked topic ≤ 127 and properties ≤ 32767 bytes.
void encode(const MessageRecord& record, char* out);

/// The parts of variable length; views of the record's bytes.
struct Parts {
  std::string_view body;
  std::string_view topic;
  std::string_view properties;
};

/// Checks the record at the front of `bytes`, which may be longer, and finds its parts; much
/// cheaper than decode() for callers that only forward the bytes. Accepts v1 and v2 magic. Errors
/// (MessageIllegal, the remark says which check failed): too short, unknown or blank magic, lengths
/// that do not add up, body CRC. Never reads past `bytes`.
Result<Parts> locate(std::string_view bytes, Check check);

/// Reads one record at the front of `bytes`, which may be longer. Errors: those of locate().
Result<MessageRecord> decode(std::string_view bytes, Check check);

/// Reads records back to back until the bytes end; the body of a response to a pull.
Result<std::vector<MessageRecord>> decode_all(std::string_view bytes, Check check);
}  // namespace message_record

}  // namespace rocketmq
