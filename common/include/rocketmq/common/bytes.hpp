#pragma once

#include <bit>
#include <concepts>
#include <cstdint>
#include <cstring>
#include <string>
#include <type_traits>

namespace rocketmq {

/// Reads a big-endian integer at `at`; the caller has checked that sizeof(T) bytes are there.
template <std::integral T>
T load_be(const void* at) {
  std::make_unsigned_t<T> value;
  std::memcpy(&value, at, sizeof value);
  if constexpr (sizeof value == 2) value = __builtin_bswap16(value);
  if constexpr (sizeof value == 4) value = __builtin_bswap32(value);
  if constexpr (sizeof value == 8) value = __builtin_bswap64(value);
  return static_cast<T>(value);
}

/// Writes a big-endian integer at `at`.
template <std::integral T>
void store_be(void* at, T value) {
  auto raw = static_cast<std::make_unsigned_t<T>>(value);
  if constexpr (sizeof raw == 2) raw = __builtin_bswap16(raw);
  if constexpr (sizeof raw == 4) raw = __builtin_bswap32(raw);
  if constexpr (sizeof raw == 8) raw = __builtin_bswap64(raw);
  std::memcpy(at, &raw, sizeof raw);
}

template <std::integral T>
void append_be(std::string& out, T value) {
  char raw[sizeof(T)];
  store_be(raw, value);
  out.append(raw, sizeof raw);
}

static_assert(std::endian::native == std::endian::little, "load_be and store_be swap bytes");

}  // namespace rocketmq
