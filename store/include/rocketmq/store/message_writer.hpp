#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "rocketmq/common/endpoint.hpp"
#include "rocketmq/common/unique_function.hpp"

namespace rocketmq::store {

class PutBatch;
struct PendingPut;

enum class PutStatus {
  Ok,
  /// Stored, but not flushed or replicated in time. The results of all four carry offsets.
  FlushDiskTimeout,
  FlushSlaveTimeout,
  SlaveNotAvailable,
  CreateMappedFileFailed,
  MessageIllegal,
  PropertiesSizeExceeded,
  /// Disk full, shut down, slave, or the disk has failed; PutResult::remark says which.
  ServiceNotAvailable,
  OsPageCacheBusy,
  UnknownError,
};
const char* to_string(PutStatus status);
/// True when the same message would be refused at any other time as well.
inline bool is_refused_forever(PutStatus status) {
  return status == PutStatus::MessageIllegal || status == PutStatus::PropertiesSizeExceeded;
}

/// What a message's place in the store is to be. Views are read during put() only.
struct MessageToPut {
  std::string_view topic;
  std::int32_t queue_id = 0;
  std::int32_t flag = 0;
  std::int32_t sys_flag = 0;
  std::int64_t born_timestamp_ms = 0;
  Endpoint born_host;
  Endpoint store_host;
  std::int32_t reconsume_times = 0;
  std::int64_t prepared_transaction_offset = 0;
  std::string_view body;
  std::string_view properties;
  /// Under SYNC_FLUSH: complete the put only when the message is on disk; under SYNC_MASTER: only
  /// when slaves have it.
  bool wait_store_ok = true;
  /// A copy of a stored message. maxMessageSize, which limits what clients send, does not apply: it
  /// may have been lowered since.
  bool is_copy = false;
  /// Names the connection that sends it, for its share of what may wait for the disk; 0 for none.
  std::uint64_t sender = 0;
};

struct PutResult {
  PutStatus status = PutStatus::UnknownError;
  /// Why, when it was not stored.
  std::string remark;
  /// Of the (first) record.
  std::int64_t physical_offset = 0;
  std::int64_t queue_offset = 0;
  std::int64_t store_timestamp_ms = 0;
  /// Bytes of all records.
  std::int64_t size_bytes = 0;
  /// Positions of all records of a batch; empty for a single message.
  std::vector<std::int64_t> batch_physical_offsets;

  bool is_stored() const {
    return status == PutStatus::Ok || status == PutStatus::FlushDiskTimeout ||
           status == PutStatus::FlushSlaveTimeout || status == PutStatus::SlaveNotAvailable;
  }
};
using PutCallback = UniqueFunction<void(const PutResult&)>;

/// The store as its producers see it: it takes messages. Any thread.
class MessageWriter {
 public:
  virtual ~MessageWriter() = default;

  /// Appends one message. `done` runs exactly once: when `batch` has been written, or without one
  /// (null) before put() returns; on store-flush or the thread of the slaves' links, when it waits
  /// for a flush or a slave. When it gets Ok the message survives a kill of this process; under
  /// SYNC_FLUSH with wait_store_ok it survives a loss of power, under SYNC_MASTER the loss of this
  /// machine. Without a batch, the log's write may wait for the disk.
  virtual void put(const MessageToPut& message, PutBatch* batch, PutCallback done) = 0;
  void put(const MessageToPut& message, PutCallback done) {
    put(message, nullptr, std::move(done));
  }
  /// Appends several messages to one queue, at consecutive offsets, all or none. `message.body`
  /// holds the entries (spec/wire.md §6.3); `message.properties` go to each of them (spec/store.md
  /// §2.7).
  virtual void put_batch(const MessageToPut& message, PutBatch* batch, PutCallback done) = 0;
  void put_batch(const MessageToPut& message, PutCallback done) {
    put_batch(message, nullptr, std::move(done));
  }
  /// put() for background services: waits for the outcome, and for the disk.
  PutResult put_and_wait(const MessageToPut& message);

  // For PutBatch.

  /// Writes what the batch has gathered, or has another thread do so. False: another thread has
  /// taken over the calling one's work.
  virtual bool write(PutBatch& batch) = 0;
  /// Runs the callbacks of puts whose log has been written, or could not be, the first of which was
  /// taken at `began`.
  virtual void finish(std::span<PendingPut> puts, std::chrono::steady_clock::time_point began) = 0;
};

}  // namespace rocketmq::store
