#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "rocketmq/common/result.hpp"

namespace rocketmq::broker {

/// The delays of messageDelayLevel: level n (from 1) is its n-th word (broker.md §14). Constant
/// after construction.
class DelayLevels {
 public:
  /// Error: a word that is no number with one of the units s, m, h, d; no word at all; more than
  /// 1000 words.
  static Result<DelayLevels> parse(std::string_view text);

  std::int32_t count() const { return static_cast<std::int32_t>(delays_.size()); }
  /// A wanted level, brought down to the highest there is.
  std::int32_t clamp(std::int32_t level) const { return level > count() ? count() : level; }
  /// `level` is 1…count().
  std::chrono::milliseconds delay_of(std::int32_t level) const {
    return delays_[static_cast<std::size_t>(level - 1)];
  }

 private:
  std::vector<std::chrono::milliseconds> delays_;
};

/// Queue of SCHEDULE_TOPIC_XXXX in which messages of a level wait.
inline std::int32_t delay_queue_of(std::int32_t level) { return level - 1; }

/// Properties of a message that is to wait in the schedule topic: DELAY becomes `level`, REAL_TOPIC
/// and REAL_QID say where it belongs. Earlier values of the three are replaced.
std::string delayed_properties(std::string_view properties, std::int32_t level,
                               std::string_view real_topic, std::int32_t real_queue_id);

}  // namespace rocketmq::broker
