#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>

#include "commit_log.hpp"
#include "consume_queue_store.hpp"
#include "dispatch_service.hpp"
#include "index_store.hpp"
#include "rocketmq/common/clock.hpp"
#include "rocketmq/store/store_config.hpp"
#include "space_allowance.hpp"

namespace rocketmq::store {

/// Deletes expired files, and refuses writes while the disk is too full.
///
/// A CommitLog file goes when its time is over (fileReservedTime after its last change) and it is
/// the hour of deleteWhen or the disk is fuller than diskMaxUsedSpaceRatio; or immediately when the
/// disk is nearly full and cleanFileForciblyEnable is set. The last file always stays. Queue and
/// index files follow the log. Runs on: one thread.
class FileCleaner {
 public:
  FileCleaner(FileSystem& file_system, const StoreConfig& config, const Clock& clock,
              CommitLog& log, ConsumeQueueStore& queues, IndexStore* index,
              const DispatchService& dispatch, WriteGate& gate, SpaceAllowance& allowance);

  /// One round, at this moment of the clock; without `may_delete` it only looks at the disk. True
  /// when files of queues or of the index were deleted.
  bool tick(bool may_delete = true);
  /// Looks at the disk's space. Any thread.
  void look_at_disk();
  /// The next round deletes expired CommitLog files whatever the hour. Any thread.
  void delete_expired_soon() { delete_expired_ = true; }
  /// The next round looks through all queue and index files again. Any thread.
  void clean_queues_soon() { clean_queues_ = true; }
  double commit_log_disk_ratio() const { return commit_log_ratio_.load(); }
  double consume_queue_disk_ratio() const { return consume_queue_ratio_.load(); }

 private:
  bool is_hour_to_delete() const;
  int remove_commit_log_files(bool at_once);
  bool follow_commit_log();

  FileSystem& file_system_;
  const StoreConfig& config_;
  const Clock& clock_;
  CommitLog& log_;
  ConsumeQueueStore& queues_;
  IndexStore* const index_;
  const DispatchService& dispatch_;
  WriteGate& gate_;
  std::mutex look_mutex_;
  SpaceAllowance& allowance_;   // looked at under look_mutex_
  bool is_usage_known_ = true;  // guarded by look_mutex_; what is wrong is logged once
  std::atomic<double> commit_log_ratio_{0};
  std::atomic<double> consume_queue_ratio_{0};
  std::atomic<bool> delete_expired_{false};
  std::atomic<bool> clean_queues_{false};
  std::int64_t followed_min_offset_ = -1;
};

}  // namespace rocketmq::store
