#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "rocketmq/common/clock.hpp"
#include "rocketmq/common/message_queue.hpp"
#include "rocketmq/common/text_hash.hpp"

namespace rocketmq::broker {

/// Which client may consume which queue orderly (spec/broker.md §12). Neither saved nor
/// replicated: after a restart any client may lock. Runs on: any thread (mutex_). Bounded:
/// limits::queue_locks_max locks; expired ones are dropped by tick().
class RebalanceLockManager {
 public:
  static constexpr std::chrono::milliseconds lock_life{60'000};

  /// `clock` must outlive the manager.
  explicit RebalanceLockManager(const Clock& clock) : clock_(clock) {}

  /// Grants each queue that is free, expired, or held by this client (whose lock is renewed);
  /// returns the granted ones.
  std::vector<MessageQueueId> lock(std::string_view group, const std::string& client_id,
                                   const std::vector<MessageQueueId>& queues);
  void unlock(std::string_view group, const std::string& client_id,
              const std::vector<MessageQueueId>& queues);
  /// Forgets expired locks.
  void tick();
  std::size_t size() const;

 private:
  struct Lock {
    std::string client_id;
    std::chrono::steady_clock::time_point renewed;
  };

  bool is_expired(const Lock& lock) const { return clock_.steady_now() - lock.renewed > lock_life; }

  const Clock& clock_;
  mutable std::mutex mutex_;
  TextMap<std::map<MessageQueueId, Lock>> groups_;  // guarded by mutex_
  std::size_t size_ = 0;                            // guarded by mutex_
};

}  // namespace rocketmq::broker
