#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "rocketmq/MessageExt.h"
#include "rocketmq/client/client_core.hpp"

namespace rocketmq::client {

/// Searches for stored messages. Each call waits for the responses of all brokers that it asks.

struct FoundMessages {
  /// Store time of the newest message that the replying brokers' indexes know, ms.
  std::int64_t index_time_ms = 0;
  std::vector<MessageExt> messages;
};

/// What is searched for, and between which store times (ms).
struct MessageQuery {
  std::string topic;
  std::string key;
  int max = 32;
  std::int64_t begin_ms = 0;
  std::int64_t end_ms = 0;
};

/// Messages that carry the key, on all brokers of the topic, at most `max` of each. Nothing found
/// is a failure: NoMessage (208), with the brokers' reasons.
Outcome<FoundMessages> query_by_key(ClientCore& core, const MessageQuery& query);
/// Messages with the unique id `id`, in no order. Failures as above.
Outcome<FoundMessages> query_by_unique_key(ClientCore& core, const std::string& topic,
                                           const std::string& id);
/// The message with this offset message id, from the broker that the id names.
Outcome<MessageExt> view_message(ClientCore& core, const std::string& offset_msg_id,
                                 milliseconds timeout);

}  // namespace rocketmq::client
