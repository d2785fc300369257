#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "rocketmq/common/endpoint.hpp"
#include "rocketmq/common/result.hpp"

namespace rocketmq {

/// Where a message lies: the broker that stored it and the byte position in its CommitLog.
struct OffsetMessageId {
  Endpoint store_host;
  std::int64_t physical_offset = 0;

  friend bool operator==(const OffsetMessageId&, const OffsetMessageId&) = default;
};

/// Upper-case hex of ip, i32 port, i64 offset: 32 characters, 56 with an IPv6 host.
std::string encode_offset_message_id(const Endpoint& store_host, std::int64_t physical_offset);
void append_offset_message_id(std::string& out, const Endpoint& store_host,
                              std::int64_t physical_offset);
Result<OffsetMessageId> decode_offset_message_id(std::string_view text);

}  // namespace rocketmq
