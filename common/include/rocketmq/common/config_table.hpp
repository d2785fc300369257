#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "rocketmq/common/address_list.hpp"
#include "rocketmq/common/live.hpp"
#include "rocketmq/common/properties_file.hpp"
#include "rocketmq/common/result.hpp"

namespace rocketmq {

/// When a changed value takes effect.
enum class Changeable { AtRestart, AtOnce };

/// One configuration key of a configuration struct: name, where its value lives, what it means.
/// `parse` refuses a malformed value with the reason ("expected a whole number of 32 bits").
struct ConfigKey {
  std::string name;
  std::string unit;
  std::string meaning;
  Changeable changeable = Changeable::AtRestart;
  /// Printed by `-m`.
  bool important = false;
  /// May be set by a remote request (never a path, an address or a command).
  bool remotely_changeable = false;
  std::vector<std::string> aliases;
  std::function<Result<void>(std::string_view)> parse;
  std::function<std::string()> print;
};

/// Configuration keys bound to a struct's members, in declaration order. From this one table values
/// are parsed, checked, printed (`-p`, `-m`), documented and served to GET_BROKER_CONFIG. Not
/// thread-safe; the bound struct must outlive it.
class ConfigTable {
 public:
  /// Binds a member; the type gives the parser. bool takes true/false in any case; integers check
  /// `min`…`max`.
  ConfigKey& add(std::string name, std::string& value, std::string unit, std::string meaning);
  ConfigKey& add(std::string name, bool& value, std::string unit, std::string meaning);
  ConfigKey& add(std::string name, std::int32_t& value, std::string unit, std::string meaning,
                 std::int32_t min = INT32_MIN, std::int32_t max = INT32_MAX);
  ConfigKey& add(std::string name, std::int64_t& value, std::string unit, std::string meaning,
                 std::int64_t min = INT64_MIN, std::int64_t max = INT64_MAX);
  /// Binds a path, in which ~, $HOME and ${user.home} are replaced; an unknown variable is refused.
  ConfigKey& add_path(std::string name, std::string& value, std::string meaning);
  ConfigKey& add_path(std::string name, std::filesystem::path& value, std::string meaning);
  /// Addresses and networks, separated by ;
  ConfigKey& add(std::string name, AddressList& value, std::string meaning);
  /// Binds a setting that takes effect immediately, and that a remote request may change.
  ConfigKey& add(std::string name, Live<bool>& value, std::string unit, std::string meaning);
  ConfigKey& add(std::string name, LiveText& value, std::string unit, std::string meaning);
  ConfigKey& add(std::string name, Live<std::int32_t>& value, std::string unit, std::string meaning,
                 std::int32_t min = INT32_MIN, std::int32_t max = INT32_MAX);
  ConfigKey& add(std::string name, Live<std::int64_t>& value, std::string unit, std::string meaning,
                 std::int64_t min = INT64_MIN, std::int64_t max = INT64_MAX);
  /// A key whose type has its own parser.
  ConfigKey& add(ConfigKey key);
  /// Binds an enum by exact names.
  template <class Enum>
  ConfigKey& add_enum(std::string name, Enum& value,
                      std::vector<std::pair<std::string, Enum>> names, std::string meaning);
  /// Keys of other releases that are taken without a warning and have no effect.
  void accept_silently(std::vector<std::string> names);
  bool accepts_silently(std::string_view name) const;

  const ConfigKey* find(std::string_view name) const;
  const std::vector<ConfigKey>& keys() const { return keys_; }

  /// Sets one key. Error: unknown key, or the value is malformed (names key and reason).
  Result<void> set(std::string_view name, std::string_view value);

  /// Applies a file's properties. Errors name file, line, key, value and reason of the first
  /// malformed value. Unknown keys are kept and reported to `warn`, one text each, with the nearest
  /// known key when there is one.
  Result<void> apply(const std::vector<Property>& properties, std::string_view file,
                     const std::function<void(std::string)>& warn);

  /// "key=value" lines in declaration order; unknown keys that a file brought come last.
  std::string print(bool important_only = false) const;
  /// Unknown keys that were applied.
  const std::map<std::string, std::string>& unknown() const { return unknown_; }
  /// The table as Markdown rows: key, default, unit, when it takes effect, meaning. Call it before
  /// anything is applied.
  std::string markdown() const;

 private:
  std::vector<ConfigKey> keys_;
  std::vector<std::string> silent_;
  std::map<std::string, std::string> unknown_;
};

template <class Enum>
ConfigKey& ConfigTable::add_enum(std::string name, Enum& value,
                                 std::vector<std::pair<std::string, Enum>> names,
                                 std::string meaning) {
  std::string expected;
  for (const auto& [text, unused] : names) expected += (expected.empty() ? "" : ", ") + text;
  ConfigKey key;
  key.name = std::move(name);
  key.meaning = std::move(meaning);
  key.unit = expected;
  key.print = [&value, names] {
    for (const auto& [text, candidate] : names) {
      if (candidate == value) return text;
    }
    return std::string();
  };
  key.parse = [&value, names, expected](std::string_view text) -> Result<void> {
    for (const auto& [name_of, candidate] : names) {
      if (name_of == text) {
        value = candidate;
        return {};
      }
    }
    return Error{ResponseCode::SystemError, "expected one of " + expected};
  };
  return add(std::move(key));
}

}  // namespace rocketmq
