#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "rocketmq/common/message_record.hpp"
#include "rocketmq/common/result.hpp"

namespace rocketmq::store {

/// Finds where records end in the bytes of a log that come in pieces, cut anywhere. Looks at each
/// record's length and magic code alone. Pure; a copy continues from the same place.
class RecordBoundaries {
 public:
  /// `file_size` is that of the log's files: no record spans two of them.
  explicit RecordBoundaries(std::int64_t file_size) : file_size_(file_size) {}

  /// A record begins at `position`.
  void begin_at(std::int64_t position);
  /// Takes the bytes at position(). After an error, which says what stands where, only begin_at()
  /// makes sense.
  Result<void> take(std::string_view bytes);

  /// Behind all bytes that were taken.
  std::int64_t position() const { return position_; }
  /// Behind the last whole record, or the blank record that fills its file.
  std::int64_t boundary() const { return boundary_; }
  /// Where the last whole record begins; nothing when none has come since begin_at().
  std::optional<std::int64_t> last_record() const { return last_record_; }

 private:
  Result<void> read_head();

  std::int64_t file_size_;
  std::int64_t position_ = 0;
  std::int64_t boundary_ = 0;
  std::optional<std::int64_t> last_record_;
  /// Length and magic code of the record that begins at boundary_, as far as they have come.
  std::array<char, message_record::blank_bytes> head_{};
  std::size_t head_bytes_ = 0;
  /// Where that record ends; set when its head is complete.
  std::int64_t record_end_ = 0;
  bool is_blank_ = false;
};

}  // namespace rocketmq::store
