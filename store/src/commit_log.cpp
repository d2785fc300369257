#include "commit_log.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>

#include "rocketmq/common/bytes.hpp"
#include "rocketmq/common/message_record.hpp"
#include "rocketmq/common/shared_log.hpp"
#include "rocketmq/common/sys_flag.hpp"

namespace rocketmq::store {
namespace {

/// More than this waiting behind a slow write is refused instead of being held in memory.
constexpr std::size_t staged_bytes_max = 256 * 1024 * 1024;

std::int64_t steady_ms(const Clock& clock) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             clock.steady_now().time_since_epoch())
      .count();
}

}  // namespace

CommitLog::CommitLog(MappedFileQueue& files, ConsumeQueueStore& queues, const Clock& clock,
                     WriteGate& gate)
    : files_(files), queues_(queues), clock_(clock), gate_(gate) {}

void CommitLog::begin_at(std::int64_t physical_offset, std::int64_t last_store_timestamp_ms) {
  append_offset_ = physical_offset;
  committed_ = flushed_ = physical_offset;
  committed_timestamp_ms_ = flushed_timestamp_ms_ = last_store_timestamp_ms;
}

void CommitLog::make_room(std::int64_t bytes) {
  const std::int64_t left = files_.file_size() - append_offset_ % files_.file_size();
  const auto blank = static_cast<std::int64_t>(message_record::blank_bytes);
  if (bytes + blank <= left) return;
  char* at = staging_.bytes.add(append_offset_, message_record::blank_bytes);
  store_be(at, static_cast<std::int32_t>(left));
  store_be(at + 4, message_record::magic_blank);
  append_offset_ += left;
  staging_.bytes.end_piece();
}

bool CommitLog::stage(std::span<const PreparedRecord> records, std::int32_t queue_id,
                      bool counts_in_queue, ConsumeQueueStore::QueuePtr queue, Staged& staged,
                      std::vector<std::int64_t>* positions) {
  std::int64_t bytes = 0;
  for (const PreparedRecord& record : records) bytes += record.total_bytes;
  const std::string_view topic = records.front().topic;
  if (!counts_in_queue) {
    queue.reset();
  } else if (!queue) {
    queue = queues_.find_or_make(topic, queue_id);
  }

  const std::lock_guard lock(append_mutex_);
  if (closed_ || failing_) return false;
  // The topic may have been deleted since the queue was looked up.
  while (queue && queue->removed) queue = queues_.find_or_make(topic, queue_id);
  make_room(bytes);
  // Back as well when the clock goes back: deliveries and checks compare it with the clock, and
  // would otherwise be wrong until the clock has caught up.
  const std::int64_t now_ms = clock_.now_ms();
  staged.physical_offset = append_offset_;
  staged.queue_offset = queue ? queue->next_put_offset : 0;
  staged.store_timestamp_ms = now_ms;
  staged.bytes = bytes;
  std::int64_t queue_offset = staged.queue_offset;
  for (const PreparedRecord& record : records) {
    char* at = staging_.bytes.add(append_offset_, static_cast<std::size_t>(record.total_bytes));
    write_record(record, queue_offset, append_offset_, now_ms, at);
    if (positions != nullptr) positions->push_back(append_offset_);
    append_offset_ += record.total_bytes;
    if (queue) ++queue_offset;
  }
  if (queue) queue->next_put_offset = queue_offset;
  staging_.last_store_timestamp_ms = now_ms;
  staged_bytes_.store(staging_.bytes.size(), std::memory_order_relaxed);
  staged.ticket = {append_offset_, failed_from_.size()};
  return true;
}

void CommitLog::commit(const Ticket& ticket) {
  if (is_settled(ticket)) return;
  {
    const std::lock_guard commit_lock(commit_mutex_);
    if (is_settled(ticket)) return;
    commit_began_ms_.store(steady_ms(clock_), std::memory_order_relaxed);
    std::int64_t end = 0;
    {
      const std::lock_guard lock(append_mutex_);
      std::swap(writing_, staging_);
      end = append_offset_;
      staged_bytes_.store(0, std::memory_order_relaxed);
    }
    if (const auto written = write(writing_); !written) {
      fail(written.error(), creating_file_);
    } else {
      committed_timestamp_ms_.store(writing_.last_store_timestamp_ms, std::memory_order_relaxed);
      committed_.store(end, std::memory_order_seq_cst);
    }
    writing_.bytes.clear();
    commit_began_ms_.store(0, std::memory_order_relaxed);
  }
  if (progress_listener_) progress_listener_();
}

