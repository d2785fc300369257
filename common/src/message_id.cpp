#include "rocketmq/common/message_id.hpp"

#include <algorithm>
#include <array>

#include "rocketmq/common/bytes.hpp"
#include "rocketmq/common/text.hpp"

namespace rocketmq {
namespace {

void append_hex(std::string& out, const std::uint8_t* bytes, std::size_t count) {
  static constexpr char digits[] = "0123456789ABCDEF";
  std::array<char, 2 * std::tuple_size_v<decltype(Endpoint::ip)>> text;
  for (std::size_t i = 0; i < count; ++i) {
    text[2 * i] = digits[bytes[i] >> 4];
    text[2 * i + 1] = digits[bytes[i] & 0xF];
  }
  out.append(text.data(), 2 * count);
}

}  // namespace

void append_offset_message_id(std::string& out, const Endpoint& store_host,
                              std::int64_t physical_offset) {
  std::array<std::uint8_t, 12> tail{};
  store_be(tail.data(), store_host.port);
  store_be(tail.data() + 4, physical_offset);
  append_hex(out, store_host.ip.data(), store_host.ip_bytes);
  append_hex(out, tail.data(), tail.size());
}

std::string encode_offset_message_id(const Endpoint& store_host, std::int64_t physical_offset) {
  std::string text;
  append_offset_message_id(text, store_host, physical_offset);
  return text;
}

Result<OffsetMessageId> decode_offset_message_id(std::string_view text) {
  const auto refuse = [text] {
    return Error{ResponseCode::NoMessage,
                 "'" + std::string(text) +
                     "' is no offset message id: 32 or 56 hexadecimal digits are expected"};
  };
  if (text.size() != 32 && text.size() != 56) return refuse();
  std::array<std::uint8_t, 28> bytes{};
  for (std::size_t i = 0; i < text.size() / 2; ++i) {
    const int high = hex_value(text[2 * i]);
    const int low = hex_value(text[2 * i + 1]);
    if (high < 0 || low < 0) return refuse();
    bytes[i] = static_cast<std::uint8_t>(high * 16 + low);
  }
  OffsetMessageId id;
  id.store_host.ip_bytes = text.size() == 32 ? 4 : 16;
  std::copy_n(bytes.begin(), id.store_host.ip_bytes, id.store_host.ip.begin());
  id.store_host.port = load_be<std::int32_t>(bytes.data() + id.store_host.ip_bytes);
  id.physical_offset = load_be<std::int64_t>(bytes.data() + id.store_host.ip_bytes + 4);
  return id;
}

}  // namespace rocketmq
