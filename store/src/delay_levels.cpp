#include "rocketmq/store/delay_levels.hpp"

#include <algorithm>
#include <string>

#include "file_names.hpp"

namespace rocketmq::store {
namespace {

std::int64_t unit_ms(char unit) {
  switch (unit) {
    case 's': return 1000;
    case 'm': return 60 * 1000;
    case 'h': return 60 * 60 * 1000;
    case 'd': return 24 * 60 * 60 * 1000;
    default: return 0;
  }
}

}  // namespace

Result<DelayLevels> DelayLevels::parse(std::string_view text) {
  DelayLevels levels;
  while (!text.empty()) {
    const auto end = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (word.empty()) continue;
    const std::int64_t unit = unit_ms(word.back());
    const auto count = parse_number(word.substr(0, word.size() - 1));
    if (unit == 0 || !count || *count > INT32_MAX) {
      return Error{ResponseCode::SystemError,
                   "messageDelayLevel: '" + std::string(word) +
                       "' is no delay: a whole number and s, m, h or d are expected"};
    }
    levels.delays_ms_.push_back(*count * unit);
  }
  if (levels.delays_ms_.empty())
    return Error{ResponseCode::SystemError, "messageDelayLevel names no delay"};
  return levels;
}

std::int64_t DelayLevels::delay_ms(std::int32_t level) const {
  if (level < 1 || delays_ms_.empty()) return 1000;
  return delays_ms_[static_cast<std::size_t>(std::min(level, max_level()) - 1)];
}

}  // namespace rocketmq::store
