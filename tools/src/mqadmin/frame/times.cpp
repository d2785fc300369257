#include "mqadmin/frame/times.hpp"

#include <fmt/format.h>

#include <array>
#include <chrono>
#include <ctime>

#include "rocketmq/common/text.hpp"

namespace rocketmq::mqadmin {
namespace {

constexpr std::int64_t second_ms = 1'000;

/// The number in `length` digits at `at`; nothing when other characters are there.
std::optional<int> digits(std::string_view text, std::size_t at, std::size_t length) {
  const std::string_view part = text.substr(at, length);
  if (part.find_first_not_of("0123456789") != std::string_view::npos) return std::nullopt;
  return whole_number<int>(part);
}

std::int64_t millis_of(std::int64_t time_ms) {
  return ((time_ms % second_ms) + second_ms) % second_ms;
}

/// As strftime() says; the milliseconds are left out.
std::string local_text(std::int64_t time_ms, const char* format) {
  const auto seconds = static_cast<std::time_t>(
      std::chrono::floor<std::chrono::seconds>(std::chrono::milliseconds(time_ms)).count());
  std::tm local{};
  if (::localtime_r(&seconds, &local) == nullptr) return std::to_string(time_ms);
  std::array<char, 64> text{};
  const std::size_t length = std::strftime(text.data(), text.size(), format, &local);
  return {text.data(), length};
}

}  // namespace

std::int64_t now_ms() {
  using namespace std::chrono;
  return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

std::string second_text(std::int64_t time_ms) { return local_text(time_ms, "%Y-%m-%d %H:%M:%S"); }

std::string millisecond_text(std::int64_t time_ms) {
  return fmt::format("{},{:03}", second_text(time_ms), millis_of(time_ms));
}

std::string compact_text(std::int64_t time_ms) {
  return fmt::format("{}{:03}", local_text(time_ms, "%Y%m%d%H%M%S"), millis_of(time_ms));
}

std::optional<std::int64_t> parse_time(std::string_view text) {
  if (const auto millis = whole_number<std::int64_t>(text)) return millis;
  // yyyy-MM-dd#HH:mm:ss:SSS
  constexpr std::string_view separators = "    -  -  #  :  :  :   ";
  if (text.size() != separators.size()) return std::nullopt;
  for (std::size_t i = 0; i < separators.size(); ++i) {
    if (separators[i] != ' ' && text[i] != separators[i]) return std::nullopt;
  }
  const auto year = digits(text, 0, 4);
  const auto month = digits(text, 5, 2);
  const auto day = digits(text, 8, 2);
  const auto hour = digits(text, 11, 2);
  const auto minute = digits(text, 14, 2);
  const auto second = digits(text, 17, 2);
  const auto millis = digits(text, 20, 3);
  if (!year || !month || !day || !hour || !minute || !second || !millis) return std::nullopt;
  std::tm local{};
  local.tm_year = *year - 1900;
  local.tm_mon = *month - 1;
  local.tm_mday = *day;
  local.tm_hour = *hour;
  local.tm_min = *minute;
  local.tm_sec = *second;
  local.tm_isdst = -1;
  const std::tm wanted = local;
  const std::time_t seconds = std::mktime(&local);
  // mktime() takes the 31st of June for the 1st of July.
  if (seconds == -1 || local.tm_mon != wanted.tm_mon || local.tm_mday != wanted.tm_mday ||
      wanted.tm_hour > 23 || wanted.tm_min > 59 || wanted.tm_sec > 59)
    return std::nullopt;
  return static_cast<std::int64_t>(seconds) * second_ms + *millis;
}

}  // namespace rocketmq::mqadmin
