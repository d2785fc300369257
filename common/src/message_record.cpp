#include "rocketmq/common/message_record.hpp"

#include <cstring>

#include "rocketmq/common/bytes.hpp"
#include "rocketmq/common/crc32.hpp"
#include "rocketmq/common/sys_flag.hpp"

namespace rocketmq::message_record {
namespace {

constexpr std::int64_t v6_extra_bytes = 12;
/// Where the body begins when both hosts are IPv4.
constexpr std::int64_t body_at_v4 = 88;

/// Writes forward; the caller has provided enough room.
class Writer {
 public:
  explicit Writer(char* at) : at_(at) {}
  template <class T>
  void number(T value) {
    store_be(at_, value);
    at_ += sizeof value;
  }
  void text(std::string_view bytes) {
    if (bytes.empty()) return;  // its data() may be null, which memcpy does not take
    std::memcpy(at_, bytes.data(), bytes.size());
    at_ += bytes.size();
  }
  void host(const Endpoint& host) {
    std::memcpy(at_, host.ip.data(), host.ip_bytes);
    at_ += host.ip_bytes;
    number(host.port);
  }

 private:
  char* at_;
};

/// Reads forward; the caller has checked that enough is there.
class Reader {
 public:
  explicit Reader(const char* at) : at_(at) {}
  template <class T>
  T number() {
    const T value = load_be<T>(at_);
    at_ += sizeof value;
    return value;
  }
  std::string_view text(std::int64_t count) {
    const std::string_view taken(at_, static_cast<std::size_t>(count));
    at_ += count;
    return taken;
  }
  Endpoint host(bool v6) {
    Endpoint host;
    host.ip_bytes = v6 ? 16 : 4;
    std::memcpy(host.ip.data(), at_, host.ip_bytes);
    at_ += host.ip_bytes;
    host.port = number<std::int32_t>();
    return host;
  }

