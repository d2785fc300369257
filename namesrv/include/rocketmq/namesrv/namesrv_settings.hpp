#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "rocketmq/common/config_table.hpp"
#include "rocketmq/common/logging.hpp"
#include "rocketmq/common/properties_file.hpp"
#include "rocketmq/common/result.hpp"
#include "rocketmq/common/server_config.hpp"
#include "rocketmq/common/shared_log.hpp"
#include "rocketmq/daemon/metrics.hpp"
#include "rocketmq/daemon/options.hpp"

namespace rocketmq::namesrv {

/// The name server's configuration; member names are the keys' names, in our spelling
/// (docs/configuration.md).
struct NamesrvConfig : ServerConfig {
  NamesrvConfig() {
    listen_port = 9'876;
    server_selector_threads = 3;
  }

  std::string rocketmq_home;
  std::string kv_config_path;
  std::string config_store_path;
  std::string product_env_name = "center";
  bool cluster_test = false;
  bool order_message_enable = false;
  std::string config_black_list = "configBlackList;configStorePath;kvConfigPath";

  std::int32_t server_worker_threads = 8;
  std::int32_t write_buffer_high_water_mark = 0;
  LogOptions log{
      .name = "namesrv",
      .file_bytes_max = 100 * 1024 * 1024,
      .files_max = 5,
      .subjects = {{.subject = LogSubject::Remoting}, {.subject = LogSubject::SlowRequests}}};
  /// Another port than the broker's: both are often on one machine.
  MetricsConfig metrics{.port = 5'558};
};

/// The configuration of one name server, from its start to its remote changes. Neither copied nor
/// moved, because the table of keys is bound to the members.
///
/// configure() and set() belong to main, before the server runs; config() is read then as well. The
/// other calls are safe on any thread at any time.
class NamesrvSettings {
 public:
  /// `home` is the user's home directory, below which the state lies; `rocketmq_home` the
  /// installation's root.
  NamesrvSettings(const std::filesystem::path& home, const std::filesystem::path& rocketmq_home);
  NamesrvSettings(const NamesrvSettings&) = delete;
  NamesrvSettings& operator=(const NamesrvSettings&) = delete;

  /// Reads the file of -c, to which remote changes will be written, and decides what is open to
  /// whom. Errors name file, line, key and reason.
  Result<void> configure(const DaemonOptions& options,
                         const std::function<void(std::string)>& warn);
  Result<void> set(std::string_view key, std::string_view value);
  const NamesrvConfig& config() const { return config_; }

  /// "key=value" lines of every key.
  std::string print() const;

  /// Whether the key works, or is of another release and has no effect.
  bool knows(std::string_view key) const;

  /// Applies properties text from a remote request, all of it or nothing, and writes what changed
  /// to configStorePath. NoPermission: a key that must not be changed remotely. SystemError: an
  /// unknown key, a malformed value, or the file cannot be written.
  Result<void> update(std::string_view properties_text);

  bool order_message_enable() const {
    return order_message_enable_.load(std::memory_order_relaxed);
  }

 private:
  void bind_keys();
  Result<std::vector<Property>> load(const std::filesystem::path& file,
                                     const std::function<void(std::string)>& warn);
  void publish();

  NamesrvConfig config_;
  std::mutex update_mutex_;  // held while the file is written; taken before mutex_
  mutable std::mutex mutex_;
  ConfigTable table_;  // guarded by mutex_, and the members that update() may change with it
  /// A copy of what the route processor asks for on every request.
  std::atomic<bool> order_message_enable_{false};
};

}  // namespace rocketmq::namesrv
