#include "consumer/consume_timestamp.hpp"

#include <algorithm>
#include <ctime>

#include "rocketmq/common/clock.hpp"

namespace rocketmq::client {

std::optional<std::int64_t> parse_consume_timestamp(const std::string& text) {
  const bool all_digits =
      std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (text.size() != 14 || !all_digits) return std::nullopt;
  const auto number = [&text](std::size_t at, std::size_t digits) {
    return std::stoi(text.substr(at, digits));
  };
  std::tm time{};
  time.tm_year = number(0, 4) - 1900;
  time.tm_mon = number(4, 2) - 1;
  time.tm_mday = number(6, 2);
  time.tm_hour = number(8, 2);
  time.tm_min = number(10, 2);
  time.tm_sec = number(12, 2);
  time.tm_isdst = -1;
  const std::tm asked = time;
  const std::time_t seconds = std::mktime(&time);
  // mktime() shifts what does not exist, such as a 31st of April, to what does.
  if (seconds == -1 || time.tm_mon != asked.tm_mon || time.tm_mday != asked.tm_mday)
    return std::nullopt;
  return static_cast<std::int64_t>(seconds) * 1000;
}

std::string format_consume_timestamp(std::int64_t time_ms) {
  const std::time_t seconds = static_cast<std::time_t>(time_ms / 1000);
  std::tm local{};
  ::localtime_r(&seconds, &local);
  char text[16];
  return std::string(text, std::strftime(text, sizeof text, "%Y%m%d%H%M%S", &local));
}

std::string default_consume_timestamp() {
  constexpr std::int64_t half_an_hour_ms = 30 * 60 * 1000;
  return format_consume_timestamp(SystemClock().now_ms() - half_an_hour_ms);
}

}  // namespace rocketmq::client
