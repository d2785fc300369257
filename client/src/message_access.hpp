#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "rocketmq/MessageExt.h"
#include "rocketmq/common/message_properties.hpp"
#include "rocketmq/common/message_record.hpp"

namespace rocketmq::client {

/// The client's own access to the private members of messages.
struct MessageAccess {
  static const std::string& properties(const Message& message) { return message.properties_; }
  static void set_properties(Message& message, std::string text) {
    message.properties_ = std::move(text);
  }
  static std::string take_body(Message& message) { return std::move(message.body_); }

  /// Sets any property, the system's own included; an empty value removes it.
  static void put(Message& message, std::string_view name, std::string_view value) {
    if (find_property(message.properties_, name))
      message.properties_ = remove_property(message.properties_, name);
    if (!value.empty()) append_property(message.properties_, name, value);
  }
  static void remove(Message& message, std::string_view name) { put(message, name, {}); }

  /// Sets everything but the body from a decoded record.
  static void fill(MessageExt& message, const MessageRecord& record,
                   const std::string& broker_name);
  static void set_range(MessageExt& message, std::int64_t min_offset, std::int64_t max_offset) {
    message.minOffset_ = min_offset;
    message.maxOffset_ = max_offset;
  }
  static void set_consume_start(MessageExt& message, std::int64_t now_ms) {
    message.consumeStartTimestamp_ = now_ms;
  }
  static void set_reconsume_times(MessageExt& message, int times) {
    message.reconsumeTimes_ = times;
  }
};

}  // namespace rocketmq::client
