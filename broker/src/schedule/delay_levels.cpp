#include "schedule/delay_levels.hpp"

#include <charconv>

#include "rocketmq/common/message_properties.hpp"

namespace rocketmq::broker {
namespace {

constexpr std::size_t levels_max = 1'000;

/// "30s" → 30,000 ms; 0 when the word is no delay.
std::chrono::milliseconds parse_delay(std::string_view word) {
  std::int64_t unit_ms = 0;
  switch (word.back()) {
    case 's':
      unit_ms = 1'000;
      break;
    case 'm':
      unit_ms = 60'000;
      break;
    case 'h':
      unit_ms = 3'600'000;
      break;
    case 'd':
      unit_ms = 86'400'000;
      break;
    default:
      return {};
  }
  std::int32_t number = 0;
  const char* const last = word.data() + word.size() - 1;
  const auto [end, failure] = std::from_chars(word.data(), last, number);
  if (failure != std::errc{} || end != last || number <= 0) return {};
  return std::chrono::milliseconds(number * unit_ms);
}

}  // namespace

Result<DelayLevels> DelayLevels::parse(std::string_view text) {
  DelayLevels levels;
  constexpr std::string_view blanks = " \t";
  for (auto at = text.find_first_not_of(blanks); at != std::string_view::npos;
       at = text.find_first_not_of(blanks, at)) {
    const auto end = std::min(text.find_first_of(blanks, at), text.size());
    const auto word = text.substr(at, end - at);
    const auto delay = parse_delay(word);
    if (delay.count() <= 0) {
      return Error{ResponseCode::SystemError,
                   "messageDelayLevel: \"" + std::string(word) +
                       "\" is no delay: expected a whole number and s, m, h or d"};
    }
    levels.delays_.push_back(delay);
    at = end;
  }
  if (levels.delays_.empty() || levels.delays_.size() > levels_max) {
    return Error{ResponseCode::SystemError, "messageDelayLevel must name 1 to 1000 delays"};
  }
  return levels;
}

std::string delayed_properties(std::string_view properties, std::int32_t level,
                               std::string_view real_topic, std::int32_t real_queue_id) {
  std::string text = remove_property(properties, property::delay_level);
  text = remove_property(text, property::real_topic);
  text = remove_property(text, property::real_queue_id);
  append_property(text, property::delay_level, std::to_string(level));
  append_property(text, property::real_topic, real_topic);
  append_property(text, property::real_queue_id, std::to_string(real_queue_id));
  return text;
}

}  // namespace rocketmq::broker
