#pragma once

#include <cstddef>
#include <cstdint>
#include <map>

namespace rocketmq::broker {

/// A half message moves to the end of its queue whenever its transaction has to wait longer. This
/// table knows where to, so that an end that names an earlier place, because the producer was slow
/// to decide, ends the message all the same instead of having the producer asked again.
/// Kept in memory only: what it forgets costs a check-back. Runs on: one thread.
/// Bounded: `moves_max` moves; further ones are not remembered.
class MovedHalfMessages {
 public:
  static constexpr std::size_t moves_max = 200'000;

  void remember(std::int64_t from, std::int64_t to) {
    if (moves_.size() < moves_max) moves_[from] = to;
  }
  /// The queue offset at which the message that was at `offset` is now.
  std::int64_t place_of(std::int64_t offset) const {
    for (auto move = moves_.find(offset); move != moves_.end(); move = moves_.find(offset)) {
      offset = move->second;
    }
    return offset;
  }
  /// Forgets the messages whose last place is before `offset`: they are done with.
  void forget_before(std::int64_t offset) {
    std::erase_if(moves_,
                  [this, offset](const auto& move) { return place_of(move.second) < offset; });
  }
  std::size_t size() const { return moves_.size(); }

 private:
  /// Each target is greater than its source, so that chains end.
  std::map<std::int64_t, std::int64_t> moves_;
};

}  // namespace rocketmq::broker
