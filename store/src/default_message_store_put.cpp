// The write side of the store: checks, places, gathers, commits, and completes.

#include <limits>

#include "default_message_store.hpp"
#include "rocketmq/common/message_properties.hpp"
#include "rocketmq/common/names.hpp"
#include "rocketmq/common/sys_flag.hpp"

namespace rocketmq::store {
namespace {

/// A batch that has grown to this is written early, so that memory and caches are not filled;
/// its callbacks still run at the end.
constexpr std::int64_t gathered_bytes_max = 256 * 1024;

/// How long a put waits for the slave of an ASYNC_MASTER to come nearer. A client gives a send up
/// after 3 s.
constexpr std::chrono::milliseconds pace_timeout{1'000};

PutResult refusal(PutStatus status, std::string remark) {
  PutResult result;
  result.status = status;
  result.remark = std::move(remark);
  return result;
}

}  // namespace

std::optional<PutResult> DefaultMessageStore::refuse_now(const MessageToPut& message,
                                                         const PutBatch* batch) const {
  if (!gate_.is_open()) [[unlikely]]
    return refusal(PutStatus::ServiceNotAvailable, gate_.refusal());
  if (!allowance_.allows(log_.committed_offset())) [[unlikely]]
    return refusal(PutStatus::OsPageCacheBusy,
                   "the disk of the store is nearly full: sends are slowed down");
  if (log_.is_busy(config_.os_page_cache_busy_timeout_ms) || writer_.is_full()) [[unlikely]]
    return refusal(PutStatus::OsPageCacheBusy,
                   "the disk takes too long: a write has not come back");
  if (batch != nullptr && batch->has_full_share(message.sender)) [[unlikely]]
    return refusal(PutStatus::OsPageCacheBusy,
                   "the disk takes too long: too many messages of this connection wait for it");
  return {};
}

std::optional<PutResult> DefaultMessageStore::refuse(const MessageToPut& message,
                                                     std::int64_t total_bytes,
                                                     bool is_new_queue) const {
  if (is_new_queue) {
    if (const auto named = check_name("topic", message.topic); !named)
      return refusal(PutStatus::MessageIllegal, named.error().remark);
    if (message.queue_id < 0) return refusal(PutStatus::MessageIllegal, "the queue id is negative");
  }
  if (message.properties.size() > properties_bytes_max) {
    return refusal(PutStatus::PropertiesSizeExceeded,
                   "the properties have " + std::to_string(message.properties.size()) +
                       " bytes, more than " + std::to_string(properties_bytes_max));
  }
  if (ends_with_zero(message.properties))
    return refusal(PutStatus::MessageIllegal, "the properties end with a zero byte");
  if (!message.is_copy && std::ssize(message.body) > config_.max_message_size) {
    return refusal(PutStatus::MessageIllegal, "the body has " +
                                                  std::to_string(message.body.size()) +
                                                  " bytes, more than maxMessageSize (" +
                                                  std::to_string(config_.max_message_size) + ")");
  }
  if (total_bytes + static_cast<std::int64_t>(message_record::blank_bytes) > files_.file_size()) {
    return refusal(PutStatus::MessageIllegal,
                   std::to_string(total_bytes) +
                       " bytes do not fit into one CommitLog file (mappedFileSizeCommitLog)");
  }
  return {};
}

void DefaultMessageStore::put(const MessageToPut& message, PutBatch* batch, PutCallback done) {
  auto queue = queues_.find(message.topic, message.queue_id);
  auto refused = refuse_now(message, batch);
  // Whether the topic's name is good was asked when its queue was made.
  if (!refused) refused = refuse(message, 0, queue == nullptr);
  PreparedRecord record;
  if (!refused) {
    prepare_record(message, record);
    refused = refuse(message, record.total_bytes, false);
  }
  if (refused) {
    take({.done = std::move(done),
          .result = std::move(*refused),
          .sender = message.sender,
          .is_refused = true},
         batch);
    return;
  }
  put_records(message, {&record, 1}, false, std::move(queue), batch, std::move(done));
}

void DefaultMessageStore::put_batch(const MessageToPut& message, PutBatch* batch,
                                    PutCallback done) {
  auto queue = queues_.find(message.topic, message.queue_id);
  auto refused = refuse_now(message, batch);
  if (!refused) refused = refuse(message, 0, queue == nullptr);
  if (!refused && sys_flag::transaction_type(message.sys_flag) != sys_flag::transaction_none)
    refused = refusal(PutStatus::MessageIllegal, "a batch cannot be transactional");
  if (!refused && find_property(message.properties, property::delay_level))
    refused = refusal(PutStatus::MessageIllegal, "a batch cannot be delayed");
  std::vector<PreparedRecord> records;
  if (!refused) {
    if (const auto prepared = prepare_batch(message, records); !prepared) {
      refused = refusal(PutStatus::MessageIllegal, prepared.error().remark);
    } else {
      std::int64_t total_bytes = 0;
      for (const PreparedRecord& record : records) total_bytes += record.total_bytes;
      refused = refuse(message, total_bytes, false);
    }
  }
  if (refused) {
    take({.done = std::move(done),
          .result = std::move(*refused),
          .sender = message.sender,
          .is_refused = true},
         batch);
    return;
  }
  put_records(message, records, true, std::move(queue), batch, std::move(done));
}

void DefaultMessageStore::put_records(const MessageToPut& message,
                                      std::span<const PreparedRecord> records, bool is_batch,
                                      ConsumeQueueStore::QueuePtr queue, PutBatch* batch,
                                      PutCallback done) {
  const std::int32_t type = sys_flag::transaction_type(message.sys_flag);
  const bool counts_in_queue =
      type == sys_flag::transaction_none || type == sys_flag::transaction_commit;
  PendingPut pending{
      .done = std::move(done), .sender = message.sender, .wait_store_ok = message.wait_store_ok};
  CommitLog::Staged staged;
  if (!log_.stage(records, message.queue_id, counts_in_queue, std::move(queue), staged,
                  is_batch ? &pending.result.batch_physical_offsets : nullptr)) {
    pending.result = refusal(PutStatus::ServiceNotAvailable, gate_.refusal());
    pending.is_refused = true;
    take(std::move(pending), batch);
    return;
  }
  pending.ticket = staged.ticket;
  pending.result.physical_offset = staged.physical_offset;
  pending.result.queue_offset = staged.queue_offset;
  pending.result.store_timestamp_ms = staged.store_timestamp_ms;
  pending.result.size_bytes = staged.bytes;
  put_messages_.fetch_add(std::ssize(records), std::memory_order_relaxed);
  put_bytes_.fetch_add(staged.bytes, std::memory_order_relaxed);
  take(std::move(pending), batch);
}

void DefaultMessageStore::take(PendingPut pending, PutBatch* batch) {
  if (batch == nullptr) {
    const auto began = clock_.steady_now();
    if (!pending.is_refused) log_.commit(pending.ticket);
    finish({&pending, 1}, began);
    return;
  }
  if (batch->is_empty()) batch->began_ = clock_.steady_now();
  const LogTicket ticket = pending.ticket;
  batch->uncommitted_bytes_ += pending.result.size_bytes;
  batch->puts_.push_back(std::move(pending));
  if (batch->uncommitted_bytes_ >= gathered_bytes_max && batch->thread_ == nullptr) {
    batch->uncommitted_bytes_ = 0;
    log_.commit(ticket);
  }
}

bool DefaultMessageStore::write(PutBatch& batch) {
  if (batch.thread_ != nullptr) return writer_.write(batch);
  PutBatch::Job& job = batch.take_job();
  if (job.has_place) log_.commit(job.ticket);
  batch.written_ = &job;
  return true;
}

void DefaultMessageStore::finish(std::span<PendingPut> pending,
                                 std::chrono::steady_clock::time_point began) {
  if (pending.empty()) return;
  const auto written = clock_.steady_now();
  std::int64_t answered = 0;
  for (PendingPut& put : pending) answered += finish_one(put, began) ? 1 : 0;
  if (answered > 0) put_clock_.record(written - began, answered);
}

AcknowledgementNeeds DefaultMessageStore::needs_of(const PendingPut& pending) const {
  AcknowledgementNeeds needs;
  if (!pending.wait_store_ok) return needs;
  if (config_.flush_disk_type == FlushDiskType::SyncFlush)
    needs.flush_timeout = std::chrono::milliseconds(config_.sync_flush_timeout_ms);
  if (waits_for_slaves()) {
    needs.replication_timeout = std::chrono::milliseconds(config_.slave_timeout_ms);
  } else if (!acknowledgements_.pace_allows(pending.ticket.end)) [[unlikely]] {
    needs.pace_timeout = pace_timeout;
  }
  return needs;
}

bool DefaultMessageStore::finish_one(PendingPut& pending,
                                     std::chrono::steady_clock::time_point began) {
  PutResult& result = pending.result;
  if (!pending.is_refused) {
    if (log_.is_committed(pending.ticket)) {
      result.status = PutStatus::Ok;
    } else {
      result.status = log_.failure_status();
      result.remark = log_.failure_text();
    }
  }
  if (!result.is_stored()) {
    put_failures_.fetch_add(1, std::memory_order_relaxed);
    if (!pending.is_refused) {
      result.physical_offset = result.queue_offset = 0;
      result.batch_physical_offsets.clear();
    }
  } else if (const auto needs = needs_of(pending); needs.any()) {
    if (needs.pace_timeout) paced_puts_.fetch_add(1, std::memory_order_relaxed);
    acknowledgements_.wait({.end = pending.ticket.end,
                            .began = began,
                            .result = std::move(result),
                            .done = std::move(pending.done)},
                           needs);
    return false;
  }
  pending.done(result);
  return true;
}

}  // namespace rocketmq::store
