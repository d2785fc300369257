#include "rocketmq/protocol/frame_decoder.hpp"

#include <cstdint>
#include <string>

#include "frame_words.hpp"
#include "rocketmq/common/bytes.hpp"

namespace rocketmq::remoting {
Result<std::optional<std::size_t>> find_frame(std::string_view bytes, std::size_t bytes_max) {
  if (bytes.size() < length_bytes) return std::optional<std::size_t>();
  const auto length = load_be<std::int32_t>(bytes.data());
  if (length < static_cast<std::int32_t>(header_word_bytes)) {
    return Error{ResponseCode::SystemError,
                 "frame length " + std::to_string(length) + " is less than a header word"};
  }
  const std::size_t frame_bytes = static_cast<std::size_t>(length) + length_bytes;
  if (frame_bytes > bytes_max) {
    return Error{ResponseCode::SystemError, "frame of " + std::to_string(frame_bytes) +
                                                " bytes is over the limit of " +
                                                std::to_string(bytes_max)};
  }
  if (bytes.size() < frame_bytes) return std::optional<std::size_t>();
  return std::optional<std::size_t>(frame_bytes);
}

}  // namespace rocketmq::remoting
