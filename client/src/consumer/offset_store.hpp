#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>

#include "consumer/process_queue.hpp"
#include "instance/client_instance.hpp"
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
  /// The same, and waits until it is stored.
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

/// The brokers keep the offsets: for groups whose members share the messages.
class RemoteOffsetStore final : public OffsetStore {
 public:
  RemoteOffsetStore(std::shared_ptr<ClientInstance> instance, std::string group)
      : instance_(std::move(instance)), group_(std::move(group)) {}

  Outcome<void> load() override { return {}; }
  Outcome<std::optional<std::int64_t>> read_stored(const MessageQueue& queue) override;
  void persist(const std::set<MessageQueue>& owned) override;
  void persist_and_wait(const std::set<MessageQueue>& owned) override;
  void persist(const MessageQueue& queue) override;

 private:
  struct Update {
    std::string address;
    remoting::RemotingCommand request;
  };
  std::optional<Update> make_update(const MessageQueue& queue, std::int64_t offset);

  const std::shared_ptr<ClientInstance> instance_;
  const std::string group_;
};

/// A file of this machine keeps the offsets: for broadcasting. <directory>/<client
/// id>/<group>/offsets.json
class LocalOffsetStore final : public OffsetStore {
 public:
  LocalOffsetStore(std::filesystem::path directory, const std::string& client_id,
                   const std::string& group);

  /// Failure: the file and its backup cannot be read.
  Outcome<void> load() override;
  Outcome<std::optional<std::int64_t>> read_stored(const MessageQueue& queue) override;
  void persist(const std::set<MessageQueue>& owned) override;
  void persist_and_wait(const std::set<MessageQueue>& owned) override { persist(owned); }
  void persist(const MessageQueue&) override {}

  /// Environment variable ROCKETMQ_CLIENT_LOCALOFFSETSTOREDIR, else $HOME/.rocketmq_offsets.
  static std::filesystem::path default_directory();

 private:
  const std::filesystem::path file_;
  std::mutex file_mutex_;
  OffsetTable stored_;  // guarded by file_mutex_; what the file holds
};

}  // namespace rocketmq::client
