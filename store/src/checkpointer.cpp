#include "checkpointer.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>

#include "rocketmq/common/shared_log.hpp"

namespace rocketmq::store {
namespace {

/// So much dispatched since the last checkpoint makes a new one: it bounds what a start after a
/// crash has to read.
constexpr std::int64_t checkpoint_bytes = 512LL * 1024 * 1024;

}  // namespace

Checkpointer::Checkpointer(FileSystem& file_system, const StoreConfig& config, const Clock& clock,
                           CommitLog& log, ConsumeQueueStore& queues, IndexStore* index,
                           DispatchService& dispatch)
    : file_system_(file_system),
      config_(config),
      clock_(clock),
      log_(log),
      queues_(queues),
      index_(index),
      dispatch_(dispatch) {}

void Checkpointer::begin_at(const StoreCheckpoint& checkpoint, std::int64_t complete_offset) {
  const std::lock_guard lock(mutex_);
  checkpoint_ = checkpoint;
  complete_offset_ = complete_offset;
  last_run_ = clock_.steady_now();
}

void Checkpointer::tick() {
  bool is_due = false;
  {
    const std::lock_guard lock(mutex_);
    const std::int64_t behind = dispatch_.dispatched_offset() - complete_offset_;
    const auto waited = clock_.steady_now() - last_run_;
    is_due = behind >= checkpoint_bytes ||
             (behind > 0 && waited >= std::chrono::milliseconds(
                                          config_.flush_consume_queue_thorough_interval_ms));
  }
  const auto done =
      is_due ? run(false)
             : queues_.write_out(std::max(config_.flush_consume_queue_least_pages.get(), 1) *
                                 ConsumeQueueUnit::per_page);
  if (!done) store_log().error("queues: {}", done.error().text);
}

StoreCheckpoint::FileSizes Checkpointer::file_sizes() const {
  StoreCheckpoint::FileSizes sizes = checkpoint_.file_sizes.value_or(StoreCheckpoint::FileSizes{});
  sizes.commit_log = log_.files().file_size();
  sizes.consume_queue = queues_.file_bytes();
  // Without an index its files stay as they were made.
  if (index_ != nullptr) {
    sizes.index_slots = config_.max_hash_slot_num;
    sizes.index_entries = config_.max_index_num;
  }
  return sizes;
}

IoResult<void> Checkpointer::run(bool is_clean_stop) {
  if (forbidden_) return *forbidden_;
  const std::lock_guard lock(mutex_);
  last_run_ = clock_.steady_now();
  StoreCheckpoint::Own own;
  std::int64_t dispatched_timestamp_ms = 0;
  std::optional<IndexStore::Behind> behind;
  dispatch_.run_paused([&] {
    if (index_ != nullptr) behind = index_->behind();
    own.complete_offset = dispatch_.dispatched_offset();
    dispatched_timestamp_ms = dispatch_.dispatched_timestamp_ms();
    own.queue_totals = queues_.totals();
    if (index_ != nullptr) own.index = index_->state();
  });
  // It would say that the index has everything.
  if (behind) return behind->reason;
  own.is_clean_stop = is_clean_stop;
  own.power_cycle = file_system_.power_cycle();
  own.last_store_timestamp_ms = log_.last_store_timestamp_ms();
  // Units must not be on disk before the records they point at.
  if (log_.flushed_offset() < own.complete_offset) {
    if (const auto flushed = log_.flush(); !flushed) return flushed;
  }
  const std::int64_t flushed_timestamp_ms = log_.flushed_timestamp_ms();
  if (const auto flushed = queues_.flush(); !flushed) return flushed;
  if (index_ != nullptr) {
    const auto flushed = index_->flush();
    if (!flushed) return flushed.error();
    checkpoint_.index_timestamp_ms = std::max(checkpoint_.index_timestamp_ms, *flushed);
  }
  checkpoint_.physic_timestamp_ms = flushed_timestamp_ms;
  checkpoint_.logics_timestamp_ms = dispatched_timestamp_ms;
  checkpoint_.own = own;
  checkpoint_.file_sizes = file_sizes();
  complete_offset_ = own.complete_offset;
  return checkpoint_.write(file_system_, config_.store_path_root_dir / "checkpoint");
}

}  // namespace rocketmq::store
