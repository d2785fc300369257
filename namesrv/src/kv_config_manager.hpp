#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <utility>

#include "rocketmq/common/result.hpp"
#include "rocketmq/protocol/route_data.hpp"

namespace rocketmq::namesrv {

/// Pairs of texts by name space, kept on disk: order configurations of topics and what
/// administrators put there.
///
/// Every call is safe on any thread. A change is written to the file before the reply and
/// before readers see it; when the file cannot be written nothing changes. Bounded: entries_max
/// pairs, text_bytes_max for each text, and the encoded bytes of one name space and of all.
class KvConfigManager {
 public:
  static constexpr std::size_t entries_max = 100'000;
  static constexpr std::size_t text_bytes_max = 64 * 1024;
  /// How large the pairs may become as JSON. A whole name space is sent in one frame, the order
  /// configurations with every registration's response.
  struct Limits {
    std::size_t name_space_bytes_max = 8 * 1024 * 1024;
    std::size_t bytes_max = 64 * 1024 * 1024;
  };

  explicit KvConfigManager(std::filesystem::path file)
      : KvConfigManager(std::move(file), Limits{}) {}
  KvConfigManager(std::filesystem::path file, Limits limits);

  /// Reads the file; a missing one is an empty table and a warning. When it cannot be read, the
  /// copy beside it (.bak) is taken. Error: neither can be read; the remark names the file.
  Result<void> load();

  Result<void> put(const std::string& name_space, const std::string& key, const std::string& value);
  /// QueryNotFound when it is missing.
  Result<std::string> get(std::string_view name_space, std::string_view key) const;
  /// Removing what is not there succeeds.
  Result<void> remove(std::string_view name_space, std::string_view key);

  /// Keys that have this value, joined by ';'. QueryNotFound when there is none.
  Result<std::string> keys_of_value(std::string_view name_space, std::string_view value) const;
  Result<void> remove_by_value(std::string_view name_space, std::string_view value);

  /// All pairs of a name space; QueryNotFound when it does not exist.
  Result<remoting::KvTable> list(std::string_view name_space) const;

  /// Logs every pair.
  void log_all() const;

 private:
  using Pairs = std::map<std::string, std::string, std::less<>>;
  using Table = std::map<std::string, Pairs, std::less<>>;

  /// Writes `changed` to the file and makes it the table. change_mutex_ is held.
  Result<void> replace(Table changed);
  static Result<Table> parse(std::string_view text);

  /// Refuses a change of one pair that makes its name space, or all of them, larger than allowed.
  Result<void> check_growth(const Table& changed, const std::string& name_space) const;

  const std::filesystem::path file_;
  const Limits limits_;
  std::mutex change_mutex_;  ///< one change at a time; taken before mutex_
  mutable std::shared_mutex mutex_;
  Table table_;  // guarded by mutex_; changed only with change_mutex_ held as well
};

}  // namespace rocketmq::namesrv
