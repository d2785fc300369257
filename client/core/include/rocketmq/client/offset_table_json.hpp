#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "rocketmq/MessageQueue.h"
#include "rocketmq/common/result.hpp"

namespace rocketmq::client {

using OffsetTable = std::map<MessageQueue, std::int64_t>;

/// {"<member>":{{"brokerName":"b","queueId":0,"topic":"T"}:5}}: queues are whole objects as keys,
/// as published clients and brokers write them.
std::string encode_offset_table(std::string_view member, const OffsetTable& offsets);

/// Reads that form, and the list form [{"brokerName":"b","offset":5,"queueId":0,"topic":"T"}].
Result<OffsetTable> decode_offset_table(const char* member, std::string_view text);

/// {"brokerName":"b","queueId":0,"topic":"T"}
std::string encode_queue(const MessageQueue& queue);

}  // namespace rocketmq::client
