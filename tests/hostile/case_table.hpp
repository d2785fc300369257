#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace rocketmq::test {

/// One line of a table of bad inputs (tests/hostile/README.md).
struct BadInput {
  std::string place;  ///< file:line
  std::string description;
  std::vector<std::string> words;  ///< what is sent, as written, names of `let` replaced
  std::string expected;
};

/// Lines after which the same must be unchanged.
struct BadInputGroup {
  std::string place;
  std::string name;
  std::vector<std::string> may_change;  ///< parts of a snapshot; everything else must not
  std::vector<BadInput> cases;
};

/// Reads a table. `variables` replace `$NAME` in it. Throws std::runtime_error that names file and
/// line of what is malformed.
std::vector<BadInputGroup> read_bad_inputs(const std::filesystem::path& file,
                                           const std::map<std::string, std::string>& variables);

/// The words of a line: separated by blanks outside of quotes and parentheses.
std::vector<std::string> words_of(std::string_view text);

/// The bytes that a value stands for. Throws std::runtime_error when it is malformed.
std::string bytes_of_value(std::string_view text);

}  // namespace rocketmq::test