 private:
  const char* at_;
};

Error illegal(std::string why) {
  return {ResponseCode::MessageIllegal, "message record: " + std::move(why)};
}

}  // namespace

std::size_t encoded_size(const MessageRecord& record) {
  return fixed_bytes_v4 +
         static_cast<std::size_t>((record.born_host.is_v6() ? v6_extra_bytes : 0) +
                                  (record.store_host.is_v6() ? v6_extra_bytes : 0)) +
         record.body.size() + record.topic.size() + record.properties.size();
}

void encode(const MessageRecord& record, char* out) {
  const std::int32_t sys_flag_bits =
      (record.sys_flag & ~(sys_flag::born_host_v6 | sys_flag::store_host_v6)) |
      (record.born_host.is_v6() ? sys_flag::born_host_v6 : 0) |
      (record.store_host.is_v6() ? sys_flag::store_host_v6 : 0);
  Writer writer(out);
  writer.number(static_cast<std::int32_t>(encoded_size(record)));
  writer.number(magic_v1);
  writer.number(record.body_crc);
  writer.number(record.queue_id);
  writer.number(record.flag);
  writer.number(record.queue_offset);
  writer.number(record.physical_offset);
  writer.number(sys_flag_bits);
  writer.number(record.born_timestamp_ms);
  writer.host(record.born_host);
  writer.number(record.store_timestamp_ms);
  writer.host(record.store_host);
  writer.number(record.reconsume_times);
  writer.number(record.prepared_transaction_offset);
  writer.number(static_cast<std::int32_t>(record.body.size()));
  writer.text(record.body);
  writer.number(static_cast<std::int8_t>(record.topic.size()));
  writer.text(record.topic);
  writer.number(static_cast<std::int16_t>(record.properties.size()));
  writer.text(record.properties);
}

Result<Parts> locate(std::string_view bytes, Check check) {
  if (bytes.size() < blank_bytes) return illegal("fewer than 8 bytes are left");
  const auto total_size = load_be<std::int32_t>(bytes.data());
  const auto magic = load_be<std::int32_t>(bytes.data() + 4);
  if (magic == magic_blank) return illegal("the end-of-file record stands here");
  if (magic != magic_v1 && magic != magic_v2) return illegal("unknown magic code");
  if (total_size < static_cast<std::int32_t>(fixed_bytes_v4) ||
      static_cast<std::size_t>(total_size) > bytes.size()) {
    return illegal("its size of " + std::to_string(total_size) + " bytes does not fit the " +
                   std::to_string(bytes.size()) + " bytes that are left");
  }
  const auto sys_flag_bits = load_be<std::int32_t>(bytes.data() + sys_flag_at);
  const std::int64_t head_bytes =
      body_at_v4 + ((sys_flag_bits & sys_flag::born_host_v6) != 0 ? v6_extra_bytes : 0) +
      ((sys_flag_bits & sys_flag::store_host_v6) != 0 ? v6_extra_bytes : 0);
  const std::int64_t topic_length_bytes =
      magic == magic_v2 ? sizeof(std::int16_t) : sizeof(std::int8_t);
  constexpr std::int64_t properties_length_bytes = sizeof(std::int16_t);
  const auto lengths_differ = [] { return illegal("its lengths do not add up to its size"); };
  std::int64_t left = total_size - head_bytes - topic_length_bytes - properties_length_bytes;
  if (left < 0) return lengths_differ();

  Reader reader(bytes.data() + head_bytes - sizeof(std::int32_t));
  Parts parts;
  const std::int64_t body_bytes = reader.number<std::int32_t>();
  if (body_bytes < 0 || body_bytes > left) return lengths_differ();
  parts.body = reader.text(body_bytes);
  left -= body_bytes;
  const std::int64_t topic_bytes =
      magic == magic_v2 ? reader.number<std::int16_t>() : reader.number<std::int8_t>();
  if (topic_bytes < 0 || topic_bytes > left) return lengths_differ();
  parts.topic = reader.text(topic_bytes);
  left -= topic_bytes;
  if (reader.number<std::int16_t>() != left) return lengths_differ();
  parts.properties = reader.text(left);
  if (check == Check::BodyCrc) {
    const auto body_crc = load_be<std::int32_t>(bytes.data() + blank_bytes);
    if (body_crc != masked_crc32(parts.body) && !(parts.body.empty() && body_crc == 0))
      return illegal("the body's CRC differs");
  }
  return parts;
}

Result<MessageRecord> decode(std::string_view bytes, Check check) {
  const auto parts = locate(bytes, check);
  if (!parts) return parts.error();
  Reader reader(bytes.data());
  MessageRecord record;
  record.total_size = reader.number<std::int32_t>();
  record.magic = reader.number<std::int32_t>();
  record.body_crc = reader.number<std::int32_t>();
  record.queue_id = reader.number<std::int32_t>();
  record.flag = reader.number<std::int32_t>();
  record.queue_offset = reader.number<std::int64_t>();
  record.physical_offset = reader.number<std::int64_t>();
  record.sys_flag = reader.number<std::int32_t>();
  record.born_timestamp_ms = reader.number<std::int64_t>();
  record.born_host = reader.host((record.sys_flag & sys_flag::born_host_v6) != 0);
  record.store_timestamp_ms = reader.number<std::int64_t>();
  record.store_host = reader.host((record.sys_flag & sys_flag::store_host_v6) != 0);
  record.reconsume_times = reader.number<std::int32_t>();
  record.prepared_transaction_offset = reader.number<std::int64_t>();
  record.body = parts->body;
  record.topic = parts->topic;
  record.properties = parts->properties;
  return record;
}

Result<std::vector<MessageRecord>> decode_all(std::string_view bytes, Check check) {
  std::vector<MessageRecord> records;
  while (!bytes.empty()) {
    auto record = decode(bytes, check);
    if (!record) return record.error();
    bytes.remove_prefix(static_cast<std::size_t>(record->total_size));
    records.push_back(*record);
  }
  return records;
}

}  // namespace rocketmq::message_record
