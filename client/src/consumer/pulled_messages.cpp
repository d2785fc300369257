#include "consumer/pulled_messages.hpp"

#include <algorithm>
#include <cstring>

#include "rocketmq/client/message/message_access.hpp"
#include "rocketmq/client/message/message_codec.hpp"
#include "rocketmq/common/bytes.hpp"
#include "rocketmq/common/message_record.hpp"

namespace rocketmq::client {
namespace {

/// Asks for the memory of a record's head, which is longer than one line of the cache.
void ask_for_head(const char* record) {
  constexpr std::size_t cache_line_bytes = 64;
  __builtin_prefetch(record);
  __builtin_prefetch(record + cache_line_bytes);
}

}  // namespace

Result<PulledMessages> PulledMessages::read(std::string_view bytes,
                                            const SubscriptionData* filter) {
  PulledMessages pulled;
  std::size_t at = 0;
  while (at < bytes.size()) {
    const std::string_view rest = bytes.substr(at);
    const auto parts = message_record::locate(rest, message_record::Check::None);
    if (!parts) return parts.error();
    const auto record_bytes = static_cast<std::size_t>(load_be<std::int32_t>(rest.data()));
    // Records of one response are mostly alike.
    if (at == 0) pulled.list_.reserve(std::min<std::size_t>(bytes.size() / record_bytes + 1, 1024));
    if (is_wanted(parts->properties, filter)) {
      using message_record::physical_offset_at;
      using message_record::queue_offset_at;
      pulled.list_.push_back(
          {.queue_offset = load_be<std::int64_t>(rest.data() + queue_offset_at),
           .physical_offset = load_be<std::int64_t>(rest.data() + physical_offset_at),
           .record_at = static_cast<std::uint32_t>(at),
           .body_bytes = static_cast<std::uint32_t>(parts->body.size())});
    }
    at += record_bytes;
  }
  if (pulled.empty()) return pulled;
  pulled.byte_count_ = bytes.size();
  pulled.bytes_ = std::make_unique_for_overwrite<char[]>(bytes.size());
  std::memcpy(pulled.bytes_.get(), bytes.data(), bytes.size());
  return pulled;
}

void PulledMessages::decode(std::size_t begin, std::size_t end, const std::string& broker_name,
                            std::vector<MessageExt>& messages) const {
  const std::string_view bytes(bytes_.get(), byte_count_);
  messages.resize(end - begin);
  for (std::size_t i = begin; i < end; ++i) {
    // Another core has written it: its first bytes are on their way while this record is read.
    if (i + 1 < end) ask_for_head(bytes_.get() + list_[i + 1].record_at);
    const auto record =
        message_record::decode(bytes.substr(list_[i].record_at), message_record::Check::None);
    ensure(record.has_value(), "a record that was read once can be read again");
    MessageExt& message = messages[i - begin];
    read_message(*record, broker_name, message);
    MessageAccess::set_range(message, min_offset_, max_offset_);
    MessageAccess::set_consume_start(message, -1);
  }
}

std::vector<MessageExt> PulledMessages::decode_all(const std::string& broker_name) const {
  std::vector<MessageExt> messages;
  decode(0, size(), broker_name, messages);
  return messages;
}

}  // namespace rocketmq::client
