#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "rocketmq/common/result.hpp"
#include "rocketmq/store/message_writer.hpp"

namespace rocketmq::store {

/// A record of which all is laid out but what depends on its place: that is filled in under the
/// append lock. Views point into the message that is being put.
struct PreparedRecord {
  static constexpr std::size_t head_bytes_max = 112;

  std::array<char, head_bytes_max> head;
  std::size_t head_bytes = 0;
  std::string_view body;
  std::string_view topic;
  std::string_view properties;
  /// Of a batch: the properties of the request, behind those of the entry, with or without a
  /// separator between.
  std::string_view more_properties;
  bool separate_properties = false;
  std::int64_t total_bytes = 0;
  std::size_t store_timestamp_at = 0;

  std::size_t properties_bytes() const {
    return properties.size() + (separate_properties ? 1 : 0) + more_properties.size();
  }
};

/// Lays out a record. CRC of the body included. The caller has checked the lengths.
void prepare_record(const MessageToPut& message, PreparedRecord& record);

/// True for properties that a torn write could have left: no message may have them, so that
/// recovery can tell.
bool ends_with_zero(std::string_view properties);

/// Splits the body of a batch request (spec/wire.md §6.3) into records. Error (MessageIllegal):
/// lengths that do not add up, no entry, or properties that are too long.
Result<void> prepare_batch(const MessageToPut& message, std::vector<PreparedRecord>& records);

/// Writes the record with its place to `out`, total_bytes long.
void write_record(const PreparedRecord& record, std::int64_t queue_offset,
                  std::int64_t physical_offset, std::int64_t store_timestamp_ms, char* out);

}  // namespace rocketmq::store
