#pragma once

#include <algorithm>
#include <string_view>

#include "rocketmq/common/text.hpp"

namespace rocketmq::filtersrv {

/// What a line says after `keyword`, if it is a comment of any of the languages that begins with
/// it: `#keyword rest`, `--keyword rest`, `// keyword rest`. Empty if it is none. A view of `line`.
inline std::string_view note_in_comment(std::string_view line, std::string_view keyword) {
  const auto skip = [&line](std::string_view word) {
    if (!line.starts_with(word)) return false;
    line.remove_prefix(word.size());
    return true;
  };
  line = trim(line);
  if (!skip("#") && !skip("--") && !skip("//")) return {};
  line = trim(line);
  if (!skip(keyword)) return {};
  const std::string_view note = trim(line);
  const bool is_another_word = !note.empty() && note.data() == line.data();
  return is_another_word ? std::string_view() : note;
}

/// What the first line of an uploaded text says about its language:
///
///   #rmq-filter sql92        --rmq-filter lua        //rmq-filter cpp        // rmq-filter java
///
/// A comment sign of any of the languages, then `rmq-filter`, then the name, each after blanks or
/// none.
struct LanguageMark {
  /// Empty when the first line is no mark.
  std::string_view language;
  /// What follows the line of the mark; everything when there is none.
  std::string_view text;
};

/// Both members are views of `source`.
inline LanguageMark read_language_mark(std::string_view source) {
  const auto end = std::min(source.find('\n'), source.size());
  const std::string_view language = note_in_comment(source.substr(0, end), "rmq-filter");
  if (language.empty()) return {{}, source};
  return {language, source.substr(std::min(end + 1, source.size()))};
}

}  // namespace rocketmq::filtersrv
