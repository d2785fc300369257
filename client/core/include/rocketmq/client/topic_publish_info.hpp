#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "rocketmq/MessageQueue.h"
#include "rocketmq/protocol/route_data.hpp"

namespace rocketmq::client {

/// A broker as a send needs it, resolved once and unchanged afterwards: when the master's address
/// changes, the route table makes new infos with new handles.
struct BrokerHandle {
  std::string name;
  /// Of its master; empty while that is not known.
  std::string address;
};

/// The queues that a topic's messages may be sent to, and their brokers. Unchanged once made,
/// except the counter; safe on any thread.
class TopicPublishInfo {
 public:
  /// `queues` as writable_queues() gives them; `masters`: addresses by broker name.
  explicit TopicPublishInfo(std::vector<MessageQueue> queues,
                            const std::map<std::string, std::string>& masters = {});
  TopicPublishInfo(const TopicPublishInfo&) = delete;
  TopicPublishInfo& operator=(const TopicPublishInfo&) = delete;

  const std::vector<MessageQueue>& queues() const { return queues_; }
  bool empty() const { return queues_.empty(); }
  /// Null when none of the queues is on such a broker.
  const BrokerHandle* broker(std::string_view name) const;
  const std::vector<BrokerHandle>& brokers() const { return brokers_; }

  /// The next queue in turn, on another broker than `failed_broker` if there is one. The info must
  /// not be empty.
  const MessageQueue& choose(std::string_view failed_broker = {}) const;
  /// The next queue in turn that is `wanted`; null when none is.
  const MessageQueue* choose_where(const std::function<bool(const MessageQueue&)>& wanted) const;

 private:
  std::vector<MessageQueue> queues_;
  std::vector<BrokerHandle> brokers_;  // sorted by name
  mutable std::atomic<std::uint32_t>
      next_;  // begins at random, so that producers do not all begin at one queue
};

/// Writable queues whose broker has a master, by broker name and id; or the queues of the route's
/// order configuration, in its order.
std::vector<MessageQueue> writable_queues(const std::string& topic,
                                          const remoting::TopicRouteData& route);
/// Readable queues, sorted.
std::vector<MessageQueue> readable_queues(const std::string& topic,
                                          const remoting::TopicRouteData& route);

}  // namespace rocketmq::client
