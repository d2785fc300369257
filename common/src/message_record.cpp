#include "rocketmq/common/message_record.hpp"

#include <cstring>

#include "rocketmq/common/bytes.hpp"
#include "rocketmq/common/crc32.hpp"
#include "rocketmq/common/sys_flag.hpp"

namespace rocketmq::message_record {
namespace {

constexpr std::size_t v6_extra_bytes = 12;

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

/// Reads forward and remembers having run past the end, so that one test at the end is enough.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}
  template <class T>
  T number() {
    const std::string_view raw = text(sizeof(T));
    return raw.size() == sizeof(T) ? load_be<T>(raw.data()) : T{};
  }
  std::string_view text(std::int64_t count) {
    if (count < 0 || static_cast<std::uint64_t>(count) > bytes_.size()) {
      short_ = true;
      return {};
    }
    const std::string_view taken = bytes_.substr(0, static_cast<std::size_t>(count));
    bytes_.remove_prefix(static_cast<std::size_t>(count));
    return taken;
  }
  Endpoint host(bool v6) {
    Endpoint host;
    host.ip_bytes = v6 ? 16 : 4;
    const std::string_view raw = text(host.ip_bytes);
    if (!raw.empty()) std::memcpy(host.ip.data(), raw.data(), raw.size());
    host.port = number<std::int32_t>();
    return host;
  }
  bool ran_short() const { return short_; }
  std::size_t left() const { return bytes_.size(); }

 private:
  std::string_view bytes_;
  bool short_ = false;
};

Error illegal(std::string why) { return {ResponseCode::MessageIllegal, "message record: " + std::move(why)}; }

}  // namespace

std::size_t encoded_size(const MessageRecord& record) {
  return fixed_bytes_v4 + (record.born_host.is_v6() ? v6_extra_bytes : 0) +
         (record.store_host.is_v6() ? v6_extra_bytes : 0) + record.body.size() + record.topic.size() +
         record.properties.size();
}

void encode(const MessageRecord& record, char* out) {
  const std::int32_t sys_flag_bits = (record.sys_flag & ~(sys_flag::born_host_v6 | sys_flag::store_host_v6)) |
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

Result<MessageRecord> decode(std::string_view bytes, Check check) {
  if (bytes.size() < blank_bytes) return illegal("fewer than 8 bytes are left");
  MessageRecord record;
  record.total_size = load_be<std::int32_t>(bytes.data());
  record.magic = load_be<std::int32_t>(bytes.data() + 4);
  if (record.magic == magic_blank) return illegal("the end-of-file record stands here");
  if (record.magic != magic_v1 && record.magic != magic_v2) return illegal("unknown magic code");
  if (record.total_size < static_cast<std::int32_t>(fixed_bytes_v4) ||
      static_cast<std::size_t>(record.total_size) > bytes.size()) {
    return illegal("its size of " + std::to_string(record.total_size) + " bytes does not fit the " +
                   std::to_string(bytes.size()) + " bytes that are left");
  }
  Reader reader(bytes.substr(0, static_cast<std::size_t>(record.total_size)));
  reader.text(blank_bytes);
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
  record.body = reader.text(reader.number<std::int32_t>());
  record.topic = reader.text(record.magic == magic_v2 ? reader.number<std::int16_t>() : reader.number<std::int8_t>());
  record.properties = reader.text(reader.number<std::int16_t>());
  if (reader.ran_short() || reader.left() != 0) return illegal("its lengths do not add up to its size");
  if (check == Check::BodyCrc && record.body_crc != masked_crc32(record.body) &&
      !(record.body.empty() && record.body_crc == 0)) {
    return illegal("the body's CRC differs");
  }
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
