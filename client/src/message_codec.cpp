#include "message_codec.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "client_log.hpp"
#include "compression.hpp"
#include "message_access.hpp"
#include "rocketmq/common/bytes.hpp"
#include "rocketmq/common/sys_flag.hpp"

namespace rocketmq::client {

bool is_wanted(std::string_view properties, const SubscriptionData* filter) {
  if (filter == nullptr || filter->tags_set.empty() || !filter->is_tag_expression()) return true;
  return filter->matches_tag(
      find_property(properties, property::tags).value_or(std::string_view{}));
}

// Leaving out a message whose body cannot be decompressed would lose it, and failing the pull would
// stop its queue for ever.
std::string plain_body(const MessageRecord& record) {
  if ((record.sys_flag & sys_flag::compressed) == 0) return std::string(record.body);
  const std::int32_t kind = record.sys_flag & sys_flag::compression_mask;
  if (kind == 0 || kind == sys_flag::compression_zlib) {
    auto body = decompress(record.body);
    if (body) return std::move(*body);
    client_log().warn("message at {} of topic {} keeps its compressed body: {}",
                      record.physical_offset, record.topic, body.error().remark);
  } else {
    client_log().warn(
        "message at {} of topic {} keeps its compressed body: only zlib is known, its flag is "
        "{:#x}",
        record.physical_offset, record.topic, record.sys_flag);
  }
  return std::string(record.body);
}

void read_message(const MessageRecord& record, const std::string& broker_name,
                  MessageExt& message) {
  MessageAccess::fill(message, record, broker_name);
  if ((record.sys_flag & sys_flag::compressed) == 0) {
    MessageAccess::assign_body(message, record.body);
  } else {
    message.setBody(plain_body(record));
  }
}

Result<std::vector<MessageExt>> decode_messages(std::string_view bytes,
                                                const std::string& broker_name,
                                                const SubscriptionData* filter) {
  std::vector<MessageExt> messages;
  while (!bytes.empty()) {
    const auto record = message_record::decode(bytes, message_record::Check::None);
    if (!record) return record.error();
    // Records of one answer are mostly alike.
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
