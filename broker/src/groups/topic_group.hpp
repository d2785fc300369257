#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace rocketmq::broker {

/// A topic as one group reads it.
struct TopicGroupView {
  std::string_view topic;
  std::string_view group;
  friend bool operator==(const TopicGroupView&, const TopicGroupView&) = default;
};

struct TopicGroup {
  std::string topic;
  std::string group;
  operator TopicGroupView() const { return {topic, group}; }  // NOLINT(google-explicit-constructor)
};

/// One queue as one group reads it.
struct GroupQueueView {
  std::string_view topic;
  std::string_view group;
  std::int32_t queue_id = 0;
  friend bool operator==(const GroupQueueView&, const GroupQueueView&) = default;
};

struct GroupQueue {
  std::string topic;
  std::string group;
  std::int32_t queue_id = 0;
  operator GroupQueueView() const {  // NOLINT(google-explicit-constructor)
    return {topic, group, queue_id};
  }
};

/// Hash and equality of tables keyed by these, which are searched with views.
struct TopicGroupHash {
  using is_transparent = void;
  std::size_t operator()(const TopicGroupView& key) const noexcept {
    const std::hash<std::string_view> hash_text;
    return hash_text(key.topic) * 31 + hash_text(key.group);
  }
  std::size_t operator()(const GroupQueueView& key) const noexcept {
    return (*this)(TopicGroupView{key.topic, key.group}) * 31 +
           static_cast<std::size_t>(static_cast<std::uint32_t>(key.queue_id));
  }
  std::size_t operator()(const TopicGroup& key) const noexcept {
    return (*this)(TopicGroupView(key));
  }
  std::size_t operator()(const GroupQueue& key) const noexcept {
    return (*this)(GroupQueueView(key));
  }
};
struct TopicGroupEqual {
  using is_transparent = void;
  bool operator()(const TopicGroupView& a, const TopicGroupView& b) const noexcept {
    return a == b;
  }
  bool operator()(const GroupQueueView& a, const GroupQueueView& b) const noexcept {
    return a == b;
  }
};

}  // namespace rocketmq::broker
