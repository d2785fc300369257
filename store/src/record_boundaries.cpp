#include "record_boundaries.hpp"

#include <algorithm>
#include <cstring>
#include <string>

#include "rocketmq/common/bytes.hpp"

namespace rocketmq::store {

void RecordBoundaries::begin_at(std::int64_t position) {
  position_ = boundary_ = position;
  last_record_.reset();
  head_bytes_ = 0;
}

Result<void> RecordBoundaries::read_head() {
  const auto size = load_be<std::int32_t>(head_.data());
  const auto magic = load_be<std::int32_t>(head_.data() + 4);
  const std::int64_t left = file_size_ - boundary_ % file_size_;
  is_blank_ = magic == message_record::magic_blank;
  if (is_blank_ && size != left) {
    return Error{ResponseCode::MessageIllegal,
                 "a file ends " + std::to_string(size) + " bytes behind " +
                     std::to_string(boundary_) + " of the log, here one ends " +
                     std::to_string(left) +
                     " bytes behind it: mappedFileSizeCommitLog is another one there"};
  }
  if (is_blank_) {
    record_end_ = boundary_ + left;
    return {};
  }
  const bool is_record = magic == message_record::magic_v1 || magic == message_record::magic_v2;
  if (!is_record || size < static_cast<std::int32_t>(message_record::fixed_bytes_v4) ||
      size > left) {
    return Error{ResponseCode::MessageIllegal, "no record stands at " + std::to_string(boundary_) +
                                                   " of the log: its length would be " +
                                                   std::to_string(size) + ", its magic code " +
                                                   std::to_string(magic)};
  }
  record_end_ = boundary_ + size;
  return {};
}

Result<void> RecordBoundaries::take(std::string_view bytes) {
  while (!bytes.empty()) {
    std::size_t taken = 0;
    if (head_bytes_ < head_.size()) {
      taken = std::min(bytes.size(), head_.size() - head_bytes_);
      std::memcpy(head_.data() + head_bytes_, bytes.data(), taken);
      head_bytes_ += taken;
      if (head_bytes_ == head_.size()) {
        if (const auto read = read_head(); !read) return read.error();
      }
    } else {
      taken = std::min(bytes.size(), static_cast<std::size_t>(record_end_ - position_));
    }
    bytes.remove_prefix(taken);
    position_ += static_cast<std::int64_t>(taken);
    if (head_bytes_ == head_.size() && position_ == record_end_) {
      if (!is_blank_) last_record_ = boundary_;
      boundary_ = position_;
      head_bytes_ = 0;
    }
  }
  return {};
}

}  // namespace rocketmq::store
