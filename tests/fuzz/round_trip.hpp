#pragma once

#include <string>

#include "fuzz_target.hpp"

namespace rocketmq::fuzz {

/// What is written of `value` is read, and stays the same from the second time on: at first, what
/// is not UTF-8 is replaced, and names that differed there alone become one.
template <class Value, class Encode, class Decode>
void check_round_trip(const Value& value, const Encode& encode, const Decode& decode) {
  const auto again = decode(encode(value));
  check(again.has_value(), "what is written is read");
  const std::string written = encode(*again);
  const auto twice = decode(written);
  check(twice.has_value(), "what is written again is read");
  check(encode(*twice) == written, "what was written stays the same");
}

}  // namespace rocketmq::fuzz