IoResult<void> CommitLog::write(const Batch& batch) {
  for (const StagedBytes::Piece& piece : batch.bytes.pieces()) {
    creating_file_ = true;
    const auto file = files_.file_for_append(files_.base_of(piece.physical_offset));
    if (!file) return file.error();
    creating_file_ = false;
    const auto written = (*file)->write(piece.bytes, piece.physical_offset - (*file)->base());
    if (!written) return written;
  }
  return {};
}

void CommitLog::fail(const IoError& error, bool creating) {
  store_log().error("CommitLog: {}; the store takes no messages until this is fixed", error.text);
  // Out of space, and of descriptors, passes; anything else means that the disk cannot be relied
  // upon.
  const bool may_pass = error.is_out_of_space() || creating;
  gate_.close(may_pass ? WriteGate::Reason::OutOfSpace : WriteGate::Reason::DiskFailed, error.text);
  const std::int64_t end = committed_.load();
  {
    const std::lock_guard lock(append_mutex_);
    failing_ = true;
    take_back(writing_);
    take_back(staging_);
    staging_.bytes.clear();
    staged_bytes_ = 0;
    append_offset_ = end;
    failure_text_ = error.text;
    failure_status_ = creating ? PutStatus::CreateMappedFileFailed : PutStatus::ServiceNotAvailable;
    failed_from_.push_back(end);
  }
  // What was written of puts that fail must not look like records after a crash. Clearing it may
  // take the disk long: stage() does not wait for that.
  if (!zero_from(end, writing_)) gate_.close(WriteGate::Reason::DiskFailed, error.text);
  const std::lock_guard lock(append_mutex_);
  failing_ = false;
  failure_count_.store(failed_from_.size(), std::memory_order_release);
}

void CommitLog::take_back(const Batch& batch) {
  for (const StagedBytes::Piece& piece : batch.bytes.pieces()) {
    std::string_view bytes = piece.bytes;
    while (!bytes.empty()) {
      const auto record = message_record::decode(bytes, message_record::Check::None);
      if (!record) break;  // the blank record ends a piece
      bytes.remove_prefix(static_cast<std::size_t>(record->total_size));
      const std::int32_t type = sys_flag::transaction_type(record->sys_flag);
      if (type == sys_flag::transaction_prepared || type == sys_flag::transaction_rollback)
        continue;
      const auto queue = queues_.find(record->topic, record->queue_id);
      if (queue) queue->next_put_offset = std::min(queue->next_put_offset, record->queue_offset);
    }
  }
}

bool CommitLog::zero_from(std::int64_t offset, const Batch& batch) {
  for (const StagedBytes::Piece& piece : batch.bytes.pieces()) {
    const auto file = files_.find(piece.physical_offset);
    if (!file) continue;
    const std::int64_t begin = std::max(offset, piece.physical_offset) - file->base();
    if (const auto zeroed = file->zero(begin, std::ssize(piece.bytes)); !zeroed) {
      store_log().error("CommitLog: {}", zeroed.error().text);
      return false;
    }
  }
  return true;
}

bool CommitLog::is_committed(const Ticket& ticket) const {
  if (failure_count_.load(std::memory_order_acquire) == ticket.failures_before)
    return committed_.load(std::memory_order_acquire) >= ticket.end;
  const std::lock_guard lock(append_mutex_);
  return ticket.end <= failed_from_[ticket.failures_before];
}

bool CommitLog::is_busy(std::int64_t limit_ms) const {
  if (staged_bytes_.load(std::memory_order_relaxed) > staged_bytes_max) return true;
  const std::int64_t began = commit_began_ms_.load(std::memory_order_relaxed);
  return began != 0 && steady_ms(clock_) - began > limit_ms;
}

