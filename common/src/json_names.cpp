// Names of members, and keys that are numbers.
#include <charconv>

#include "json_words.hpp"
#include "rocketmq/common/json_reader.hpp"
#include "rocketmq/common/text.hpp"

namespace rocketmq {

bool json_name_is(std::string_view written, std::string_view member) {
  if (written == member) return true;
  std::size_t at = 0;
  for (const char c : written) {
    if (c == '_' || c == '-') continue;
    if (at == member.size() || json_words::to_lower(c) != json_words::to_lower(member[at]))
      return false;
    ++at;
  }
  return at == member.size();
}

bool json_flag_is(std::string_view written, std::string_view member) {
  if (json_name_is(written, member)) return true;
  return written.size() > 2 && json_words::equal_ignoring_case(written.substr(0, 2), "is") &&
         json_name_is(written.substr(2), member);
}

std::optional<std::int64_t> json_key_number(std::string_view written) {
  written = json_words::without_plus(written);
  if (!written.empty() && written.back() == 'L') written.remove_suffix(1);
  if (const auto number = whole_number<std::int64_t>(written)) return number;
  double real = 0;
  const auto [stop, failure] =
      std::from_chars(written.data(), written.data() + written.size(), real);
  if (written.find('.') == std::string_view::npos || failure != std::errc{} ||
      stop != written.data() + written.size())
    return std::nullopt;
  return json_words::without_fraction(real);
}

}  // namespace rocketmq
