#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "acknowledgements.hpp"
#include "checkpointer.hpp"
#include "commit_log.hpp"
#include "consume_queue_store.hpp"
#include "deleted_topics.hpp"
#include "dispatch_service.hpp"
#include "file_cleaner.hpp"
#include "files_service.hpp"
#include "flush_service.hpp"
#include "index_store.hpp"
#include "log_end.hpp"
#include "log_writer.hpp"
#include "mapped_file_queue.hpp"
#include "put_clock.hpp"
#include "record_dispatcher.hpp"
#include "replica_log.hpp"
#include "rocketmq/store/delay_levels.hpp"
#include "rocketmq/store/message_store.hpp"
#include "rocketmq/store/put_batch.hpp"
#include "rocketmq/store/replica_writer.hpp"
#include "store_lock.hpp"
#include "write_gate.hpp"

namespace rocketmq::store {

/// The MessageStore: builds its parts, connects them, and passes calls on to them. put in
/// default_message_store_put.cpp, reading in default_message_store_read.cpp, replication in
/// default_message_store_replication.cpp, start and stop in default_message_store.cpp.
class DefaultMessageStore final : public MessageStore {
 public:
  static Result<std::unique_ptr<DefaultMessageStore>> open(const StoreConfig& config,
                                                           const Clock& clock,
                                                           FileSystem& file_system);
  ~DefaultMessageStore() override;

  Result<void> start(BrokerRole role) override;
  /// As the configuration says.
  Result<void> start() { return start(config_.broker_role); }
  BrokerRole role() const override { return role_.load(std::memory_order_relaxed); }
  void shutdown() override;
  /// Stops as a killed process does: nothing more is written. For tests.
  void abandon();
  /// One round of cleaning, and what goes with it, on this thread. Not while `store-files` may be
  /// in one.
  void clean_files() { files_service_.clean(true); }
  /// A checkpoint, on this thread.
  IoResult<void> checkpoint() { return checkpointer_.run(false); }

  using MessageStore::put;
  using MessageStore::put_batch;
  void put(const MessageToPut& message, PutBatch* batch, PutCallback done) override;
  void put_batch(const MessageToPut& message, PutBatch* batch, PutCallback done) override;
  bool write(PutBatch& batch) override;
  void finish(std::span<PendingPut> puts, std::chrono::steady_clock::time_point began) override;

  GetResult get(const GetRequest& request) const override;
  QueueBounds queue_bounds(std::string_view topic, std::int32_t queue_id) const override;
  std::int64_t offset_by_timestamp(std::string_view topic, std::int32_t queue_id,
                                   std::int64_t timestamp_ms) const override;
  std::int64_t store_time_of(std::string_view topic, std::int32_t queue_id,
                             std::int64_t queue_offset) const override;
  std::vector<QueueUnit> units(std::string_view topic, std::int32_t queue_id,
                               std::int64_t queue_offset, std::int32_t count_max) const override;
  std::optional<bool> is_in_memory(std::string_view topic, std::int32_t queue_id,
                                   std::int64_t queue_offset, bool only_from_memory) const override;
  std::optional<StoredMessage> message_at(std::int64_t physical_offset) const override;
  QueryResult query(std::string_view topic, std::string_view key, std::int32_t count_max,
                    std::int64_t begin_ms, std::int64_t end_ms) const override;
  QueryResult query_behind(std::string_view topic, std::string_view key, std::int32_t count_max,
                           std::int64_t physical_offset) const override;

  std::vector<QueueId> queues() const override;
  std::int64_t max_physical_offset() const override { return log_.committed_offset(); }
  std::int64_t deleted_before(std::string_view topic) const override {
    return deleted_.end_of(topic);
  }
  void wait_until_dispatched() override;

  void on_message_arriving(std::function<void(const MessageArrival&)> listener) override;
  void delete_topic(std::string_view topic) override;
  void delete_expired_files() override { cleaner_.delete_expired_soon(); }
  void clean_queues() override { cleaner_.clean_queues_soon(); }
  StoreFigures figures() const override;
  std::vector<std::pair<QueueId, QueueCount>> queue_counts() const override;

  std::int64_t replica_end() const override { return replica_.end(); }
  Result<void> append_at(std::int64_t physical_offset, std::string_view bytes) override {
    return replica_.append_at(physical_offset, bytes);
  }

  LogBounds log_bounds() const override { return {log_.min_offset(), log_.committed_offset()}; }
  std::int64_t log_file_bytes() const override { return files_.file_size(); }
  LogRange read_log(std::int64_t physical_offset, std::size_t bytes_max,
                    std::int64_t loaded_end) const override;
  std::optional<std::int64_t> load_log(std::int64_t physical_offset,
                                       std::size_t bytes_max) const override;
  std::unique_ptr<Follower> follow_log(std::function<void()> wake) override;
  void slaves_at(std::span<std::int64_t> ends) override {
    acknowledgements_.slaves_at(ends, log_.committed_offset());
  }

