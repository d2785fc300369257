#pragma once

#include <optional>
#include <string>
#include <vector>

#include "mqadmin/frame/context.hpp"
#include "rocketmq/MessageExt.h"

namespace rocketmq::mqadmin {

/// `MSGID: … MessageExt [brokerName=…]`, as printMsg writes it, without the body.
std::string message_line(const MessageExt& message);
/// `MessageQueue [topic=…, brokerName=…, queueId=…]`
std::string queue_text(const MessageQueue& queue);
/// All that is known of a message, as JSON text. A body that is no UTF-8 has U+FFFD in it.
std::string message_json(const MessageExt& message);

/// How a message is shown.
struct Shown {
  bool with_offset_id = true;
  /// At the end of the body file's name; `_1`, `_2` where several messages have the same id.
  std::string file_suffix;
  /// Of the body, which is printed then.
  std::optional<std::string> charset;
};
/// Prints a message and what the groups did with it, and writes its body to a file
/// (spec/admin.md §8).
Outcome<void> show_message(Context& context, const MessageExt& message, const Shown& how);

/// What a group did with a message.
struct MessageTrack {
  std::string group;
  /// CONSUMED, CONSUMED_BUT_FILTERED, CONSUME_BROADCASTING, PULL, NOT_CONSUME_YET, NOT_ONLINE or
  /// UNKNOWN.
  std::string type;
  std::optional<std::string> reason;
};
/// Of each group that consumes the message's topic.
Outcome<std::vector<MessageTrack>> tracks_of(Context& context, const MessageExt& message);

/// The file to which a message's body is written: the id is what its sender says, so only letters
/// and digits of it become part of the name.
std::string body_file_name(const MessageExt& message, const std::string& suffix);

}  // namespace rocketmq::mqadmin
