#include "file_names.hpp"

#include <charconv>

namespace rocketmq::store {

std::string file_name_of(std::int64_t base) {
  const std::string digits = std::to_string(base);
  return digits.size() < 20 ? std::string(20 - digits.size(), '0') + digits : digits;
}

std::optional<std::int64_t> parse_number(std::string_view text) {
  std::int64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [parsed_to, error] = std::from_chars(text.data(), end, value);
  if (text.empty() || text.front() == '-' || error != std::errc{} || parsed_to != end) return {};
  return value;
}

}  // namespace rocketmq::store
