#pragma once

#include <cstdint>
#include <initializer_list>
#include <limits>

#include "rocketmq/client/failure.hpp"

namespace rocketmq::client {

/// A number that a user sets, and its range.
struct SettingRange {
  const char* name;
  std::int64_t value;
  std::int64_t min;
  std::int64_t max;
};
/// For settings whose only bound is their type's.
inline constexpr std::int64_t int_setting_max = std::numeric_limits<int>::max();

/// Failure: names the first setting that is out of its range.
Outcome<void> check_ranges(std::initializer_list<SettingRange> ranges);

}  // namespace rocketmq::client
