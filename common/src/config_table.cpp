#include "rocketmq/common/config_table.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <limits>
#include <optional>
#include <unordered_map>

#include "properties_text.hpp"
#include "rocketmq/common/home.hpp"
#include "rocketmq/common/text.hpp"

namespace rocketmq {
namespace {

Error refused(std::string reason) { return {ResponseCode::SystemError, std::move(reason)}; }

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

Result<bool> parse_bool(std::string_view text) {
  const std::string name = lower(text);
  if (name == "true") return true;
  if (name == "false") return false;
  return refused("expected true or false");
}

template <class Integer>
Result<Integer> parse_integer(std::string_view text, Integer min, Integer max) {
  // Java writes a sign before a positive number gladly; from_chars does not read it.
  const std::string_view digits =
      text.size() > 1 && text[0] == '+' && text[1] != '-' ? text.substr(1) : text;
  Integer value = 0;
  const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  const bool is_whole_number = end == digits.data() + digits.size() && !digits.empty();
  if (is_whole_number && failure == std::errc::result_out_of_range) {
    return refused("expected a whole number of " + std::to_string(sizeof(Integer) * 8) + " bits");
  }
  if (!is_whole_number || failure != std::errc{}) {
    return refused("expected a whole number, without unit or arithmetic");
  }
  if (value < min || value > max) {
    if (max == std::numeric_limits<Integer>::max())
      return refused("expected at least " + std::to_string(min));
    if (min == std::numeric_limits<Integer>::min())
      return refused("expected at most " + std::to_string(max));
    return refused("expected a number from " + std::to_string(min) + " to " + std::to_string(max));
  }
  return value;
}

/// `Value` is an integer or a live one.
template <class Integer, class Value>
ConfigKey integer_key(Value& value, Integer min, Integer max) {
  ConfigKey key;
  key.parse = [&value, min, max](std::string_view text) -> Result<void> {
    const auto parsed = parse_integer<Integer>(text, min, max);
    if (!parsed) return parsed.error();
    value = *parsed;
    return {};
  };
  key.print = [&value] { return std::to_string(static_cast<Integer>(value)); };
  return key;
}

template <class Value>
ConfigKey bool_key(Value& value) {
  ConfigKey key;
  key.parse = [&value](std::string_view text) -> Result<void> {
    const auto parsed = parse_bool(text);
    if (!parsed) return parsed.error();
    value = *parsed;
    return {};
  };
  key.print = [&value]() -> std::string { return value ? "true" : "false"; };
  return key;
}

/// `Value` is a text or a path.
template <class Value>
ConfigKey path_key(Value& value) {
  ConfigKey key;
  key.parse = [&value](std::string_view text) -> Result<void> {
    auto path = expand_path(text);
    if (!path) return path.error();
    value = *std::move(path);
    return {};
  };
  key.print = [&value] { return std::filesystem::path(value).string(); };
  return key;
}

/// Takes effect immediately, and may be set by a remote request.
ConfigKey live(ConfigKey key) {
  key.changeable = Changeable::AtOnce;
  key.remotely_changeable = true;
  return key;
}

ConfigKey described(ConfigKey key, std::string name, std::string unit, std::string meaning) {
  key.name = std::move(name);
  key.unit = std::move(unit);
  key.meaning = std::move(meaning);
  return key;
}

/// How many characters must be inserted, removed or changed to make one name of the other.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t changed = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, changed});
    }
  }
  return row[b.size()];
}

/// The known name that looks most like `name`, when one is near enough to be meant.
std::optional<std::string> nearest(const std::vector<ConfigKey>& keys, std::string_view name) {
  constexpr std::size_t name_chars_max = 128;
  if (name.size() > name_chars_max) return std::nullopt;
  const std::string wanted = lower(name);
  std::size_t best_distance = std::max<std::size_t>(2, name.size() / 3) + 1;
  std::optional<std::string> best;
  for (const ConfigKey& key : keys) {
    const std::size_t distance = edit_distance(wanted, lower(key.name));
    if (distance < best_distance) {
      best_distance = distance;
      best = key.name;
    }
  }
  return best;
}

std::string table_cell(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '|') out += '\\';
    out += c == '\n' ? ' ' : c;
  }
  return out;
}

}  // namespace

ConfigKey& ConfigTable::add(std::string name, std::string& value, std::string unit,
                            std::string meaning) {
  ConfigKey key;
  key.parse = [&value](std::string_view text) -> Result<void> {
    value = text;
    return {};
  };
  key.print = [&value] { return value; };
  return add(described(std::move(key), std::move(name), std::move(unit), std::move(meaning)));
}

ConfigKey& ConfigTable::add(std::string name, bool& value, std::string unit, std::string meaning) {
  return add(described(bool_key(value), std::move(name), std::move(unit), std::move(meaning)));
}

ConfigKey& ConfigTable::add(std::string name, std::int32_t& value, std::string unit,
                            std::string meaning, std::int32_t min, std::int32_t max) {
  return add(described(integer_key(value, min, max), std::move(name), std::move(unit),
                       std::move(meaning)));
}

ConfigKey& ConfigTable::add(std::string name, std::int64_t& value, std::string unit,
                            std::string meaning, std::int64_t min, std::int64_t max) {
  return add(described(integer_key(value, min, max), std::move(name), std::move(unit),
                       std::move(meaning)));
}

ConfigKey& ConfigTable::add_path(std::string name, std::string& value, std::string meaning) {
  return add(described(path_key(value), std::move(name), "path", std::move(meaning)));
}

ConfigKey& ConfigTable::add_path(std::string name, std::filesystem::path& value,
                                 std::string meaning) {
  return add(described(path_key(value), std::move(name), "path", std::move(meaning)));
}

