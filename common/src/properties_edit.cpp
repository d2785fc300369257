#include "rocketmq/common/properties_edit.hpp"

#include <cstddef>
#include <vector>

#include "properties_text.hpp"
#include "rocketmq/common/properties_file.hpp"

namespace rocketmq {
namespace {

/// The physical lines of a text, each with its end (LF, CR or CRLF).
std::vector<std::string_view> split_lines(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    auto end = text.find_first_of("\r\n");
    if (end == std::string_view::npos) {
      end = text.size();
    } else {
      end += text.substr(end).starts_with("\r\n") ? 2 : 1;
    }
    lines.push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
  return lines;
}

std::string_view without_end(std::string_view line) {
  return line.substr(0, line.find_last_not_of("\r\n") + 1);
}

std::string_view end_of(std::string_view line) { return line.substr(without_end(line).size()); }

std::string property_line(const std::string& key, const std::string& value) {
  return escape_property(key, true) + "=" + escape_property(value, false);
}

}  // namespace

Result<std::string> edit_properties(std::string_view text,
                                    const std::map<std::string, std::string>& changes) {
  const auto properties = parse_properties(text);
  if (!properties) return properties.error();
  std::map<std::size_t, const std::string*> key_at_line;  // by index of the physical line
  std::map<std::string, std::size_t> last_line;
  for (const Property& property : *properties) {
    last_line[property.key] = static_cast<std::size_t>(property.line) - 1;
  }
  for (const auto& [key, value] : changes) {
    if (const auto at = last_line.find(key); at != last_line.end()) key_at_line[at->second] = &key;
  }

  const std::vector<std::string_view> lines = split_lines(text);
  std::string edited;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const auto changed = key_at_line.find(i);
    if (changed == key_at_line.end()) {
      edited += lines[i];
      continue;
    }
    while (is_continued(without_end(lines[i])) && i + 1 < lines.size()) ++i;
    edited += property_line(*changed->second, changes.at(*changed->second));
    edited += end_of(lines[i]);
  }
  std::string appended;
  for (const auto& [key, value] : changes) {
    if (!last_line.contains(key)) appended += property_line(key, value) + '\n';
  }
  if (appended.empty()) return edited;
  if (!edited.empty() && edited.back() != '\n') edited += '\n';
  // A backslash at the end would make what is appended a part of the last value.
  if (!lines.empty() && is_continued(without_end(lines.back()))) edited += '\n';
  return edited + appended;
}

}  // namespace rocketmq
