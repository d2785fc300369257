#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "rocketmq/MessageExt.h"
#include "rocketmq/client/failure.hpp"
#include "rocketmq/common/message_record.hpp"
#include "rocketmq/common/result.hpp"
#include "rocketmq/common/subscription_data.hpp"

namespace rocketmq::client {

/// Whether the tag among a message's properties is one of those subscribed; brokers compare hashes
/// only. True without a subscription, and where it is not one of tags.
bool is_wanted(std::string_view properties, const SubscriptionData* filter);

/// Makes `message` what the record holds, its body decompressed, in the memory that it has. A body
/// that cannot be decompressed stays as it is, and the message keeps the reason
/// (MessageAccess::body_error): callers must not hand such a message to the user.
void read_message(const MessageRecord& record, const std::string& broker_name, MessageExt& message);

/// Reads the messages of a pull's or query's response; their bodies are decompressed as by
/// read_message(). With a subscription whose tags are known, messages of other tags are left out.
/// Error: the bytes are no messages.
Result<std::vector<MessageExt>> decode_messages(std::string_view bytes,
                                                const std::string& broker_name,
                                                const SubscriptionData* filter = nullptr);

/// The body of a batch: entries of size, magic 0, CRC 0, flag, body and properties (spec/wire.md
/// §6.3).
std::string encode_batch(const std::vector<Message>& messages);

/// The first message whose body could not be decompressed; `end` when all are readable.
std::vector<MessageExt>::const_iterator first_unreadable(const std::vector<MessageExt>& messages);
/// Which message it is and why its body cannot be read; for the user. Only for an unreadable one.
Failure unreadable_body(const MessageExt& message);
/// The messages, unless one of them cannot be read.
Outcome<std::vector<MessageExt>> readable_messages(std::vector<MessageExt> messages);

}  // namespace rocketmq::client
