#pragma once

#include <concepts>
#include <limits>

namespace rocketmq {

/// a + b, or the nearest value that the type has: for numbers of a peer, or of a file that may be
/// damaged, where an overflow would be undefined.
template <std::signed_integral T>
constexpr T add_saturating(T a, T b) noexcept {
  T sum;
  if (!__builtin_add_overflow(a, b, &sum)) return sum;
  return b < 0 ? std::numeric_limits<T>::min() : std::numeric_limits<T>::max();
}

/// a - b in the same way.
template <std::signed_integral T>
constexpr T subtract_saturating(T a, T b) noexcept {
  T difference;
  if (!__builtin_sub_overflow(a, b, &difference)) return difference;
  return b < 0 ? std::numeric_limits<T>::max() : std::numeric_limits<T>::min();
}

}  // namespace rocketmq