 private:
  DefaultMessageStore(const StoreConfig& config, const Clock& clock, FileSystem& file_system,
                      std::unique_ptr<StoreLock> lock, DelayLevels levels);
  Result<void> recover();
  /// Says on disk that the store is running, so that the next start checks it after a crash, and
  /// keeps some space for a start or a stop on a full disk.
  IoResult<void> mark_running();
  IoResult<void> write_running_marks();
  IoResult<void> keep_space();
  void give_space_back();
  /// With each round of cleaning.
  void look_after();
  void on_log_progress();
  void on_flushed(const FlushReport& report);
  std::filesystem::path abort_file() const { return config_.store_path_root_dir / "abort"; }
  std::filesystem::path space_file() const { return config_.store_path_root_dir / "reserve"; }

  /// Why a message cannot be taken; nothing when it can.
  std::optional<PutResult> refuse(const MessageToPut& message, std::int64_t total_bytes,
                                  bool is_new_queue) const;
  std::optional<PutResult> refuse_now(const MessageToPut& message, const PutBatch* batch) const;
  void put_records(const MessageToPut& message, std::span<const PreparedRecord> records,
                   bool is_batch, ConsumeQueueStore::QueuePtr queue, PutBatch* batch,
                   PutCallback done);
  void take(PendingPut pending, PutBatch* batch);
  /// SYNC_MASTER: puts wait for a slave to have them.
  bool waits_for_slaves() const {
    return role() == BrokerRole::SyncMaster && config_.in_sync_replicas > 1;
  }
  /// Puts may have to wait for the disk or for slaves, and need a thread for their deadlines.
  bool has_puts_that_wait() const;
  /// What a stored put waits for before it is acknowledged.
  AcknowledgementNeeds needs_of(const PendingPut& pending) const;
  /// True when the put is completed; else it waits for its acknowledgement.
  bool finish_one(PendingPut& pending, std::chrono::steady_clock::time_point began);

  class Reader;
  /// Bytes behind the log's end that the page cache is expected to hold.
  std::int64_t memory_bytes() const {
    return memory_percent_bytes_ * config_.access_message_in_memory_max_ratio;
  }
  /// The offset to continue with; on a slave always the one that was asked for.
  std::int64_t corrected(std::int64_t requested, std::int64_t better) const;
  QueryResult query(std::string_view topic, std::string_view key, std::int32_t count_max,
                    const IndexFile::Wanted& wanted) const;
  /// Store time of a unit's record; -1 when it is gone.
  std::int64_t store_time_at(const ConsumeQueueUnit& unit) const;

  const StoreConfig& config_;
  const Clock& clock_;
  FileSystem& file_system_;
  const std::unique_ptr<StoreLock> lock_;
  /// A hundredth of the memory of the process.
  const std::int64_t memory_percent_bytes_;
  /// Where the log ended when it was opened; set by recover(), never changes afterwards.
  std::int64_t opened_end_ = 0;
  /// Set by start(), never changes afterwards.
  std::atomic<BrokerRole> role_;
  WriteGate gate_;
  PutClock put_clock_;
  MappedFileQueue files_;
  ConsumeQueueStore queues_;
  std::unique_ptr<IndexStore> index_;
  DeletedTopics deleted_;
  RecordDispatcher dispatcher_;
  CommitLog log_;
  ReplicaLog replica_;
  Acknowledgements acknowledgements_;
  LogWriter writer_;
  FlushService flush_;
  LogEnd written_end_;
  LogEnd flushed_end_;
  DispatchService dispatch_;
  Checkpointer checkpointer_;
  SpaceAllowance allowance_;
  FileCleaner cleaner_;
  FilesService files_service_;

  std::mutex state_mutex_;
  enum class State { Open, Started, Stopped } state_ = State::Open;  // guarded by state_mutex_

  /// Where the last damaged record stands that was come across.
  mutable std::atomic<std::int64_t> last_damage_{-1};
  std::atomic<std::int64_t> put_messages_{0};
  std::atomic<std::int64_t> put_bytes_{0};
  std::atomic<std::int64_t> put_failures_{0};
  std::atomic<std::int64_t> paced_puts_{0};
  mutable std::atomic<std::int64_t> get_messages_{0};
  mutable std::atomic<std::int64_t> get_found_{0};
  mutable std::atomic<std::int64_t> get_missed_{0};
};

}  // namespace rocketmq::store
