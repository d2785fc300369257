#pragma once

#include <cstddef>

// The two words that every frame begins with.
namespace rocketmq::remoting {

/// i32: how many bytes of the frame follow.
inline constexpr std::size_t length_bytes = 4;
/// How the header is written (one byte), and its length (three bytes).
inline constexpr std::size_t header_word_bytes = 4;

}  // namespace rocketmq::remoting
