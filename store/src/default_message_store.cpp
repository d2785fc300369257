#include "default_message_store.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>

#include "foreign_store.hpp"
#include "rocketmq/common/memory_limit.hpp"
#include "rocketmq/common/shared_log.hpp"
#include "store_checkpoint.hpp"
#include "store_recovery.hpp"

namespace rocketmq::store {
namespace {

constexpr std::int64_t mebibyte = 1024 * 1024;

/// Bytes; says in the log what follows from them.
std::int64_t memory_percent(const StoreConfig& config) {
  const MemoryLimit memory = memory_limit();
  const std::int64_t percent = memory.bytes / 100;
  store_log().info("memory: {} MiB, set by {}; the last {} MiB of the log are expected to be in it",
                   memory.bytes / mebibyte, memory.set_by,
                   percent * config.access_message_in_memory_max_ratio / mebibyte);
  return percent;
}

AcknowledgementTable::Options acknowledgement_options(const StoreConfig& config) {
  return {.slave_lag_max_bytes = &config.ha_slave_fallbehind_max_bytes,
          .slaves_needed = static_cast<std::size_t>(std::max(config.in_sync_replicas - 1, 1)),
          .async_slave_lag_max_bytes = config.async_slave_lag_max_bytes};
}

constexpr std::string_view stopped_text = "the store stopped before the message was on disk";

/// Enough for the checkpoint, a queue or two, and what a start writes to its log.
constexpr std::int64_t kept_space_bytes = 256 * 1024;

std::int64_t rounded_up_to_units(std::int64_t bytes) {
  const std::int64_t over = bytes % ConsumeQueueUnit::bytes;
  return over == 0 ? bytes : bytes + ConsumeQueueUnit::bytes - over;
}

Result<void> check_sizes(const StoreConfig& config) {
  const auto refuse = [](std::string why) {
    return Error{ResponseCode::SystemError, std::move(why)};
  };
  if (config.mapped_file_size_commit_log < 4096)
    return refuse("mappedFileSizeCommitLog must be at least 4096 bytes");
  if (config.mapped_file_size_consume_queue < ConsumeQueueUnit::bytes)
    return refuse("mappedFileSizeConsumeQueue must be at least 20 bytes");
  if (config.max_hash_slot_num < 1 || config.max_index_num < 2)
    return refuse("maxHashSlotNum must be at least 1 and maxIndexNum at least 2");
  return {};
}

}  // namespace

Result<std::unique_ptr<MessageStore>> MessageStore::open(const StoreConfig& config,
                                                         const Clock& clock,
                                                         FileSystem* file_system) {
  auto store = DefaultMessageStore::open(
      config, clock, file_system == nullptr ? FileSystem::real() : *file_system);
  if (!store) return store.error();
  return std::unique_ptr<MessageStore>(std::move(*store));
}

Result<std::unique_ptr<DefaultMessageStore>> DefaultMessageStore::open(const StoreConfig& config,
                                                                       const Clock& clock,
                                                                       FileSystem& file_system) {
  if (const auto checked = check_sizes(config); !checked) return checked.error();
  auto levels = DelayLevels::parse(config.message_delay_level);
  if (!levels) return levels.error();
  // First, because nothing has been touched yet.
  if (auto refused = refuse_foreign_store(file_system, config); !refused) return refused.error();
  auto lock = StoreLock::take(file_system, config.store_path_root_dir, config.commit_log_path());
  if (!lock) return lock.error();
  std::unique_ptr<DefaultMessageStore> store(
      new DefaultMessageStore(config, clock, file_system, std::move(*lock), std::move(*levels)));
  if (const auto recovered = store->recover(); !recovered) return recovered.error();
  return store;
}

DefaultMessageStore::DefaultMessageStore(const StoreConfig& config, const Clock& clock,
                                         FileSystem& file_system, std::unique_ptr<StoreLock> lock,
                                         DelayLevels levels)
    : config_(config),
      clock_(clock),
      file_system_(file_system),
      lock_(std::move(lock)),
      memory_percent_bytes_(memory_percent(config)),
      role_(config.broker_role),
      files_(file_system, config.commit_log_path(), config.mapped_file_size_commit_log),
      queues_(file_system, config.consume_queue_path(),
              rounded_up_to_units(config.mapped_file_size_consume_queue)),
      index_(config.message_index_enable
                 ? std::make_unique<IndexStore>(
                       file_system, clock, config.index_path(),
                       IndexFile::Geometry{config.max_hash_slot_num, config.max_index_num})
                 : nullptr),
      deleted_(file_system, config.store_path_root_dir / "deletedTopics"),
      dispatcher_(queues_, index_.get(), deleted_, std::move(levels)),
      log_(files_, queues_, clock, gate_),
      replica_(log_, gate_),
      acknowledgements_(clock, put_clock_, acknowledgement_options(config)),
      writer_(log_, clock),
      flush_(log_, config, clock, [this](const FlushReport& report) { on_flushed(report); }),
      written_end_(log_, &CommitLog::committed_offset),
      flushed_end_(log_, &CommitLog::flushed_offset),
      dispatch_(log_,
                config.flush_disk_type == FlushDiskType::SyncFlush ? flushed_end_ : written_end_,
                dispatcher_, gate_),
      checkpointer_(file_system, config, clock, log_, queues_, index_.get(), dispatch_),
      cleaner_(file_system, config, clock, log_, queues_, index_.get(), dispatch_, gate_,
               allowance_),
      files_service_(config, log_, checkpointer_, cleaner_, allowance_, [this] { look_after(); }) {}

DefaultMessageStore::~DefaultMessageStore() { shutdown(); }

Result<void> DefaultMessageStore::recover() {
  if (const auto made = file_system_.make_directories(config_.commit_log_path()); !made)
    return to_error(made.error());
  const auto checkpoint =
      StoreCheckpoint::read(file_system_, config_.store_path_root_dir / "checkpoint");
  if (!checkpoint) return checkpoint.error();
  if (checkpoint->is_newer) {
    return Error{ResponseCode::SystemError,
                 (config_.store_path_root_dir / "checkpoint").string() +
                     " was written by a newer release: this one does not know its form"};
  }
  const auto abort = file_system_.status(abort_file());
  if (!abort && !abort.error().is_missing_file()) return to_error(abort.error());
  // Some operators delete the abort file by hand: our own record knows better.
  const bool after_crash =
      abort.has_value() || (checkpoint->own && !checkpoint->own->is_clean_stop);
  if (after_crash) store_log().warn("the store was not stopped in an orderly way: it is checked");
  deleted_.load();
  if (checkpoint->own_is_void) deleted_.forget_all();
  StoreRecovery recovery({.file_system = file_system_,
                          .config = config_,
                          .files = files_,
                          .queues = queues_,
                          .index = index_.get(),
                          .dispatcher = dispatcher_,
                          .deleted = deleted_,
                          .checkpoint = *checkpoint,
                          .after_crash = after_crash});
  const auto recovered = recovery.run();
  if (!recovered) return recovered.error();
  if (const auto& why = recovered->why_read_only) {
    gate_.close(WriteGate::Reason::DiskFailed, why->text);
    checkpointer_.forbid(*why);
  }
  // A log that could not be read to its end says nothing of where that is.
  if (!recovered->why_read_only)
    deleted_.settle(files_.first_base().value_or(recovered->end), recovered->end);
  opened_end_ = recovered->end;
  log_.begin_at(recovered->end, recovered->last_store_timestamp_ms);
  replica_.begin_at(recovered->end);
  acknowledgements_.begin_at(recovered->end);
  dispatch_.begin_at(recovered->end, recovered->last_store_timestamp_ms);
  checkpointer_.begin_at(*checkpoint, recovered->end);
  return {};
}

Result<void> DefaultMessageStore::start(BrokerRole role) {
  const std::lock_guard lock(state_mutex_);
  if (state_ != State::Open)
    return Error{ResponseCode::SystemError, "the store was started before"};
  if (const auto marked = mark_running(); !marked) {
    if (!marked.error().is_out_of_space() && !dispatcher_.failure())
      return to_error(marked.error());
    // Reading changes nothing that a start relies on. The space that was kept goes to the marks,
    // the log and the tables; the store takes nothing more until there is as much again.
    give_space_back();
    (void)write_running_marks();
    store_log().error("{}; the store is only read from, and takes messages when this is fixed",
                      marked.error().text);
    gate_.close(WriteGate::Reason::NotMarked, marked.error().text);
  }
  role_ = role;
  if (role == BrokerRole::Slave)
    gate_.close(WriteGate::Reason::Slave,
                "this broker is a slave: messages are sent to its master");
  log_.on_progress([this] { on_log_progress(); });
  dispatch_.start();
  flush_.start();
  if (has_puts_that_wait()) acknowledgements_.start();
  writer_.start();
  files_service_.start();
  state_ = State::Started;
  return {};
}

bool DefaultMessageStore::has_puts_that_wait() const {
  return config_.flush_disk_type == FlushDiskType::SyncFlush || waits_for_slaves() ||
         (role() != BrokerRole::Slave && config_.async_slave_lag_max_bytes > 0);
}

IoResult<void> DefaultMessageStore::mark_running() {
  if (const auto written = write_running_marks(); !written) return written;
  return keep_space();
}

IoResult<void> DefaultMessageStore::keep_space() {
  const std::int64_t bytes =
      std::min<std::int64_t>(kept_space_bytes, config_.mapped_file_size_commit_log);
  const auto file = file_system_.open(space_file(), OpenMode::CreateOrOpen);
  if (!file) return file.error();
  // As much again has to be left for others: the last bytes are not to be what is kept.
  if (const auto resized = (*file)->resize(2 * bytes); !resized) return resized;
  if (const auto reserved = (*file)->reserve(0, 2 * bytes); !reserved) return reserved;
  return (*file)->resize(bytes);
}

void DefaultMessageStore::give_space_back() {
  if (const auto removed = file_system_.remove(space_file()); !removed)
    store_log().error("{}", removed.error().text);
}

IoResult<void> DefaultMessageStore::write_running_marks() {
  // From here on the files may be ahead of the checkpoint.
  const auto abort = file_system_.open(abort_file(), OpenMode::CreateOrOpen);
  if (!abort) return abort.error();
  if (const auto synced = file_system_.sync_directory(config_.store_path_root_dir); !synced)
    return synced;
  return checkpointer_.run(false);
}

void DefaultMessageStore::look_after() {
  if (const auto locked = lock_->renew(); !locked) {
    store_log().error("{}; the store takes no messages until it is restarted",
                      locked.error().remark);
    gate_.close(WriteGate::Reason::DiskFailed, locked.error().remark);
  }
  if (gate_.is_closed_for(WriteGate::Reason::NotMarked) && mark_running()) {
    store_log().info("the disk has room for the marks of a running store");
    gate_.open(WriteGate::Reason::NotMarked);
  }
}

void DefaultMessageStore::on_log_progress() {
  if (config_.flush_disk_type == FlushDiskType::SyncFlush) flush_.wake();
  written_end_.moved();
  files_service_.on_log_progress();
}

void DefaultMessageStore::on_flushed(const FlushReport& report) {
  acknowledgements_.flushed_to(report.flushed_to);
  if (report.failure) return acknowledgements_.flush_failed(report.failure->text);
  flushed_end_.moved();
}

void DefaultMessageStore::shutdown() {
  const std::lock_guard lock(state_mutex_);
  if (state_ == State::Stopped) return;
  const bool was_started = state_ == State::Started;
  state_ = State::Stopped;
  gate_.close(WriteGate::Reason::ShutDown, "the store is shut down");
  writer_.stop();
  replica_.close();
  log_.close();
  files_service_.stop();
  flush_.stop();
  acknowledgements_.stop(stopped_text);
  if (!was_started) return;
  const bool is_healthy = !gate_.is_closed_for(WriteGate::Reason::DiskFailed) &&
                          !gate_.is_closed_for(WriteGate::Reason::DispatchFailed);
  // Also where queues or index cannot be written: what fits into memory is not held up by it.
  if (!gate_.is_closed_for(WriteGate::Reason::DiskFailed)) {
    dispatch_.wait_for(dispatch_.readable_end());
  }
  dispatch_.stop();
  files_.drop_prepared();
  const bool has_caught_up = dispatch_.dispatched_offset() == log_.committed_offset();
  auto written = checkpointer_.run(is_healthy && has_caught_up);
  if (!written && written.error().is_out_of_space()) {
    give_space_back();
    written = checkpointer_.run(is_healthy && has_caught_up);
  }
  if (!written) {
    store_log().error("checkpoint: {}; the next start will check the store", written.error().text);
  } else if (is_healthy && has_caught_up) {
    if (const auto removed = file_system_.remove(abort_file()); !removed)
      store_log().error("{}", removed.error().text);
  }
}

void DefaultMessageStore::abandon() {
  const std::lock_guard lock(state_mutex_);
  if (state_ == State::Stopped) return;
  state_ = State::Stopped;
  gate_.close(WriteGate::Reason::ShutDown, "the store was abandoned");
  replica_.close();
  log_.abandon();
  writer_.stop();
  files_service_.stop();
  dispatch_.stop();
  flush_.abandon();
  acknowledgements_.stop(stopped_text);
}

void DefaultMessageStore::on_message_arriving(std::function<void(const MessageArrival&)> listener) {
  dispatch_.listen(std::move(listener));
}

void DefaultMessageStore::wait_until_dispatched() {
  // After a failed flush nothing more will become readable.
  const std::int64_t end = gate_.is_closed_for(WriteGate::Reason::DiskFailed)
                               ? dispatch_.readable_end()
                               : log_.committed_offset();
  flush_.wake();
  dispatch_.wait_for(end);
}

std::vector<QueueId> DefaultMessageStore::queues() const {
  std::vector<QueueId> ids;
  for (const auto& queue : queues_.all()) {
    if (queue->max_offset() > 0) ids.push_back({queue->topic(), queue->queue_id()});
  }
  return ids;
}

void DefaultMessageStore::delete_topic(std::string_view topic) {
  dispatch_.run_paused([&] {
    const auto taken = log_.take_topic(topic);
    dispatcher_.forget_queues();
    // Before the files go: what a kill leaves in between is the whole topic, or none of it.
    if (const auto noted = deleted_.add(topic, taken.physical_end, log_.min_offset()); !noted)
      store_log().error("topic {} may come back after a crash: {}", topic, noted.error().text);
    if (const auto removed = queues_.remove_files(taken.queues); !removed)
      store_log().error("topic {}: {}", topic, removed.error().text);
  });
  // So that no restart brings the queues back from the log.
  if (const auto written = checkpointer_.run(false); !written)
    store_log().error("checkpoint: {}", written.error().text);
}

StoreFigures DefaultMessageStore::figures() const {
  StoreFigures figures;
  figures.commit_log_min_offset = log_.min_offset();
  figures.commit_log_max_offset = log_.committed_offset();
  figures.flushed_offset = log_.flushed_offset();
  figures.dispatched_offset = dispatch_.dispatched_offset();
  figures.put_messages = put_messages_;
  figures.put_bytes = put_bytes_;
  figures.put_failures = put_failures_;
  figures.paced_puts = paced_puts_;
  figures.get_messages = get_messages_;
  figures.get_found = get_found_;
  figures.get_missed = get_missed_;
  figures.put_times = put_clock_.times();
  figures.commit_log_disk_ratio = cleaner_.commit_log_disk_ratio();
  figures.consume_queue_disk_ratio = cleaner_.consume_queue_disk_ratio();
  figures.writable = gate_.is_open();
  figures.refusal = gate_.refusal();
  return figures;
}

std::vector<std::pair<QueueId, QueueCount>> DefaultMessageStore::queue_counts() const {
  return queues_.counts();
}

}  // namespace rocketmq::store
