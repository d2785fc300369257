#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "limits.hpp"
#include "rocketmq/common/budget.hpp"
#include "rocketmq/common/clock.hpp"
#include "rocketmq/common/message_queue.hpp"
#include "rocketmq/common/text_hash.hpp"

namespace rocketmq::broker {

/// Which client may consume which queue orderly (spec/broker.md §12). Neither saved nor
/// replicated: after a restart any client may lock. Runs on: any thread (mutex_). Bounded:
/// `locks_max` locks, each of which counts for the address that took it; expired ones are dropped
/// by tick().
class RebalanceLockManager {
 public:
  static constexpr std::chrono::milliseconds lock_life{60'000};

  /// `clock` must outlive the manager.
  explicit RebalanceLockManager(const Clock& clock, std::size_t locks_max = limits::queue_locks_max)
      : clock_(clock), budget_("queueLocks", "locked queues on one broker", locks_max) {}

  /// Grants each queue that is free, expired, or held by this client (whose lock is renewed);
  /// returns the granted ones. None that is new is granted when the table, or the share of `maker`,
  /// is full.
  std::vector<MessageQueueId> lock(std::string_view group, const std::string& client_id,
                                   const std::vector<MessageQueueId>& queues,
                                   Budget::Peer maker = Budget::nobody);
  void unlock(std::string_view group, const std::string& client_id,
              const std::vector<MessageQueueId>& queues);
  /// Forgets expired locks.
  void tick();
  std::size_t size() const { return budget_.used(); }
  std::vector<const Budget*> budgets() const { return {&budget_}; }

 private:
  struct Lock {
    std::string client_id;
    std::chrono::steady_clock::time_point renewed;
    Budget::Peer maker = Budget::nobody;
  };

  bool is_expired(const Lock& lock) const { return clock_.steady_now() - lock.renewed > lock_life; }

  const Clock& clock_;
  mutable std::mutex mutex_;
  TextMap<std::map<MessageQueueId, Lock>> groups_;  // guarded by mutex_
  Budget budget_;
};

}  // namespace rocketmq::broker
