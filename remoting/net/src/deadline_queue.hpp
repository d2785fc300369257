#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <vector>

#include "asio.hpp"

namespace rocketmq::remoting {

/// What waits for a deadline. `token` is what was given to add().
class DeadlineOwner {
 public:
  virtual void on_deadline(std::int64_t token) = 0;

 protected:
  ~DeadlineOwner() = default;
};

/// All deadlines of one reactor behind one timer, so that a request that is answered in time costs
/// a map entry and no timer call. Runs on the reactor's thread. Bounded by who adds: one entry per
/// request under way.
class DeadlineQueue {
 public:
  struct Entry {
    DeadlineOwner* owner;
    std::int64_t token;
  };
  using Entries = std::multimap<SteadyTime, Entry>;
  using Handle = Entries::iterator;

  /// `on_timer` runs when the timer fires, and is to call expire().
  DeadlineQueue(asio::io_context& context, std::function<void()> on_timer);

  /// The owner takes the deadline back with remove() before it goes away; the handle is void once
  /// on_deadline() runs.
  Handle add(SteadyTime at, DeadlineOwner& owner, std::int64_t token);
  void remove(Handle handle);
  /// Calls every owner whose time has come.
  void expire(SteadyTime now);
  /// Takes the timer down; nothing expires any more.
  void shut_down();

 private:
  /// Entries that are kept for later deadlines, so that a busy reactor allocates none.
  static constexpr std::size_t spare_max = 4096;

  void arm();

  const std::function<void()> on_timer_;
  SteadyTimer timer_;
  Entries entries_;
  std::vector<Entries::node_type> spare_;
  SteadyTime armed_for_ = SteadyTime::max();
  bool is_shut_down_ = false;
};

}  // namespace rocketmq::remoting
