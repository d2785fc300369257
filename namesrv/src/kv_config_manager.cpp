#include "kv_config_manager.hpp"

#include <spdlog/spdlog.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "rocketmq/common/atomic_file.hpp"
#include "rocketmq/common/fastjson.hpp"
#include "rocketmq/common/json_reader.hpp"
#include "rocketmq/common/text.hpp"

namespace rocketmq::namesrv {
namespace {

Error not_found(std::string_view name_space, std::string_view key) {
  return {ResponseCode::QueryNotFound,
          "No config item, Namespace: " + std::string(name_space) + " Key: " + std::string(key)};
}

bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

Result<void> check_length(std::string_view what, std::string_view text) {
  if (text.size() <= KvConfigManager::text_bytes_max) return {};
  return Error{ResponseCode::SystemError,
               std::string(what) + " has " + std::to_string(text.size()) + " bytes, at most " +
                   std::to_string(KvConfigManager::text_bytes_max) + " are taken"};
}

/// Bytes of a text as JSON, at most: escapes, and the replacement for a byte that is no UTF-8.
std::size_t encoded_bytes(std::string_view text) {
  std::size_t bytes = 2;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    bytes += byte < 0x20 ? 6 : byte >= 0x80 ? 3 : c == '"' || c == '\\' ? 2 : 1;
  }
  return bytes;
}

template <class Pairs>
std::size_t encoded_bytes_of(const Pairs& pairs) {
  std::size_t bytes = 0;
  for (const auto& [key, value] : pairs) bytes += encoded_bytes(key) + encoded_bytes(value) + 2;
  return bytes;
}

template <class Table>
std::size_t encoded_bytes_of_all(const Table& table) {
  std::size_t bytes = 0;
  for (const auto& [name_space, pairs] : table)
    bytes += encoded_bytes(name_space) + encoded_bytes_of(pairs) + 4;
  return bytes;
}

}  // namespace

KvConfigManager::KvConfigManager(std::filesystem::path file, Limits limits)
    : file_(std::move(file)), limits_(limits) {}

Result<void> KvConfigManager::check_growth(const Table& changed,
                                           const std::string& name_space) const {
  const auto grows_beyond = [](std::size_t before, std::size_t after, std::size_t limit) {
    return after > limit && after > before;  // a file that was larger may shrink in steps
  };
  const auto held = table_.find(name_space);
  const std::size_t before = held == table_.end() ? 0 : encoded_bytes_of(held->second);
  const std::size_t after = encoded_bytes_of(changed.find(name_space)->second);
  if (grows_beyond(before, after, limits_.name_space_bytes_max)) {
    return Error{ResponseCode::SystemError, "the KV pairs of one name space may have " +
                                                std::to_string(limits_.name_space_bytes_max) +
                                                " bytes"};
  }
  if (grows_beyond(encoded_bytes_of_all(table_), encoded_bytes_of_all(changed),
                   limits_.bytes_max)) {
    return Error{ResponseCode::SystemError,
                 "all KV pairs may have " + std::to_string(limits_.bytes_max) + " bytes"};
  }
  return {};
}

Result<KvConfigManager::Table> KvConfigManager::parse(std::string_view text) {
  JsonReader in(text, JsonReader::Source::Trusted);
  Table table;
  const auto read_pairs = [&](Pairs& pairs) {
    return in.object([&](std::string_view key) {
      if (in.kind() == JsonReader::Kind::Null) return in.skip();
      std::string name(key);
      return in.read(pairs[std::move(name)]);
    });
  };
  const auto read = [&](std::string_view name) {
    if (!json_name_is(name, "configTable")) return in.skip();
    return in.object(
        [&](std::string_view name_space) { return read_pairs(table[std::string(name_space)]); });
  };
  const bool is_object = in.kind() == JsonReader::Kind::Object || in.fail("an object expected");
  if (!is_object || !in.object(read) || !in.end()) return in.error();
  return table;
}

Result<void> KvConfigManager::load() {
  const std::filesystem::path backup = backup_of(file_);
  Error failure;
  for (const auto& file : {file_, backup}) {
    const auto text = read_file(file);
    if (text && !text->has_value()) {
      if (file == backup) break;
      spdlog::warn("no KV configuration yet: {}", file_.string());
      return {};
    }
    // An empty file is what a crash of a writer without atomic replacement leaves.
    auto table = !text ? Result<Table>(text.error())
                 : is_blank(**text)
                     ? Result<Table>(Error{ResponseCode::SystemError, "the file is empty"})
                     : parse(**text);
    if (table) {
      const std::unique_lock lock(mutex_);
      table_ = std::move(*table);
      if (file == backup) {
        spdlog::warn("the KV configuration is taken from {}", backup.string());
        if (const auto kept = set_damaged_aside(file_); !kept)
          spdlog::warn("{}", kept.error().remark);
      }
      return {};
    }
    spdlog::error("KV configuration {} cannot be used: {}", file.string(), table.error().remark);
    if (file == file_) failure = table.error();
  }
  return Error{failure.code,
               "KV configuration " + file_.string() + " cannot be used: " + failure.remark};
}

