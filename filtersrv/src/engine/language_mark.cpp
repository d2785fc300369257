#include "engine/language_mark.hpp"

#include <algorithm>

namespace rocketmq::filtersrv {
namespace {

constexpr std::string_view blanks = " \t\r";

std::string_view trim(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
  text.remove_suffix(text.size() - (text.find_last_not_of(blanks) + 1));
  return text;
}

bool skip(std::string_view& text, std::string_view word) {
  if (!text.starts_with(word)) return false;
  text.remove_prefix(word.size());
  return true;
}

}  // namespace

LanguageMark read_language_mark(std::string_view source) {
  const auto end = std::min(source.find('\n'), source.size());
  std::string_view line = trim(source.substr(0, end));
  if (!skip(line, "#") && !skip(line, "--") && !skip(line, "//")) return {{}, source};
  line = trim(line);
  if (!skip(line, "rmq-filter")) return {{}, source};
  const std::string_view language = trim(line);
  if (language.empty() || language.data() == line.data()) return {{}, source};
  return {language, source.substr(std::min(end + 1, source.size()))};
}

}  // namespace rocketmq::filtersrv
