#include "rocketmq/store/store_config.hpp"

#include <algorithm>
#include <utility>

#include "rocketmq/common/config_table.hpp"
#include "rocketmq/common/text.hpp"

namespace rocketmq::store {
namespace {

/// A path, and not a list of them.
void add_one_path(ConfigTable& table, std::string name, std::filesystem::path& value,
                  std::string meaning) {
  ConfigKey& key = table.add_path(std::move(name), value, std::move(meaning));
  key.important = true;
  key.parse = [parse = std::move(key.parse)](std::string_view text) -> Result<void> {
    if (text.find(',') != std::string_view::npos)
      return Error{ResponseCode::SystemError,
                   "one path is expected; a list of paths is not supported"};
    return parse(text);
  };
}

/// Hours of the day, separated by ;
Result<void> check_hours(std::string_view text) {
  const Error malformed{ResponseCode::SystemError,
                        "expected hours of the day from 0 to 23, like 04 or 04;16"};
  for (std::string_view rest = text;;) {
    const auto end = std::min(rest.find(';'), rest.size());
    const auto hour = whole_number<std::uint8_t>(trim(rest.substr(0, end)));
    if (!hour || *hour > 23) return malformed;
    if (end == rest.size()) return {};
    rest.remove_prefix(end + 1);
    if (trim(rest).empty()) return {};
  }
}

ConfigKey& important(ConfigKey& key) {
  key.important = true;
  return key;
}

void add_files(ConfigTable& table, StoreConfig& config) {
  add_one_path(table, "storePathRootDir", config.store_path_root_dir, "directory of the store");
  add_one_path(table, "storePathCommitLog", config.store_path_commit_log,
               "directory of the log; empty: <root>/commitlog");
  important(table.add("mappedFileSizeCommitLog", config.mapped_file_size_commit_log, "bytes",
                      "size of a CommitLog file; must stay as it was when the store was made",
                      4096))
      .aliases = {"mapedFileSizeCommitLog"};
  important(table.add("mappedFileSizeConsumeQueue", config.mapped_file_size_consume_queue, "bytes",
                      "size of a ConsumeQueue file, rounded up to a multiple of 20", 20,
                      INT32_MAX - 20))
      .aliases = {"mapedFileSizeConsumeQueue"};
  table.add("maxHashSlotNum", config.max_hash_slot_num, "count", "slots of an index file", 1);
  table.add("maxIndexNum", config.max_index_num, "count", "entries of an index file", 2);
  table.add("messageIndexEnable", config.message_index_enable, "bool", "build the index of keys");
  table.add("checkCRCOnRecover", config.check_crc_on_recover, "bool",
            "check the bodies' CRC when the store recovers");
}

void add_flush(ConfigTable& table, StoreConfig& config) {
  important(table.add_enum(
      "flushDiskType", config.flush_disk_type,
      {{"ASYNC_FLUSH", FlushDiskType::AsyncFlush}, {"SYNC_FLUSH", FlushDiskType::SyncFlush}},
      "whether a send is acknowledged before or after its message is on disk"));
  important(table.add_enum("brokerRole", config.broker_role,
                           {{"ASYNC_MASTER", BrokerRole::AsyncMaster},
                            {"SYNC_MASTER", BrokerRole::SyncMaster},
                            {"SLAVE", BrokerRole::Slave}},
                           "master, or slave of the broker with the same name and id 0"));
  important(table.add("flushIntervalCommitLog", config.flush_interval_commit_log_ms, "ms",
                      "pause between two flushes of the log", 1));
  table.add("flushCommitLogLeastPages", config.flush_commit_log_least_pages, "4 KiB pages",
            "fewer dirty pages than this are not flushed yet", 0);
  table.add("flushCommitLogThoroughInterval", config.flush_commit_log_thorough_interval_ms, "ms",
            "after this long any dirty page is flushed", 1);
  table.add("flushIntervalConsumeQueue", config.flush_interval_consume_queue_ms, "ms",
            "pause between two rounds of writing queues", 1);
  table.add("flushConsumeQueueLeastPages", config.flush_consume_queue_least_pages, "4 KiB pages",
            "queues with less than this are not written yet", 0);
  table.add("flushConsumeQueueThoroughInterval", config.flush_consume_queue_thorough_interval_ms,
            "ms", "pause between two checkpoints", 1);
  important(table.add("syncFlushTimeout", config.sync_flush_timeout_ms, "ms",
                      "a send that waits longer for the disk gets FLUSH_DISK_TIMEOUT in reply", 1));
  table.add("osPageCacheBusyTimeOutMills", config.os_page_cache_busy_timeout_ms, "ms",
            "sends are refused while one write takes longer than this", 1);
}

void add_retention(ConfigTable& table, StoreConfig& config) {
  table.add("cleanResourceInterval", config.clean_resource_interval_ms, "ms",
            "pause between two rounds of deleting expired files", 1);
  ConfigKey& hours = table.add("deleteWhen", config.delete_when, "hours",
                               "hours of the day for deleting, like 04 or 04;16");
  hours.important = true;
  hours.parse = [parse = std::move(hours.parse)](std::string_view text) -> Result<void> {
    if (auto checked = check_hours(text); !checked) return checked;
    return parse(text);
  };
  important(table.add("fileReservedTime", config.file_reserved_time_hours, "hours",
                      "how long files are kept", 0));
  important(table.add("diskMaxUsedSpaceRatio", config.disk_max_used_space_ratio, "%",
                      "expired files are deleted at any hour when the disk is fuller", 0, 100));
  table.add("diskSpaceCleanForciblyRatio", config.disk_space_clean_forcibly_ratio, "%",
            "files are deleted before their time when the disk is fuller", 0, 100);
  table.add("diskSpaceWarningLevelRatio", config.disk_space_warning_level_ratio, "%",
            "sends are refused when the disk is fuller; above 90 they are slowed down before", 0,
            100);
  important(table.add("cleanFileForciblyEnable", config.clean_file_forcibly_enable, "bool",
                      "delete files before their time when the disk is nearly full"));
}

void add_limits(ConfigTable& table, StoreConfig& config) {
  important(table.add("maxMessageSize", config.max_message_size, "bytes",
                      "largest body of a message", 0));
  table.add("maxMsgsNumBatch", config.max_msgs_num_batch, "count",
            "most messages that a query returns", 0);
  important(table.add("maxTransferBytesOnMessageInMemory",
                      config.max_transfer_bytes_on_message_in_memory, "bytes",
                      "most bytes of a pull response, recent messages", 0));
  important(table.add("maxTransferCountOnMessageInMemory",
                      config.max_transfer_count_on_message_in_memory, "count",
                      "most messages of a pull response, recent messages", 0));
  table.add("maxTransferBytesOnMessageInDisk", config.max_transfer_bytes_on_message_in_disk,
            "bytes", "most bytes of a pull response, old messages", 0);
  table.add("maxTransferCountOnMessageInDisk", config.max_transfer_count_on_message_in_disk,
            "count", "most messages of a pull response, old messages", 0);
  important(table.add("accessMessageInMemoryMaxRatio", config.access_message_in_memory_max_ratio,
                      "%",
                      "share of the memory of the process (of the machine, or of its cgroup) "
                      "behind the log's end that counts as recent",
                      0, 100));
  important(table.add("messageDelayLevel", config.message_delay_level, "list",
                      "delays of the levels 1, 2, …"));
}

void add_replication(ConfigTable& table, StoreConfig& config) {
  // What a slave's buffer of 4 MiB holds besides the frame's header.
  constexpr std::int32_t batch_bytes_max = 4 * 1024 * 1024 - 12;
  table.add("haListenPort", config.ha_listen_port, "port", "port of slaves; 0: listenPort + 1", 0,
            65'535);
  table.add("haMasterAddress", config.ha_master_address, "ip:port",
            "address where a slave finds its master's haListenPort; empty: name servers say it");
  table.add("haSendHeartbeatInterval", config.ha_send_heartbeat_interval_ms, "ms",
            "longest silence of master and slave towards each other", 1);
  table.add("haHousekeepingInterval", config.ha_housekeeping_interval_ms, "ms",
            "a peer that is silent for longer is given up", 1);
  table.add("haTransferBatchSize", config.ha_transfer_batch_bytes, "bytes",
            "most bytes of the log that go to a slave in one frame", 1, batch_bytes_max);
  table
      .add("haSlaveFallbehindMax", config.ha_slave_fallbehind_max_bytes, "bytes",
           "a slave further behind is not waited for, and counts as not in sync", 1)
      .aliases = {"haMaxGapNotInSync"};
  table.add("slaveTimeout", config.slave_timeout_ms, "ms",
            "a send that waits longer for a slave gets FLUSH_SLAVE_TIMEOUT in reply", 1);
  table.add("inSyncReplicas", config.in_sync_replicas, "count",
            "SYNC_MASTER: brokers that have a message before its send is acknowledged, the master "
            "counted; 1 waits for no slave",
            1, 64);
  table.add("asyncSlaveLagMax", config.async_slave_lag_max_bytes, "bytes",
            "ASYNC_MASTER: a send waits, for up to 1 s, while a slave that is in step is further "
            "behind; 0: never",
            0);
}

}  // namespace

void add_store_keys(ConfigTable& table, StoreConfig& config) {
  add_files(table, config);
  add_flush(table, config);
  add_replication(table, config);
  add_retention(table, config);
  add_limits(table, config);
  // Means of other implementations that this one has no use for.
  table.accept_silently({"commitIntervalCommitLog",
                         "commitCommitLogLeastPages",
                         "commitCommitLogThoroughInterval",
                         "flushCommitLogTimed",
                         "useReentrantLockWhenPutMessage",
                         "warmMapedFileEnable",
                         "flushLeastPagesWhenWarmMapedFile",
                         "transientStorePoolEnable",
                         "transientStorePoolSize",
                         "fastFailIfNoBufferInStorePool",
                         "deleteCommitLogFilesInterval",
                         "deleteConsumeQueueFilesInterval",
                         "destroyMapedFileIntervalForcibly",
                         "redeleteHangedFileInterval",
                         "putMsgIndexHightWater",
                         "messageIndexSafe",
                         "debugLockEnable",
                         "duplicationEnable",
                         "diskFallRecorded",
                         "enableConsumeQueueExt",
                         "mappedFileSizeConsumeQueueExt",
                         "bitMapLengthConsumeQueueExt"});
}

}  // namespace rocketmq::store
