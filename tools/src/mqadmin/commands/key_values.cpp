#include "mqadmin/commands/key_values.hpp"

#include <algorithm>

namespace rocketmq::mqadmin {

std::map<std::string, std::string> key_values(std::string_view text) {
  std::map<std::string, std::string> values;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    const auto equals = line.find('=');
    if (equals != std::string_view::npos)
      values.emplace(line.substr(0, equals), line.substr(equals + 1));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return values;
}

void print_configuration(Output& output, const std::string& address, const std::string& rule,
                         std::string_view text) {
  output.print("%s\n", rule);
  for (const auto& [key, value] : key_values(text)) {
    output.print("%-50s=  %s\n", key, value);
    output.value(address, key, value);
  }
}

Outcome<KeyValue> given_key_value(const Arguments& arguments) {
  KeyValue given{.key = arguments.get("k"), .value = arguments.get("v")};
  const bool is_one_line = (given.key + given.value).find_first_of("\r\n") == std::string::npos;
  if (given.key.empty() || given.key.find('=') != std::string::npos || !is_one_line) {
    return usage_failure(
        "The key must not be empty or have a '=' in it, and neither it nor the value a line break");
  }
  return given;
}

}  // namespace rocketmq::mqadmin
