#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <vector>

namespace rocketmq::net {

using SteadyTime = std::chrono::steady_clock::time_point;

/// What waits for a deadline. `token` is what was given to add().
class DeadlineOwner {
 public:
  virtual void on_deadline(std::int64_t token) = 0;

 protected:
  ~DeadlineOwner() = default;
};

/// All deadlines of one reactor behind one timer, so that a request whose response comes in time
/// costs a map entry and no timer call. Runs on the reactor's thread. Bounded by its users: one
/// entry per request under way.
class DeadlineQueue {
 public:
  struct Entry {
    DeadlineOwner* owner;
    std::int64_t token;
  };
  using Entries = std::multimap<SteadyTime, Entry>;
  using Handle = Entries::iterator;

  /// `arm_timer` has expire() and then rearm() called at the given time, and no longer at the time
  /// of an earlier call.
  explicit DeadlineQueue(std::function<void(SteadyTime)> arm_timer);

  /// The owner takes the deadline back with remove() before it goes away; the handle is void once
  /// on_deadline() runs.
  Handle add(SteadyTime at, DeadlineOwner& owner, std::int64_t token);
  void remove(Handle handle);
  /// Calls every owner whose time has come.
  void expire(SteadyTime now);
  /// Arms the timer for the first deadline that is left.
  void rearm();
  /// The timer is armed no more.
  void shut_down() { is_shut_down_ = true; }
  bool empty() const { return entries_.empty(); }

 private:
  /// Entries that are kept for later deadlines, so that a busy reactor allocates none.
  static constexpr std::size_t spare_max = 4096;

  void arm();

  const std::function<void(SteadyTime)> arm_timer_;
  Entries entries_;
  std::vector<Entries::node_type> spare_;
  SteadyTime armed_for_ = SteadyTime::max();
  bool is_shut_down_ = false;
};

}  // namespace rocketmq::net
