#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "producer/producer_settings.hpp"
#include "rocketmq/Message.h"
#include "rocketmq/MessageQueue.h"
#include "rocketmq/SendResult.h"
#include "rocketmq/client/failure.hpp"
#include "rocketmq/protocol/remoting_command.hpp"

namespace rocketmq::client {

/// A message, or a batch, made ready for the wire: the same for every try.
struct OutgoingMessage {
  std::string topic;
  /// The topic as the user knows it, where that is another one (name space).
  std::string user_topic;
  std::string properties;
  std::string body;
  /// The UNIQ_KEY; comma-joined for a batch.
  std::string msg_id;
  std::int32_t flag = 0;
  std::int32_t sys_flag = 0;
  bool is_batch = false;
  /// The reply to a request of request-reply.
  bool is_reply = false;
};

/// Gives the message its unique id and makes it ready: the body is compressed when it is large. The
/// message keeps its own body, unless `take_body`.
OutgoingMessage prepare(Message& message, const ProducerSettings& settings, bool take_body);
/// The same into an object that was used before, whose memory is used again.
void prepare(Message& message, const ProducerSettings& settings, bool take_body,
             OutgoingMessage& outgoing);
OutgoingMessage prepare_batch(std::vector<Message>& messages, const ProducerSettings& settings);

/// The request that sends it to a queue.
remoting::RemotingCommand make_send_request(const OutgoingMessage& message,
                                            const ProducerSettings& settings, std::int32_t queue_id,
                                            std::int64_t now_ms);
/// The same into a command that was used before. Its body is a view of the message's.
void make_send_request(const OutgoingMessage& message, const ProducerSettings& settings,
                       std::int32_t queue_id, std::int64_t now_ms,
                       remoting::RemotingCommand& request);

/// Reads the response. Failure: its code says that the message was not stored.
Outcome<SendResult> read_send_answer(const remoting::RemotingCommand& answer,
                                     const OutgoingMessage& message, const std::string& broker_name,
                                     const std::string& address);
/// The same into a result that was used before.
Outcome<void> read_send_answer(const remoting::RemotingCommand& answer,
                               const OutgoingMessage& message, const std::string& broker_name,
                               const std::string& address, SendResult& result);

}  // namespace rocketmq::client
