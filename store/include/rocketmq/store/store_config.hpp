#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "rocketmq/common/live.hpp"

namespace rocketmq {
class ConfigTable;
}

namespace rocketmq::store {

enum class FlushDiskType { AsyncFlush, SyncFlush };
enum class BrokerRole { AsyncMaster, SyncMaster, Slave };

/// The store's configuration; member names are the keys' names, in our spelling. Read when the
/// store opens; live members are read again where they are used, so that a change needs no restart.
struct StoreConfig {
  std::filesystem::path store_path_root_dir;
  /// Empty means <root>/commitlog.
  std::filesystem::path store_path_commit_log;
  std::int32_t mapped_file_size_commit_log = 1024 * 1024 * 1024;
  /// Rounded up to a multiple of 20.
  std::int32_t mapped_file_size_consume_queue = 6'000'000;
  FlushDiskType flush_disk_type = FlushDiskType::AsyncFlush;
  BrokerRole broker_role = BrokerRole::AsyncMaster;
  std::int64_t broker_id = 0;
  /// Not a key: the store was a slave's until now. Its queues may begin anywhere.
  bool was_replica = false;
  bool is_slave() const { return broker_role == BrokerRole::Slave; }

  // Replication (spec/ha.md).

  /// 0: listenPort + 1.
  std::int32_t ha_listen_port = 0;
  /// Counts only with 6 characters or more: the slave then follows this address, whatever name
  /// servers say.
  std::string ha_master_address;
  Live<std::int32_t> ha_send_heartbeat_interval_ms = 5'000;
  Live<std::int32_t> ha_housekeeping_interval_ms = 20'000;
  Live<std::int32_t> ha_transfer_batch_bytes = 32 * 1024;
  /// A slave that is this many bytes or more behind a put is not waited for.
  Live<std::int64_t> ha_slave_fallbehind_max_bytes = 256LL * 1024 * 1024;
  Live<std::int32_t> slave_timeout_ms = 3'000;
  /// Under SYNC_MASTER: brokers that have a message before its send is answered, the master
  /// counted.
  std::int32_t in_sync_replicas = 2;
  /// Under ASYNC_MASTER: sends wait while a slave that is in step is further behind; 0: they never
  /// do.
  std::int64_t async_slave_lag_max_bytes = 256LL * 1024 * 1024;

  Live<std::int32_t> flush_interval_commit_log_ms = 500;
  Live<std::int32_t> flush_commit_log_least_pages = 4;
  Live<std::int32_t> flush_commit_log_thorough_interval_ms = 10'000;
  Live<std::int32_t> flush_interval_consume_queue_ms = 1'000;
  Live<std::int32_t> flush_consume_queue_least_pages = 2;
  Live<std::int32_t> flush_consume_queue_thorough_interval_ms = 60'000;
  Live<std::int32_t> sync_flush_timeout_ms = 5'000;

  Live<std::int32_t> clean_resource_interval_ms = 10'000;
  LiveText delete_when = "04";
  Live<std::int32_t> file_reserved_time_hours = 72;
  Live<std::int32_t> disk_max_used_space_ratio = 75;
  Live<std::int32_t> disk_space_clean_forcibly_ratio = 85;
  Live<std::int32_t> disk_space_warning_level_ratio = 90;
  Live<bool> clean_file_forcibly_enable = true;

  Live<std::int32_t> max_message_size = 4 * 1024 * 1024;
  bool check_crc_on_recover = true;
  bool message_index_enable = true;
  std::int32_t max_hash_slot_num = 5'000'000;
  std::int32_t max_index_num = 20'000'000;
  Live<std::int32_t> max_msgs_num_batch = 64;

  Live<std::int32_t> max_transfer_bytes_on_message_in_memory = 256 * 1024;
  Live<std::int32_t> max_transfer_count_on_message_in_memory = 32;
  Live<std::int32_t> max_transfer_bytes_on_message_in_disk = 64 * 1024;
  Live<std::int32_t> max_transfer_count_on_message_in_disk = 8;
  Live<std::int32_t> access_message_in_memory_max_ratio = 40;

  std::string message_delay_level = "1s 5s 10s 30s 1m 2m 3m 4m 5m 6m 7m 8m 9m 10m 20m 30m 1h 2h";
  Live<std::int32_t> os_page_cache_busy_timeout_ms = 1'000;

  std::filesystem::path commit_log_path() const {
    return store_path_commit_log.empty() ? store_path_root_dir / "commitlog"
                                         : store_path_commit_log;
  }
  std::filesystem::path consume_queue_path() const { return store_path_root_dir / "consumequeue"; }
  std::filesystem::path index_path() const { return store_path_root_dir / "index"; }
  std::filesystem::path config_path() const { return store_path_root_dir / "config"; }
};

/// Adds the store's keys (spec/config.md §3.5) to `table`, bound to `config`.
void add_store_keys(ConfigTable& table, StoreConfig& config);

}  // namespace rocketmq::store
