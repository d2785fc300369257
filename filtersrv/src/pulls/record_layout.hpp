#pragma once

#include <cstddef>
#include <string>

#include "rocketmq/common/message_record.hpp"
#include "rocketmq/common/result.hpp"

namespace rocketmq::filtersrv {

/// How bodies travel from here to consumers.
struct BodyCompression {
  /// A body at least this large is compressed.
  std::size_t bytes_min = 8'192;
  /// Of zlib, 0 to 9.
  int level = 5;
};

/// Whether a record has to be laid out again for consumers, instead of travelling as it lies in the
/// log: its body is compressed in a way that clients of 3.x and 4.x do not know, or it is large and
/// not compressed.
bool needs_new_layout(const MessageRecord& record, const BodyCompression& compression);

/// The record's body, decompressed. Error: it is damaged, or compressed in an unknown way.
Result<std::string> plain_body(const MessageRecord& record);

/// Appends the record to `out` as the original filter server lays it out (spec/filtersrv.md §7.4):
/// the body, of which `body` is the plain form, compressed with zlib when it is large, sysFlag and
/// CRC to match, everything else as it is. The properties stay as stored: clients set MIN_OFFSET
/// and MAX_OFFSET themselves. The topic must be at most 127 bytes long.
void append_record(const MessageRecord& record, std::string_view body,
                   const BodyCompression& compression, std::string& out);

}  // namespace rocketmq::filtersrv
