#include "ha/ha_protocol.hpp"

#include <limits>

#include "rocketmq/common/bytes.hpp"

namespace rocketmq::broker::ha {

std::int64_t last_report(std::string_view bytes) {
  return load_be<std::int64_t>(bytes.data() + bytes.size() - report_bytes);
}

void append_report(std::string& out, std::int64_t log_end) { append_be(out, log_end); }

void append_frame_head(std::string& out, std::int64_t position, std::size_t body_bytes) {
  append_be(out, position);
  append_be(out, static_cast<std::int32_t>(body_bytes));
}

Result<std::optional<Frame>> first_frame(std::string_view bytes) {
  if (bytes.size() < frame_head_bytes) return std::optional<Frame>();
  const auto position = load_be<std::int64_t>(bytes.data());
  const auto size = load_be<std::int32_t>(bytes.data() + 8);
  if (position < 0 || size < 0 ||
      static_cast<std::size_t>(size) > frame_bytes_max - frame_head_bytes ||
      position > std::numeric_limits<std::int64_t>::max() - size) {
    return Error{ResponseCode::SystemError, "a frame at position " + std::to_string(position) +
                                                " with " + std::to_string(size) +
                                                " bytes is none of the replication protocol"};
  }
  if (bytes.size() - frame_head_bytes < static_cast<std::size_t>(size))
    return std::optional<Frame>();
  return std::optional(
      Frame{position, bytes.substr(frame_head_bytes, static_cast<std::size_t>(size))});
}

std::size_t size_of_frame(std::string_view bytes) {
  return frame_head_bytes + static_cast<std::size_t>(load_be<std::int32_t>(bytes.data() + 8));
}

}  // namespace rocketmq::broker::ha
