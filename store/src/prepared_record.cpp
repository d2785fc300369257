#include "prepared_record.hpp"

#include <cstring>

#include "rocketmq/common/bytes.hpp"
#include "rocketmq/common/crc32.hpp"
#include "rocketmq/common/message_properties.hpp"
#include "rocketmq/common/message_record.hpp"
#include "rocketmq/common/sys_flag.hpp"

namespace rocketmq::store {
namespace {

constexpr std::int64_t batch_entry_fixed_bytes = 4 + 4 + 4 + 4 + 4 + 2;

class HeadWriter {
 public:
  explicit HeadWriter(PreparedRecord& record) : at_(record.head.data()) {}
  template <class T>
  void number(T value) {
    store_be(at_, value);
    at_ += sizeof value;
  }
  void host(const Endpoint& host) {
    std::memcpy(at_, host.ip.data(), host.ip_bytes);
    at_ += host.ip_bytes;
    number(host.port);
  }
  char* at() const { return at_; }

 private:
  char* at_;
};

/// `record` has body, topic and properties; the rest comes from `message` and `flag`.
void lay_out(const MessageToPut& message, std::int32_t flag, PreparedRecord& record) {
  const std::int32_t bits =
      (message.sys_flag & ~(sys_flag::born_host_v6 | sys_flag::store_host_v6)) |
      (message.born_host.is_v6() ? sys_flag::born_host_v6 : 0) |
      (message.store_host.is_v6() ? sys_flag::store_host_v6 : 0);
  HeadWriter writer(record);
  writer.number(std::int32_t{0});
  writer.number(message_record::magic_v1);
  writer.number(record.body.empty() ? 0 : masked_crc32(record.body));
  writer.number(message.queue_id);
  writer.number(flag);
  writer.number(std::int64_t{0});
  writer.number(std::int64_t{0});
  writer.number(bits);
  writer.number(message.born_timestamp_ms);
  writer.host(message.born_host);
  record.store_timestamp_at = static_cast<std::size_t>(writer.at() - record.head.data());
  writer.number(std::int64_t{0});
  writer.host(message.store_host);
  writer.number(message.reconsume_times);
  writer.number(message.prepared_transaction_offset);
  writer.number(static_cast<std::int32_t>(record.body.size()));
  record.head_bytes = static_cast<std::size_t>(writer.at() - record.head.data());
  record.total_bytes =
      static_cast<std::int64_t>(record.head_bytes + record.body.size() + 1 + record.topic.size() +
                                2 + record.properties_bytes());
  store_be(record.head.data(), static_cast<std::int32_t>(record.total_bytes));
}

}  // namespace

void prepare_record(const MessageToPut& message, PreparedRecord& record) {
  record.body = message.body;
  record.topic = message.topic;
  record.properties = message.properties;
  lay_out(message, message.flag, record);
}

bool ends_with_zero(std::string_view properties) {
  return !properties.empty() && properties.back() == '\0';
}

Result<void> prepare_batch(const MessageToPut& message, std::vector<PreparedRecord>& records) {
  const auto illegal = [](std::string why) {
    return Error{ResponseCode::MessageIllegal, "batch body: " + std::move(why)};
  };
  std::string_view left = message.body;
  while (!left.empty()) {
    if (std::ssize(left) < batch_entry_fixed_bytes) return illegal("an entry is cut off");
    const std::int64_t total = load_be<std::int32_t>(left.data());
    const std::int64_t body_bytes = load_be<std::int32_t>(left.data() + 16);
    if (total < batch_entry_fixed_bytes || total > std::ssize(left) || body_bytes < 0 ||
        body_bytes > total - batch_entry_fixed_bytes) {
      return illegal("an entry's lengths do not fit");
    }
    const std::int64_t properties_bytes = load_be<std::int16_t>(left.data() + 20 + body_bytes);
    if (properties_bytes < 0 || batch_entry_fixed_bytes + body_bytes + properties_bytes != total)
      return illegal("an entry's lengths do not add up");
    PreparedRecord& record = records.emplace_back();
    record.topic = message.topic;
    record.body = left.substr(20, static_cast<std::size_t>(body_bytes));
    record.properties = left.substr(static_cast<std::size_t>(22 + body_bytes),
                                    static_cast<std::size_t>(properties_bytes));
    record.more_properties = message.properties;
    record.separate_properties = !record.properties.empty() && !record.more_properties.empty() &&
                                 record.properties.back() != property::property_separator;
    if (record.properties_bytes() > properties_bytes_max)
      return illegal("an entry's properties are too long");
    if (ends_with_zero(record.more_properties.empty() ? record.properties : record.more_properties))
      return illegal("an entry's properties end with a zero byte");
    MessageToPut single = message;
    single.prepared_transaction_offset = 0;
    lay_out(single, load_be<std::int32_t>(left.data() + 12), record);
    left.remove_prefix(static_cast<std::size_t>(total));
  }
  if (records.empty()) return illegal("it has no entry");
  return {};
}

void write_record(const PreparedRecord& record, std::int64_t queue_offset,
                  std::int64_t physical_offset, std::int64_t store_timestamp_ms, char* out) {
  std::memcpy(out, record.head.data(), record.head_bytes);
  store_be(out + message_record::queue_offset_at, queue_offset);
  store_be(out + message_record::physical_offset_at, physical_offset);
  store_be(out + record.store_timestamp_at, store_timestamp_ms);
  char* at = out + record.head_bytes;
  const auto text = [&at](std::string_view bytes) {
    if (!bytes.empty()) std::memcpy(at, bytes.data(), bytes.size());
    at += bytes.size();
  };
  text(record.body);
  store_be(at++, static_cast<std::int8_t>(record.topic.size()));
  text(record.topic);
  store_be(at, static_cast<std::int16_t>(record.properties_bytes()));
  at += 2;
  text(record.properties);
  if (record.separate_properties) *at++ = property::property_separator;
  text(record.more_properties);
}

}  // namespace rocketmq::store
