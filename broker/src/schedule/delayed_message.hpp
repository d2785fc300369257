#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace rocketmq::broker {

/// Queue of SCHEDULE_TOPIC_XXXX in which messages of a delay level wait.
inline std::int32_t delay_queue_of(std::int32_t level) { return level - 1; }

/// Property text of a message that is to wait somewhere else than where it belongs: REAL_TOPIC and
/// REAL_QID say where that is. Earlier values of the two are replaced.
std::string redirected_properties(std::string_view properties, std::string_view real_topic,
                                  std::int32_t real_queue_id);

/// The same for the schedule topic: DELAY becomes `level`.
std::string delayed_properties(std::string_view properties, std::int32_t level,
                               std::string_view real_topic, std::int32_t real_queue_id);

}  // namespace rocketmq::broker
