#pragma once

#include <functional>
#include <memory>

#include "rocketmq/common/clock.hpp"
#include "rocketmq/common/result.hpp"
#include "rocketmq/store/message_arrival.hpp"
#include "rocketmq/store/message_reader.hpp"
#include "rocketmq/store/message_writer.hpp"
#include "rocketmq/store/replica_writer.hpp"
#include "rocketmq/store/replication_source.hpp"
#include "rocketmq/store/store_administration.hpp"
#include "rocketmq/store/store_config.hpp"

namespace rocketmq::store {

class FileSystem;

/// The whole store: one CommitLog for all topics, ConsumeQueues and key indexes made from it. What
/// opens, starts and stops it holds a MessageStore; everything else takes the narrowest of the
/// five interfaces. Its own functions wait for the disk, except on_message_arriving() and role().
class MessageStore : public MessageWriter,
                     public MessageReader,
                     public StoreAdministration,
                     public ReplicationSource,
                     public ReplicaWriter {
 public:
  /// Locks the store directory, loads and recovers it. `file_system` and `clock` must outlive the
  /// store; null takes the real file system. Errors name the file and the reason: locked by another
  /// broker ("Lock failed,MQ already started"), a file of the wrong size, a directory that cannot
  /// be made. Writes nothing before the lock is held.
  static Result<std::unique_ptr<MessageStore>> open(const StoreConfig& config, const Clock& clock,
                                                    FileSystem* file_system = nullptr);

  /// Starts the store's threads, dispatches what the queues miss, and makes the abort file. Call
  /// on_message_arriving first. `role` says who writes the log until the store stops: its own
  /// clients' messages (a master), or append_at() alone (a slave). What decides it, a
  /// configuration or an election, decides it here.
  virtual Result<void> start(BrokerRole role) = 0;
  virtual BrokerRole role() const = 0;
  /// Orderly stop: takes no more puts, flushes everything, writes the checkpoint, removes the abort
  /// file when the queues have caught up with the log. Idempotent.
  virtual void shutdown() = 0;

  /// Called on store-dispatch for each message, in log order, once it can be read. Set before
  /// start(). Must not block.
  virtual void on_message_arriving(std::function<void(const MessageArrival&)> listener) = 0;
};

}  // namespace rocketmq::store