CommitLog::TakenTopic CommitLog::take_topic(std::string_view topic) {
  TakenTopic taken;
  Ticket ticket;
  {
    const std::lock_guard lock(append_mutex_);
    taken.queues = queues_.take_topic(topic);
    for (const auto& queue : taken.queues) queue->removed = true;
    ticket = {append_offset_, failed_from_.size()};
  }
  // What is only staged may fail to be written, and its place is then given to later records.
  commit(ticket);
  taken.physical_end = ticket.end;
  const std::lock_guard lock(append_mutex_);
  if (failed_from_.size() > ticket.failures_before)
    taken.physical_end = std::min(ticket.end, failed_from_[ticket.failures_before]);
  return taken;
}

void CommitLog::close() {
  Ticket ticket;
  {
    const std::lock_guard lock(append_mutex_);
    closed_ = true;
    ticket = {append_offset_, failed_from_.size()};
  }
  commit(ticket);
}

void CommitLog::abandon() {
  const std::lock_guard commit_lock(commit_mutex_);
  const std::lock_guard lock(append_mutex_);
  closed_ = true;
  staging_.bytes.clear();
  append_offset_ = committed_;
  failed_from_.push_back(append_offset_);
  failure_count_ = failed_from_.size();
}

void CommitLog::begin_empty_at(std::int64_t physical_offset) {
  // A flush under way must not take the end back, nor pass over what is written from now on.
  const std::scoped_lock lock(commit_mutex_, flush_mutex_, append_mutex_);
  append_offset_ = physical_offset;
  committed_ = flushed_ = physical_offset;
}

void CommitLog::extend_to(std::int64_t end, std::int64_t last_store_timestamp_ms) {
  {
    const std::scoped_lock lock(commit_mutex_, append_mutex_);
    if (closed_) return;
    append_offset_ = end;
    committed_timestamp_ms_.store(last_store_timestamp_ms, std::memory_order_relaxed);
    committed_.store(end, std::memory_order_seq_cst);
  }
  if (progress_listener_) progress_listener_();
}

std::int64_t CommitLog::min_offset() const {
  return files_.first_base().value_or(committed_.load());
}

std::string CommitLog::failure_text() const {
  const std::lock_guard lock(append_mutex_);
  return failure_text_;
}

PutStatus CommitLog::failure_status() const {
  const std::lock_guard lock(append_mutex_);
  return failure_status_;
}

void CommitLog::retry_after_out_of_space() { gate_.open(WriteGate::Reason::OutOfSpace); }

IoResult<void> CommitLog::flush() {
  const std::lock_guard lock(flush_mutex_);
  if (flush_failure_) return *flush_failure_;
  // The time before the position: it may only be too early.
  const std::int64_t timestamp_ms = committed_timestamp_ms_.load();
  const std::int64_t target = committed_.load(std::memory_order_acquire);
  std::int64_t done = flushed_.load();
  while (done < target) {
    const auto file = files_.find(done);
    if (!file) break;  // expired before it was flushed
    if (const auto synced = file->sync(); !synced) {
      flush_failure_ = synced.error();
      store_log().error(
          "CommitLog: {}; what is on the disk is unknown, the store takes no messages until it is "
          "restarted",
          synced.error().text);
      gate_.close(WriteGate::Reason::DiskFailed, synced.error().text);
      return synced;
    }
    if (target >= file->end()) file->release_descriptor();
    done = std::min(target, file->end());
  }
  flushed_timestamp_ms_ = timestamp_ms;
  flushed_.store(target, std::memory_order_seq_cst);
  return {};
}

CommitLog::Slice CommitLog::read(std::int64_t physical_offset, std::int64_t count) const {
  if (physical_offset < 0 || count < 0 || count > committed_offset() - physical_offset) return {};
  auto file = files_.find(physical_offset);
  if (!file || physical_offset + count > file->end()) return {};
  return {file->bytes(physical_offset - file->base(), count), std::move(file)};
}

CommitLog::Slice CommitLog::read_to_end_of_file(std::int64_t physical_offset) const {
  auto file = files_.find(physical_offset);
  if (!file) return {};
  return read(physical_offset, std::min(committed_offset(), file->end()) - physical_offset);
}

}  // namespace rocketmq::store
