#include "rocketmq/common/config_update.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>

#include "rocketmq/common/atomic_file.hpp"
#include "rocketmq/common/properties_edit.hpp"
#include "rocketmq/common/properties_file.hpp"
#include "rocketmq/common/shared_log.hpp"
#include "rocketmq/common/text.hpp"

namespace rocketmq {
namespace {

/// What the reader of a refusal can do.
std::string_view why_not_remotely(const ConfigKey& key) {
  if (names_a_place(key)) return "it names a file, an address or a port";
  return "it is read at the start only: change it in the file";
}

Result<void> check(const ConfigTable& table, const std::vector<Property>& properties,
                   const std::function<bool(std::string_view)>& is_black_listed) {
  for (const Property& property : properties) {
    const ConfigKey* const key = table.find(property.key);
    // A key has its aliases' protection, too.
    if (is_black_listed(property.key) || (key != nullptr && is_black_listed(key->name))) {
      return Error{ResponseCode::NoPermission,
                   "Can not update config in black list: " + property.key};
    }
    if (key != nullptr && (!key->remotely_changeable || names_a_place(*key))) {
      return Error{ResponseCode::NoPermission,
                   "this key cannot be changed remotely: " + property.key + " (" +
                       std::string(why_not_remotely(*key)) + ")"};
    }
  }
  return {};
}

Result<void> write_changes(const std::filesystem::path& file, const ConfigChanges& changes) {
  const auto text = read_file(file);
  if (!text) return text.error();
  std::map<std::string, std::string> values;
  for (const auto& [key, change] : changes) values[key] = change.after;
  const auto edited = edit_properties(text->value_or(""), values);
  if (!edited) return edited.error();
  return write_file_atomically(file, *edited);
}

}  // namespace

Result<ConfigChanges> update_config_remotely(
    ConfigTable& table, std::string_view properties_text, const std::filesystem::path& file,
    const std::function<bool(std::string_view key)>& is_black_listed,
    std::unique_lock<std::mutex>* lock) {
  const auto properties = parse_properties(properties_text);
  if (!properties) return properties.error();
  if (auto checked = check(table, *properties, is_black_listed); !checked) return checked.error();

  ConfigChanges changes;
  const auto restore = [&] {
    for (const auto& [name, change] : changes)
      ensure(table.set(name, change.before).has_value(), "a held value can be set");
  };
  std::string ignored;
  for (const Property& property : *properties) {
    if (const ConfigKey* key = table.find(property.key); key != nullptr) {
      changes.try_emplace(key->name, ConfigChange{.before = key->print(), .after = {}});
    } else if (table.accepts_silently(property.key)) {
      ignored.append(ignored.empty() ? "" : ", ").append(property.key);
    }
    if (auto done = table.set(property.key, property.value); !done) {
      restore();
      return done.error();
    }
  }
  if (!ignored.empty())
    shared_log().warn("keys of other releases that have no effect here: {}", ignored);
  for (auto& [name, change] : changes) change.after = table.find(name)->print();
  std::erase_if(changes,
                [](const auto& entry) { return entry.second.before == entry.second.after; });
  if (changes.empty() || file.empty()) return changes;
  if (lock != nullptr) lock->unlock();
  const auto written = write_changes(file, changes);
  if (lock != nullptr) lock->lock();
  if (!written) {
    restore();
    return written.error();
  }
  return changes;
}

bool names_a_place(const ConfigKey& key) {
  return key.unit == "path" || key.unit == "port" || key.unit.starts_with("ip");
}

bool is_in_key_list(std::string_view list, std::string_view key) {
  const auto keys = split(list, ';');
  return std::find(keys.begin(), keys.end(), key) != keys.end();
}

}  // namespace rocketmq