Result<void> KvConfigManager::replace(Table changed) {
  nlohmann::json json;
  json["configTable"] = changed;
  if (auto written = write_file_atomically(file_, dump_json(json)); !written) {
    spdlog::error("the KV configuration cannot be written: {}", written.error().remark);
    return written;
  }
  // The former table is destroyed by the caller's end, when no reader waits for it.
  const std::unique_lock lock(mutex_);
  table_.swap(changed);
  return {};
}

Result<void> KvConfigManager::put(const std::string& name_space, const std::string& key,
                                  const std::string& value) {
  if (auto checked = check_length("namespace", name_space); !checked) return checked;
  if (auto checked = check_length("key", key); !checked) return checked;
  if (auto checked = check_length("value", value); !checked) return checked;
  const std::lock_guard change(change_mutex_);
  Table changed = table_;  // nothing else writes it while change_mutex_ is held
  std::size_t entries = 0;
  for (const auto& [space, pairs] : changed) entries += pairs.size();
  const auto [pair, is_new] = changed[name_space].insert_or_assign(key, value);
  if (is_new && entries >= entries_max) {
    return Error{ResponseCode::SystemError, "the name server already holds " +
                                                std::to_string(entries) + " KV pairs, its limit"};
  }
  if (auto checked = check_growth(changed, name_space); !checked) return checked;
  auto replaced = replace(std::move(changed));
  if (replaced) {
    spdlog::info("putKVConfig {} config item, Namespace: {} Key: {} Value: {}",
                 is_new ? "create new" : "update", printable(name_space), printable(key),
                 printable(value));
  }
  return replaced;
}

Result<std::string> KvConfigManager::get(std::string_view name_space, std::string_view key) const {
  const std::shared_lock lock(mutex_);
  const auto pairs = table_.find(name_space);
  if (pairs == table_.end()) return not_found(name_space, key);
  const auto pair = pairs->second.find(key);
  if (pair == pairs->second.end()) return not_found(name_space, key);
  return pair->second;
}

Result<void> KvConfigManager::remove(std::string_view name_space, std::string_view key) {
  const std::lock_guard change(change_mutex_);
  Table changed = table_;
  const auto pairs = changed.find(name_space);
  if (pairs == changed.end()) return {};
  const auto pair = pairs->second.find(key);
  if (pair == pairs->second.end()) return {};
  const std::string value = pair->second;
  pairs->second.erase(pair);
  if (pairs->second.empty()) changed.erase(pairs);
  auto replaced = replace(std::move(changed));
  if (replaced) {
    spdlog::info("deleteKVConfig delete a config item, Namespace: {} Key: {} Value: {}",
                 printable(name_space), printable(key), printable(value));
  }
  return replaced;
}

Result<std::string> KvConfigManager::keys_of_value(std::string_view name_space,
                                                   std::string_view value) const {
  const std::shared_lock lock(mutex_);
  std::string keys;
  if (const auto pairs = table_.find(name_space); pairs != table_.end()) {
    for (const auto& [key, held] : pairs->second) {
      if (held == value) keys += (keys.empty() ? "" : ";") + key;
    }
  }
  if (keys.empty()) return not_found(name_space, value);
  return keys;
}

Result<void> KvConfigManager::remove_by_value(std::string_view name_space, std::string_view value) {
  const std::lock_guard change(change_mutex_);
  Table changed = table_;
  const auto pairs = changed.find(name_space);
  if (pairs == changed.end()) return {};
  const auto removed =
      std::erase_if(pairs->second, [&](const auto& pair) { return pair.second == value; });
  if (removed == 0) return {};
  if (pairs->second.empty()) changed.erase(pairs);
  auto replaced = replace(std::move(changed));
  if (replaced)
    spdlog::info("deleted {} KV pairs with value {}, Namespace: {}", removed, printable(value),
                 printable(name_space));
  return replaced;
}

Result<remoting::KvTable> KvConfigManager::list(std::string_view name_space) const {
  const std::shared_lock lock(mutex_);
  const auto pairs = table_.find(name_space);
  if (pairs == table_.end()) {
    return Error{ResponseCode::QueryNotFound,
                 "No config item, Namespace: " + std::string(name_space)};
  }
  return remoting::KvTable{.table = {pairs->second.begin(), pairs->second.end()}};
}

void KvConfigManager::log_all() const {
  Table table;
  {
    const std::shared_lock lock(mutex_);
    table = table_;
  }
  spdlog::info("configTable SIZE: {}", table.size());
  for (const auto& [name_space, pairs] : table) {
    for (const auto& [key, value] : pairs)
      spdlog::info("configTable NS: {} Key: {} Value: {}", printable(name_space), printable(key),
                   printable(value));
  }
}

}  // namespace rocketmq::namesrv
