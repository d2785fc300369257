#pragma once

#include <cstddef>

#include "rocketmq/common/result.hpp"
#include "rocketmq/net/deadline_queue.hpp"

namespace rocketmq::net {

/// What lives on a reactor from its beginning to its end: a session. Every call comes on the
/// reactor's thread, within one of its turns.
class ReactorMember {
 public:
  virtual ~ReactorMember() = default;

  /// After Reactor::wake(): fetches what other threads have left.
  virtual void on_wake() = 0;
  /// After Reactor::flush_later(): sends what the turn has made.
  virtual void on_turn_end() = 0;
  /// After Reactor::take_turn_later(): continues where the last turn ended.
  virtual void take_turn() = 0;

  /// Fails what is under way, reads no more, closes as soon as the output is sent.
  virtual void wind_down(const Error& error) = 0;
  virtual void close_now(const Error& error) = 0;
  virtual void close_if_idle(SteadyTime now) = 0;

  /// What it holds in buffers, as far as the shared limits count it.
  virtual std::size_t counted_bytes() const = 0;
  /// Closes it because the buffers of all members together are over their limit.
  virtual void close_for_buffers() = 0;

 private:
  friend class Reactor;
  std::size_t reactor_index_ = 0;  // its place in the reactor's table
};

}  // namespace rocketmq::net
