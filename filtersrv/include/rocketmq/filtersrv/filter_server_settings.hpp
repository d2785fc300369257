#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "rocketmq/common/address_list.hpp"
#include "rocketmq/common/config_table.hpp"
#include "rocketmq/common/logging.hpp"
#include "rocketmq/common/properties_file.hpp"
#include "rocketmq/common/result.hpp"
#include "rocketmq/common/server_config.hpp"
#include "rocketmq/daemon/options.hpp"

namespace rocketmq::filtersrv {

/// What becomes of a message on which a filter fails.
enum class FailedMessages : std::uint8_t { Skip, Deliver };

/// The filter server's configuration; member names are the keys' names, in our spelling
/// (docs/configuration.md). Nothing of it changes while the server runs.
struct FilterServerConfig : ServerConfig {
  /// listenPort is the broker's port: a broker's own file serves its filter servers as well
  /// (spec/filtersrv.md §2).
  FilterServerConfig() { listen_port = 10'911; }

  std::string rocketmq_home;
  std::string namesrv_addr;
  /// Empty: 127.0.0.1 and listenPort.
  std::string connect_which_broker;
  std::string filter_server_ip;
  std::int32_t filter_server_port = 0;

  std::int32_t compress_msg_body_over_howmuch = 8'192;
  std::int32_t zip_compress_level = 5;
  FailedMessages failed_messages = FailedMessages::Skip;

  bool client_upload_filter_class_enable = true;
  AddressList filter_upload_allowed_addresses;
  /// Groups separated by ; and empty for all.
  std::string filter_upload_allowed_groups;
  /// Public keys in PEM; empty: uploads need no signature.
  std::filesystem::path filter_upload_keys;
  std::string filter_engines = "expr";
  std::int32_t filter_upload_bytes_max = 65'536;
  std::int32_t filter_uploads_per_minute = 60;
  std::int32_t filters_max = 1'024;
  std::int32_t filter_idle_seconds = 600;

  /// Of engines that run code of users in worker processes.
  std::int32_t filter_workers_max = 16;
  std::int32_t filter_library_workers = 4;
  std::int64_t filter_workers_memory_bytes_max = 1'073'741'824;
  std::int64_t filter_worker_memory_bytes = 67'108'864;
  std::int32_t filter_message_deadline_ms = 1'000;
  std::int32_t filter_batch_deadline_ms = 5'000;
  std::filesystem::path filter_workers_cgroup;
  std::filesystem::path filter_compiler = "/usr/bin/g++";
  std::filesystem::path filter_compiler_include_directory;
  std::filesystem::path filter_compiler_work_directory = "/tmp";
  std::filesystem::path filter_java_home;
  std::int64_t filter_java_memory_bytes = 536'870'912;

  std::int32_t fs_server_async_semaphore_value = 2'048;
  std::int64_t filter_buffer_bytes_max = 268'435'456;
  std::int32_t fs_server_callback_executor_threads = 2;
  std::int32_t fs_server_worker_threads = 1;

  /// Filters that the operator has installed: class name → "expr:<expression>" or "lib:<path>".
  /// Keys filterClass.<name>.
  std::map<std::string, std::string> filter_classes;

  /// "ip:port" of the broker.
  std::string broker_address() const;
};

/// Everything that configures one mqfiltersrv, and the table of its keys. Neither copied nor moved,
/// because the table is bound to the members. Belongs to main, before the server runs.
struct FilterServerSettings {
  FilterServerConfig config;
  LogOptions log{.name = "filtersrv"};
  ConfigTable table;

  /// Binds every key, with the defaults of this machine and its environment.
  FilterServerSettings();
  FilterServerSettings(const FilterServerSettings&) = delete;
  FilterServerSettings& operator=(const FilterServerSettings&) = delete;

  /// Reads the file of -c, then -n, which wins. `warn` gets a text for what has no effect. Error:
  /// the file cannot be read, or has a malformed value.
  Result<void> configure(const DaemonOptions& options,
                         const std::function<void(std::string)>& warn);
  /// Checks what no single key can be checked for.
  Result<void> check() const;
  /// "key=value" lines, the installed filters among them.
  std::string print(bool important_only) const;
  /// "FILE:LINE: KEY: reason", of the line that counts; without the place if no file has the key.
  Error refusal(const std::string& key, const std::string& reason) const;

 private:
  /// Where the server listens and what it publishes, where `properties` do not say it.
  void settle_exposure(const std::vector<Property>& properties);
  void note_places(const std::vector<Property>& properties, const std::string& file);

  std::map<std::string, std::string> places_;  // key → "FILE:LINE: "
};

/// What may be the name of a filter class: 1 to 255 letters, digits, `_`, `$`, `-` and dots, no
/// path.
bool is_class_name(std::string_view name);

}  // namespace rocketmq::filtersrv
