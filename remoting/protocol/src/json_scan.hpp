#pragma once

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace rocketmq::remoting::detail {

/// Eight bytes at a time: for each byte of `word` that the test holds for, the result has the
/// byte's top bit set. Bits above the lowest hit may be wrong (a borrow runs upwards), so only the
/// lowest one may be used.
inline constexpr std::uint64_t low_bits = 0x0101010101010101ULL;
inline constexpr std::uint64_t top_bits = 0x8080808080808080ULL;

inline std::uint64_t load_word(const char* at) {
  std::uint64_t word;
  std::memcpy(&word, at, sizeof word);
  return word;
}
inline std::uint64_t bytes_below(std::uint64_t word, std::uint8_t limit) {
  return (word - low_bits * limit) & ~word & top_bits;
}
inline std::uint64_t bytes_equal(std::uint64_t word, char value) {
  return bytes_below(word ^ (low_bits * static_cast<std::uint8_t>(value)), 1);
}
/// Index of the lowest byte of a non-zero test result; the first one in memory on a little-endian
/// machine.
inline int first_byte(std::uint64_t hits) { return std::countr_zero(hits) / 8; }

/// So many bytes behind the end of a text have to be readable for find_string_special.
inline constexpr std::size_t scan_padding_bytes = 16;

/// First quote or backslash in [at, end); `end` when there is none. Other bytes, raw control ones
/// too, are plain. Reads up to scan_padding_bytes behind `end`; they must hold neither of the two.
inline char* find_string_special(char* at, char* end) {
#if defined(__SSE2__)
  const __m128i quotes = _mm_set1_epi8('"');
  const __m128i backslashes = _mm_set1_epi8('\\');
  for (; at < end; at += sizeof(__m128i)) {
    const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
    const __m128i hits =
        _mm_or_si128(_mm_cmpeq_epi8(block, quotes), _mm_cmpeq_epi8(block, backslashes));
    const auto mask = static_cast<std::uint32_t>(_mm_movemask_epi8(hits));
    if (mask != 0) return at + std::countr_zero(mask);
  }
#else
  for (; at < end; at += sizeof(std::uint64_t)) {
    const std::uint64_t word = load_word(at);
    const std::uint64_t hits = bytes_equal(word, '"') | bytes_equal(word, '\\');
    if (hits != 0) return at + first_byte(hits);
  }
#endif
  return end;
}

/// First byte in [at, end) that JSON output cannot copy as it is: a quote, a backslash, a control
/// byte, or one of a character beyond ASCII; `end` when there is none.
inline const char* find_output_special(const char* at, const char* end) {
#if defined(__SSE2__)
  while (end - at >= static_cast<std::ptrdiff_t>(sizeof(__m128i))) {
    const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
    const __m128i marks = _mm_or_si128(_mm_cmpeq_epi8(block, _mm_set1_epi8('"')),
                                       _mm_cmpeq_epi8(block, _mm_set1_epi8('\\')));
    // As signed bytes, what is below 0x20 is a control byte or beyond ASCII.
    const __m128i hits = _mm_or_si128(marks, _mm_cmplt_epi8(block, _mm_set1_epi8(0x20)));
    const auto mask = static_cast<std::uint32_t>(_mm_movemask_epi8(hits));
    if (mask != 0) return at + std::countr_zero(mask);
    at += sizeof(__m128i);
  }
#endif
  while (end - at >= static_cast<std::ptrdiff_t>(sizeof(std::uint64_t))) {
    const std::uint64_t word = load_word(at);
    const std::uint64_t hits = bytes_equal(word, '"') | bytes_equal(word, '\\') |
                               bytes_below(word, 0x20) | (word & top_bits);
    if (hits != 0) return at + first_byte(hits);
    at += sizeof word;
  }
  while (at != end && *at != '"' && *at != '\\' && static_cast<signed char>(*at) >= 0x20) ++at;
  return at;
}

}  // namespace rocketmq::remoting::detail
