#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <unordered_map>
#include <utility>
#include <vector>

namespace rocketmq {

/// A queue of lanes that take turns; within a lane, first in, first out. Each call does the same
/// bounded work, however many lanes there are. Not thread-safe.
template <class T>
class LaneQueue {
 public:
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

  void push(std::uint64_t lane, T item) {
    Lane& place = lane_of(lane);
    resize(place, place.items.size() + 1);
    place.items.push_back(std::move(item));
    ++size_;
  }

  /// The oldest item of the lane whose turn it is. The queue is not empty.
  T pop() {
    Lane& lane = *turns_.front();
    turns_.pop_front();
    T item = std::move(lane.items.front());
    lane.items.pop_front();
    --size_;
    resize(lane, lane.items.size());
    if (!lane.items.empty()) {
      turns_.push_back(&lane);
    } else if (auto node = lanes_.extract(lane.number); spare_.size() < spare_max) {
      spare_.push_back(std::move(node));
    }
    return item;
  }

  /// Takes the newest item of the longest lane, for one of `lane`, which has at least two fewer.
  /// False when no lane is that much longer.
  bool give_way(std::uint64_t lane, T& taken) {
    const auto own = lanes_.find(lane);
    const std::size_t own_size = own == lanes_.end() ? 0 : own->second.items.size();
    if (longest_ < own_size + 2) return false;
    Lane& longest = *of_length_[longest_];
    taken = std::move(longest.items.back());
    longest.items.pop_back();
    --size_;
    resize(longest, longest.items.size());
    return true;
  }

 private:
  /// Empty lanes that are kept, so that an item of a new lane allocates none.
  static constexpr std::size_t spare_max = 64;

  struct Lane {
    std::uint64_t number = 0;
    std::deque<T> items;
    // Lanes of the same length, in a list.
    std::size_t length = 0;
    Lane* before = nullptr;
    Lane* after = nullptr;
  };
  using Lanes = std::unordered_map<std::uint64_t, Lane>;

  Lane& lane_of(std::uint64_t number) {
    auto found = lanes_.find(number);
    if (found == lanes_.end()) {
      if (spare_.empty()) {
        found = lanes_.try_emplace(number).first;
      } else {
        auto node = std::move(spare_.back());
        spare_.pop_back();
        node.key() = number;
        found = lanes_.insert(std::move(node)).position;
      }
      found->second.number = number;
      turns_.push_back(&found->second);
    }
    return found->second;
  }

  /// Moves a lane to the list of its new length, which is one more or one less.
  void resize(Lane& lane, std::size_t length) {
    unlink(lane);
    lane.length = length;
    if (of_length_.size() <= length) of_length_.resize(length + 1, nullptr);
    link(lane);
    if (length > longest_) {
      longest_ = length;
    } else if (of_length_[longest_] == nullptr && longest_ > 0) {
      --longest_;  // it was the only one, and has one item less now
    }
  }
  void unlink(Lane& lane) {
    if (lane.length == 0) return;
    (lane.before == nullptr ? of_length_[lane.length] : lane.before->after) = lane.after;
    if (lane.after != nullptr) lane.after->before = lane.before;
  }
  void link(Lane& lane) {
    if (lane.length == 0) return;
    Lane*& first = of_length_[lane.length];
    lane.before = nullptr;
    lane.after = first;
    if (first != nullptr) first->before = &lane;
    first = &lane;
  }

  Lanes lanes_;                   // none is empty
  std::deque<Lane*> turns_;       // every lane once
  std::vector<Lane*> of_length_;  // first lane of each length; index 0 is unused
  std::size_t longest_ = 0;       // the greatest length of a lane
  std::vector<typename Lanes::node_type> spare_;
  std::size_t size_ = 0;
};

}  // namespace rocketmq
