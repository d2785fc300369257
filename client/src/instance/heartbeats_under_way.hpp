#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "rocketmq/common/unique_function.hpp"

namespace rocketmq::client {

/// The heartbeats on their way to each broker. A broker may process a large heartbeat later than a
/// request that was sent after it; what must not overtake one waits here for its response. Safe on
/// any thread; runs foreign code outside of its lock. Bounded by the network's limit on requests
/// under way.
class HeartbeatsUnderWay {
 public:
  using Ticket = std::uint64_t;

  /// Before the members to present are read. The ticket is for end().
  Ticket begin(const std::string& address);
  /// With the response or failure, or when nothing is sent after all. Runs what has waited for it.
  void end(const std::string& address, Ticket ticket);
  /// Runs `next` once, when every heartbeat to the broker that has begun so far has ended: on this
  /// thread, or on the one that calls end().
  void after(const std::string& address, UniqueFunction<void()> next);

 private:
  struct Waiter {
    Ticket last;  // of the heartbeats that it waits for
    UniqueFunction<void()> next;
  };
  struct Broker {
    std::set<Ticket> under_way;
    std::vector<Waiter> waiters;
  };

  std::mutex mutex_;
  Ticket next_ticket_ = 0;                 // guarded by mutex_
  std::map<std::string, Broker> brokers_;  // guarded by mutex_; by address; none without heartbeats
};

}  // namespace rocketmq::client
