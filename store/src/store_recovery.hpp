#pragma once

#include <cstdint>
#include <optional>

#include "commit_log_recovery.hpp"
#include "consume_queue_store.hpp"
#include "deleted_topics.hpp"
#include "index_store.hpp"
#include "mapped_file_queue.hpp"
#include "record_dispatcher.hpp"
#include "rocketmq/common/result.hpp"
#include "rocketmq/store/store_config.hpp"
#include "store_checkpoint.hpp"

namespace rocketmq::store {

/// What a start finds out about the log.
struct RecoveredLog {
  std::int64_t end = 0;
  std::int64_t last_store_timestamp_ms = 0;
  /// Set when nothing may be written until the next start, not even a checkpoint: what stands
  /// behind the log's end could not be kept.
  std::optional<IoError> why_read_only;
};

/// Brings log, queues and index of a store directory to one consistent state, whichever broker
/// wrote it and however it stopped: the log is cut at its first record that is not whole, and
/// queues and index are made to say exactly what the log says.
///
/// What is read grows with what was written since the last checkpoint, not with the store. A store
/// that another broker stopped in an orderly way is checked from its third last file on, and each
/// queue by its last units; one that another broker left by a crash, from where its checkpoint
/// says.
class StoreRecovery {
 public:
  struct Parts {
    FileSystem& file_system;
    const StoreConfig& config;
    MappedFileQueue& files;
    ConsumeQueueStore& queues;
    /// Null when the index is off.
    IndexStore* index = nullptr;
    RecordDispatcher& dispatcher;
    const DeletedTopics& deleted;
    const StoreCheckpoint& checkpoint;
    /// The abort file was there.
    bool after_crash = false;
  };
  explicit StoreRecovery(const Parts& parts) : parts_(parts) {}

  Result<RecoveredLog> run();

 private:
  /// The plan: units and entries of records before these positions are good.
  struct Begin {
    std::int64_t scan = 0;
    std::int64_t queues = 0;
    std::int64_t index = 0;
  };

  Result<void> load_queues(Begin& begin);
  void remove_deleted_queues();
  Result<void> load_with_own_checkpoint(Begin& begin);
  Result<void> load_after_orderly_stop(Begin& begin);
  Result<void> reload_queues(std::int64_t physical_end, Begin& begin);
  Result<std::int64_t> cut_wrong_units(ConsumeQueue& queue);
  Result<void> load_index(Begin& begin);
  Result<void> index_older_records(const Begin& begin);

  enum class Verdict { Good, Damaged, EndOfLog };
  Verdict judge(const MessageRecord& record, std::int64_t missing) const;
  std::optional<std::int64_t> next_number(const MessageRecord& record) const;
  Result<commit_log_recovery::Scanned> scan_log(const Begin& begin);

  const Parts parts_;
  std::int64_t first_ = 0;
  std::int64_t files_end_ = 0;
  /// Our own checkpoint says that everything before is on disk; 0 without one.
  std::int64_t certain_end_ = 0;
  /// The machine was not switched off since that checkpoint: but for the last write, damage is none
  /// of a crash's.
  bool only_the_end_is_torn_ = false;
  std::optional<IoError> why_read_only_;
  /// The queues' files were not as the checkpoint says.
  bool queues_were_lost_ = false;
};

}  // namespace rocketmq::store
