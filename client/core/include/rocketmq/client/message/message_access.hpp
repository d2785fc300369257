#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "rocketmq/MessageExt.h"
#include "rocketmq/SendResult.h"
#include "rocketmq/common/message_properties.hpp"
#include "rocketmq/common/message_record.hpp"

namespace rocketmq::client {

/// The client's own access to the private members of messages.
struct MessageAccess {
  static const std::string& properties(const Message& message) { return message.properties_; }
  static void set_properties(Message& message, std::string text) {
    message.properties_ = std::move(text);
  }
  /// Takes the body and leaves an empty one, in `body`'s memory.
  static void take_body(Message& message, std::string& body) {
    body.clear();
    message.body_.swap(body);
  }
  /// Replaces the body, in the memory of the one before.
  static void assign_body(Message& message, std::string_view body) { message.body_.assign(body); }

  /// Sets any property, the system's own included; an empty value removes it.
  static void put(Message& message, std::string_view name, std::string_view value) {
    if (find_property(message.properties_, name))
      message.properties_ = remove_property(message.properties_, name);
    if (!value.empty()) append_property(message.properties_, name, value);
  }
  /// Sets a property that the message does not have.
  static void add(Message& message, std::string_view name, std::string_view value) {
    message.properties_.reserve(message.properties_.size() + name.size() + value.size() + 3);
    append_property(message.properties_, name, value);
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
  /// Why the body could not be decompressed and is as it travelled; null when it is readable.
  static const std::string* body_error(const MessageExt& message) {
    return message.bodyError_.get();
  }
  static void set_body_error(MessageExt& message, std::string error) {
    message.bodyError_ = std::make_shared<const std::string>(std::move(error));
  }
  static void clear_body_error(MessageExt& message) { message.bodyError_.reset(); }
  static void set_reconsume_times(MessageExt& message, int times) {
    message.reconsumeTimes_ = times;
  }
};

/// Likewise those of results. Texts are assigned, so that a result that is used again keeps its
/// memory.
struct SendResultAccess {
  static void set(SendResult& result, SendStatus status, const std::string& msg_id,
                  const std::string& offset_msg_id, std::int64_t queue_offset) {
    result.sendStatus_ = status;
    result.msgId_ = msg_id;
    result.offsetMsgId_ = offset_msg_id;
    result.queueOffset_ = queue_offset;
  }
  static void set_queue(SendResult& result, const std::string& topic,
                        const std::string& broker_name, int queue_id) {
    MessageQueue& queue = result.messageQueue_;
    if (queue.getTopic() != topic) queue.setTopic(topic);
    if (queue.getBrokerName() != broker_name) queue.setBrokerName(broker_name);
    queue.setQueueId(queue_id);
  }
};

}  // namespace rocketmq::client
