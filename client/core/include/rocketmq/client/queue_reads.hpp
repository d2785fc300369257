#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "rocketmq/MessageExt.h"
#include "rocketmq/MessageQueue.h"
#include "rocketmq/client/client_core.hpp"
#include "rocketmq/common/subscription_data.hpp"
#include "rocketmq/protocol/admin_answers.hpp"
#include "rocketmq/protocol/admin_headers.hpp"

namespace rocketmq::client {

/// Reads of queues that are no consumer's: nothing is committed, no group is joined. Each call
/// waits, `timeout` at most.

/// How a read ended; the names are those of a pull's outcome.
enum class ReadStatus { Found, NoNewMessage, NoMatchedMessage, OffsetIllegal };
/// FOUND, NO_NEW_MSG, …
const char* to_string(ReadStatus status);

struct ReadMessages {
  ReadStatus status = ReadStatus::Found;
  std::vector<MessageExt> messages;
  std::int64_t next_offset = 0;
  std::int64_t min_offset = 0;
  std::int64_t max_offset = 0;
};

struct QueueRead {
  MessageQueue queue;
  std::int64_t offset = 0;
  int max = 32;
  /// Of tags; `*` is all.
  SubscriptionData subscription;
  std::string group = "TOOLS_CONSUMER";
};

/// The next messages of a queue, from the broker at `address`. Messages of other tags are left out.
Outcome<ReadMessages> read_queue(ClientCore& core, const std::string& address,
                                 const QueueRead& read, milliseconds timeout);

/// Entries of a consume queue, as they lie on disk.
Outcome<remoting::ConsumeQueueData> query_consume_queue(
    ClientCore& core, const std::string& address,
    const remoting::QueryConsumeQueueRequestHeader& header, milliseconds timeout);

}  // namespace rocketmq::client
