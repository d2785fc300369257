#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "consumer/offset_store.hpp"
#include "instance/client_instance.hpp"

namespace rocketmq::client {

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

}  // namespace rocketmq::client
