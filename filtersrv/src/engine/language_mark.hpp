#pragma once

#include <string_view>

namespace rocketmq::filtersrv {

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
LanguageMark read_language_mark(std::string_view source);

}  // namespace rocketmq::filtersrv
