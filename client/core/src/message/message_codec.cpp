#include "rocketmq/client/message/message_codec.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "rocketmq/client/message/compression.hpp"
#include "rocketmq/client/message/message_access.hpp"
#include "rocketmq/common/bytes.hpp"
#include "rocketmq/common/sys_flag.hpp"

namespace rocketmq::client {

bool is_wanted(std::string_view properties, const SubscriptionData* filter) {
  if (filter == nullptr || filter->tags_set.empty() || !filter->is_tag_expression()) return true;
  return filter->matches_tag(
      find_property(properties, property::tags).value_or(std::string_view{}));
}

void read_message(const MessageRecord& record, const std::string& broker_name,
                  MessageExt& message) {
  MessageAccess::fill(message, record, broker_name);
  MessageAccess::clear_body_error(message);
  if ((record.sys_flag & sys_flag::compressed) == 0) {
    MessageAccess::assign_body(message, record.body);
    return;
  }
  const auto type = compression_type(record.sys_flag);
  auto body = type ? decompress(record.body, *type) : Result<std::string>(type.error());
  if (body) {
    message.setBody(std::move(*body));
    return;
  }
  MessageAccess::assign_body(message, record.body);
  MessageAccess::set_body_error(message, body.error().remark);
}

std::vector<MessageExt>::const_iterator first_unreadable(const std::vector<MessageExt>& messages) {
  return std::find_if(messages.begin(), messages.end(), [](const MessageExt& message) {
    return MessageAccess::body_error(message) != nullptr;
  });
}

Failure unreadable_body(const MessageExt& message) {
  return client_failure("the body of message " + message.getMsgId() + " at offset " +
                            std::to_string(message.getQueueOffset()) + " of queue " +
                            std::to_string(message.getQueueId()) + " of topic " +
                            message.getTopic() +
                            " cannot be read: " + *MessageAccess::body_error(message),
                        static_cast<int>(ResponseCode::MessageIllegal));
}

Outcome<std::vector<MessageExt>> readable_messages(std::vector<MessageExt> messages) {
  const auto unreadable = first_unreadable(messages);
  if (unreadable != messages.cend()) return unreadable_body(*unreadable);
  return messages;
}

Result<std::vector<MessageExt>> decode_messages(std::string_view bytes,
                                                const std::string& broker_name,
                                                const SubscriptionData* filter) {
  std::vector<MessageExt> messages;
  while (!bytes.empty()) {
    const auto record = message_record::decode(bytes, message_record::Check::None);
    if (!record) return record.error();
    // Records of one response are mostly alike.
    if (messages.empty()) {
      const auto alike = bytes.size() / static_cast<std::size_t>(record->total_size) + 1;
      messages.reserve(std::min<std::size_t>(alike, 1024));
    }
    bytes.remove_prefix(static_cast<std::size_t>(record->total_size));
    if (!is_wanted(record->properties, filter)) continue;
    read_message(*record, broker_name, messages.emplace_back());
  }
  return messages;
}

std::string encode_batch(const std::vector<Message>& messages) {
  constexpr std::size_t fixed_bytes = 4 + 4 + 4 + 4 + 4 + 2;
  std::string out;
  for (const Message& message : messages) {
    const std::string& properties = MessageAccess::properties(message);
    append_be(
        out, static_cast<std::int32_t>(fixed_bytes + message.getBody().size() + properties.size()));
    append_be(out, std::int32_t{0});
    append_be(out, std::int32_t{0});
    append_be(out, static_cast<std::int32_t>(message.getFlag()));
    append_be(out, static_cast<std::int32_t>(message.getBody().size()));
    out += message.getBody();
    append_be(out, static_cast<std::int16_t>(properties.size()));
    out += properties;
  }
  return out;
}

}  // namespace rocketmq::client
