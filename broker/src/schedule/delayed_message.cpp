#include "schedule/delayed_message.hpp"

#include "rocketmq/common/message_properties.hpp"

namespace rocketmq::broker {

std::string redirected_properties(std::string_view properties, std::string_view real_topic,
                                  std::int32_t real_queue_id) {
  std::string text = remove_property(properties, property::real_topic);
  text = remove_property(text, property::real_queue_id);
  append_property(text, property::real_topic, real_topic);
  append_property(text, property::real_queue_id, std::to_string(real_queue_id));
  return text;
}

std::string delayed_properties(std::string_view properties, std::int32_t level,
                               std::string_view real_topic, std::int32_t real_queue_id) {
  std::string text = remove_property(properties, property::delay_level);
  append_property(text, property::delay_level, std::to_string(level));
  return redirected_properties(text, real_topic, real_queue_id);
}

}  // namespace rocketmq::broker
