#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace rocketmq::mqadmin {

/// One option of a command. Makers below give the usual kinds.
struct Option {
  enum class Value { None, Text, Number, Boolean };

  /// Without dashes, as `t` or `qn`; empty where there is only a long name.
  std::string short_name;
  std::string long_name;
  std::string help;
  Value value = Value::Text;
  bool required = false;
  /// Exactly one of the options with the same number has to be given; 0: it stands alone.
  int one_of = 0;
  /// Of a number.
  std::int64_t min = std::numeric_limits<std::int64_t>::min();
  std::int64_t max = std::numeric_limits<std::int64_t>::max();

  /// What it is called in messages, and by Arguments.
  const std::string& name() const { return short_name.empty() ? long_name : short_name; }
};

Option flag(std::string short_name, std::string long_name, std::string help);
Option text(std::string short_name, std::string long_name, std::string help);
/// Refused unless it is a whole number from `min` to `max`.
Option number(std::string short_name, std::string long_name, std::string help, std::int64_t min = 0,
              std::int64_t max = std::numeric_limits<std::int32_t>::max());
/// `true` or `false`, in any case.
Option boolean(std::string short_name, std::string long_name, std::string help);
Option required(Option option);
/// Of the options with the same `group` exactly one has to be given.
Option one_of(int group, Option option);

/// What was given on the command line, by the options' names.
class Arguments {
 public:
  bool has(const std::string& name) const { return values_.contains(name); }
  /// Trimmed; nothing when it was not given.
  std::optional<std::string> find(const std::string& name) const;
  std::string get(const std::string& name, const std::string& otherwise = {}) const;
  std::int64_t get_number(const std::string& name, std::int64_t otherwise) const;
  bool get_boolean(const std::string& name, bool otherwise) const;

  /// What belongs to no option. Java's tool ignores it, so scripts may have some.
  const std::vector<std::string>& ignored() const { return ignored_; }

 private:
  friend class ArgumentParser;
  std::map<std::string, std::string> values_;
  std::vector<std::string> ignored_;
};

/// Reads a command line as commons-cli's Posix parser does (spec/admin.md §1.1): `-t X`, `-tX`,
/// `--topic X`,
/// `--topic=X`, `-topic X`, bundled flags, and long names abbreviated to an unambiguous prefix. The
/// first one of repeated options counts. Returns the arguments, or what is wrong with them.
std::variant<Arguments, std::string> parse_arguments(std::span<const Option> options,
                                                     std::span<const std::string> words);

/// `usage: mqadmin NAME …` and a line for each option, at most 110 characters wide.
std::string usage_text(std::string_view command, std::span<const Option> options);

}  // namespace rocketmq::mqadmin
