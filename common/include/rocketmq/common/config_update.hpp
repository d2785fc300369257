#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "rocketmq/common/config_table.hpp"
#include "rocketmq/common/result.hpp"

namespace rocketmq {

/// One value that a request has changed.
struct ConfigChange {
  std::string before;
  std::string after;
};
/// By key.
using ConfigChanges = std::map<std::string, ConfigChange>;

/// Applies the properties text of a remote request to `table`, all of it or nothing, and writes the
/// changes into `file`, whose comments and other keys stay; an empty `file` is left out. Only keys
/// that say so may be changed remotely, and none that `is_black_listed`. Callers serialise calls.
/// `lock`, where there is one, guards the table and is released while the file is written: readers
/// see the new values then. Keys of other releases change nothing, which the log says. Errors:
/// NoPermission, naming the key and the reason; SystemError for an unknown key, a malformed value
/// or a file that cannot be written.
Result<ConfigChanges> update_config_remotely(
    ConfigTable& table, std::string_view properties_text, const std::filesystem::path& file,
    const std::function<bool(std::string_view key)>& is_black_listed,
    std::unique_lock<std::mutex>* lock = nullptr);

/// True for a path, a command, an address or a port: whatever else the key says of itself, no
/// remote request changes it.
bool names_a_place(const ConfigKey& key);

/// Whether `list`, the value of configBlackList, names the key.
bool is_in_key_list(std::string_view list, std::string_view key);

}  // namespace rocketmq
