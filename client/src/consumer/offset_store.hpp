#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>

#include "consumer/process_queue.hpp"
#include "rocketmq/client/failure.hpp"
#include "rocketmq/client/offset_table_json.hpp"

namespace rocketmq::client {

/// Where a group's consumed offsets are kept. The offsets in memory are common to all kinds. Safe
/// on any thread.
class OffsetStore {
 public:
  virtual ~OffsetStore() = default;

  /// Reads what is stored, once, at start.
  virtual Outcome<void> load() = 0;
  /// The stored offset of a queue; nothing when none is stored.
  virtual Outcome<std::optional<std::int64_t>> read_stored(const MessageQueue& queue) = 0;
  /// Stores the offsets of `owned` queues; forgets those of others.
  virtual void persist(const std::set<MessageQueue>& owned) = 0;
  /// The same, and waits until they are stored.
  virtual void persist_and_wait(const std::set<MessageQueue>& owned) = 0;
  /// Stores one queue's offset.
  virtual void persist(const MessageQueue& queue) = 0;

  /// The queue's offset in memory; made when it is not there.
  std::shared_ptr<OffsetCell> cell(const MessageQueue& queue);
  void forget(const MessageQueue& queue);
  /// Offsets in memory that have a value.
  OffsetTable in_memory() const;

 protected:
  void forget_all_but(const std::set<MessageQueue>& owned);

 private:
  mutable std::mutex mutex_;
  std::map<MessageQueue, std::shared_ptr<OffsetCell>> cells_;  // guarded by mutex_
};

}  // namespace rocketmq::client
