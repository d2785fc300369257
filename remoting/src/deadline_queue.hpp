#pragma once

#include <cstddef>
#include <cstdint>
#include <map>

#include "asio.hpp"

namespace rocketmq::remoting {

/// What waits for a deadline. Called on the reactor's thread; `token` is what was given to add().
class DeadlineOwner {
 public:
  virtual void on_deadline(std::int64_t token) = 0;

 protected:
  ~DeadlineOwner() = default;
};

/// All deadlines of one reactor behind one timer. A deadline that is taken back costs no timer call, so that requests
/// that are answered in time only pay for a map entry. Runs on the reactor's thread.
class DeadlineQueue {
 public:
  struct Entry {
    DeadlineOwner* owner;
    std::int64_t token;
  };
  using Handle = std::multimap<SteadyTime, Entry>::iterator;

  explicit DeadlineQueue(asio::io_context& context) : timer_(context.get_executor()) {}

  /// The owner takes the deadline back with remove() before it goes away. Its handle is void once on_deadline() runs.
  Handle add(SteadyTime at, DeadlineOwner& owner, std::int64_t token);
  void remove(Handle handle) { entries_.erase(handle); }
  std::size_t size() const { return entries_.size(); }
  /// Runs what is due.
  void expire(SteadyTime now);
  /// The next call to the timer's handler goes to `due`, which is to call expire().
  template <class Callback>
  void on_due(Callback due) {
    due_ = due;
  }
  void shut_down();

 private:
  void arm();

  SteadyTimer timer_;
  std::multimap<SteadyTime, Entry> entries_;
  SteadyTime armed_for_ = SteadyTime::max();
};

}  // namespace rocketmq::remoting