ConfigKey& ConfigTable::add(std::string name, AddressList& value, std::string meaning) {
  ConfigKey key;
  key.parse = [&value](std::string_view text) -> Result<void> {
    auto parsed = AddressList::parse(text);
    if (!parsed) return parsed.error();
    value = *std::move(parsed);
    return {};
  };
  key.print = [&value] { return value.text(); };
  return add(described(std::move(key), std::move(name), "ip or ip/bits, separated by ;",
                       std::move(meaning)));
}

ConfigKey& ConfigTable::add(std::string name, Live<bool>& value, std::string unit,
                            std::string meaning) {
  return add(
      live(described(bool_key(value), std::move(name), std::move(unit), std::move(meaning))));
}

ConfigKey& ConfigTable::add(std::string name, LiveText& value, std::string unit,
                            std::string meaning) {
  ConfigKey key;
  key.parse = [&value](std::string_view text) -> Result<void> {
    value = text;
    return {};
  };
  key.print = [&value] { return value.get(); };
  return add(live(described(std::move(key), std::move(name), std::move(unit), std::move(meaning))));
}

ConfigKey& ConfigTable::add(std::string name, Live<std::int32_t>& value, std::string unit,
                            std::string meaning, std::int32_t min, std::int32_t max) {
  return add(live(described(integer_key(value, min, max), std::move(name), std::move(unit),
                            std::move(meaning))));
}

ConfigKey& ConfigTable::add(std::string name, Live<std::int64_t>& value, std::string unit,
                            std::string meaning, std::int64_t min, std::int64_t max) {
  return add(live(described(integer_key(value, min, max), std::move(name), std::move(unit),
                            std::move(meaning))));
}

ConfigKey& ConfigTable::add(ConfigKey key) {
  ensure(find(key.name) == nullptr, "a configuration key is declared once");
  ensure(key.parse && key.print, "a configuration key can be parsed and printed");
  return keys_.emplace_back(std::move(key));
}

void ConfigTable::accept_silently(std::vector<std::string> names) {
  silent_.insert(silent_.end(), std::make_move_iterator(names.begin()),
                 std::make_move_iterator(names.end()));
}

bool ConfigTable::accepts_silently(std::string_view name) const {
  return std::find(silent_.begin(), silent_.end(), name) != silent_.end();
}

const ConfigKey* ConfigTable::find(std::string_view name) const {
  const auto found = std::find_if(keys_.begin(), keys_.end(), [name](const ConfigKey& key) {
    return key.name == name ||
           std::find(key.aliases.begin(), key.aliases.end(), name) != key.aliases.end();
  });
  return found == keys_.end() ? nullptr : &*found;
}

Result<void> ConfigTable::set(std::string_view name, std::string_view value) {
  const ConfigKey* key = find(name);
  if (key != nullptr) {
    const auto parsed = key->parse(trim(value));
    if (parsed) return {};
    return refused(std::string(name) + "=" + std::string(trim(value)) + ": " +
                   parsed.error().remark);
  }
  if (accepts_silently(name)) return {};
  const auto similar = nearest(keys_, name);
  return refused("unknown key " + std::string(name) +
                 (similar ? ", did you mean " + *similar + "?" : ""));
}

Result<void> ConfigTable::apply(const std::vector<Property>& properties, std::string_view file,
                                const std::function<void(std::string)>& warn) {
  std::unordered_map<std::string_view, const Property*> last;
  for (const Property& property : properties) last[property.key] = &property;

  std::string ignored;
  for (const Property& property : properties) {
    if (last[property.key] != &property) continue;
    const std::string place = std::string(file) + ":" + std::to_string(property.line) + ": ";
    if (find(property.key) != nullptr || accepts_silently(property.key)) {
      const auto done = set(property.key, property.value);
      if (!done) return refused(place + done.error().remark);
      if (find(property.key) == nullptr)
        ignored.append(ignored.empty() ? "" : ", ").append(property.key);
      continue;
    }
    unknown_[property.key] = trim(property.value);
    if (!warn) continue;
    const auto similar = nearest(keys_, property.key);
    warn(place + "unknown key " + property.key + " has no effect" +
         (similar ? ", did you mean " + *similar + "?" : ""));
  }
  if (!ignored.empty() && warn)
    warn(std::string(file) + ": keys of other releases that have no effect here: " + ignored);
  return {};
}

namespace {
constexpr std::string_view unknown_value = "(unknown key, value not shown)";
}  // namespace

std::string ConfigTable::print(bool important_only) const {
  std::string out;
  for (const ConfigKey& key : keys_) {
    if (important_only && !key.important) continue;
    out += key.name + "=" + escape_property(key.print(), false) + "\n";
  }
  if (important_only) return out;
  // Not their values, which peers and the log get as well: a key of other programs may be a secret.
  for (const auto& [name, value] : unknown_)
    out += escape_property(name, true) + "=" + std::string(unknown_value) + "\n";
  return out;
}

std::string ConfigTable::markdown() const {
  std::string out = "| key | default | unit | takes effect | meaning |\n|---|---|---|---|---|\n";
  for (const ConfigKey& key : keys_) {
    const std::string value = key.print();
    out += "| " + table_cell(key.name) + " | " +
           (value.empty() ? "" : "`" + table_cell(value) + "`") + " | " + table_cell(key.unit) +
           " | " + (key.changeable == Changeable::AtOnce ? "immediately" : "at the next start") +
           " | " + table_cell(key.meaning) + " |\n";
  }
  return out;
}

}  // namespace rocketmq
