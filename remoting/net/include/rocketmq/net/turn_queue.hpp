#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <memory>
#include <utility>

#include "rocketmq/net/reactor_member.hpp"

namespace rocketmq::net {

/// The sessions of a reactor that have used up a turn and have work left. They take turns, in
/// rounds: between two rounds the reactor serves whatever has become ready. A session that asks
/// little therefore waits for one round and not for a turn of each session that asks without end.
///
/// No threads, no clock of its own. Bounded by its user: a session is in it once.
class TurnQueue {
 public:
  /// A round ends with the turn in which this time is over.
  static constexpr std::chrono::microseconds round_max{2'000};

  void push(std::shared_ptr<ReactorMember> member) { waiting_.push_back(std::move(member)); }
  bool empty() const { return waiting_.empty(); }
  std::size_t size() const { return waiting_.size(); }
  void clear() { waiting_.clear(); }

  /// Calls `take_turn` with the members in the order in which they came: until round_max is over
  /// by `now` or it returns false, and at most once with each. Who comes back meanwhile waits for a
  /// later round.
  template <class Now, class TakeTurn>
  void run_round(Now&& now, TakeTurn&& take_turn) {
    const SteadyTime end = now() + round_max;
    for (std::size_t left = waiting_.size(); left > 0; --left) {
      const std::shared_ptr<ReactorMember> member = std::move(waiting_.front());
      waiting_.pop_front();
      if (!take_turn(*member) || now() >= end) return;
    }
  }

 private:
  std::deque<std::shared_ptr<ReactorMember>> waiting_;
};

}  // namespace rocketmq::net
