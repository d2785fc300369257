#pragma once

#include "consumer/consumer_context.hpp"
#include "rocketmq/MessageExt.h"
#include "rocketmq/client/failure.hpp"

namespace rocketmq::client {

/// How often a message is delivered again before it goes to the dead-letter queue.
int max_reconsume_times(const PushConsumerSettings& settings);

/// Asks the message's broker to deliver it again later; when the broker cannot, sends it to the
/// group's retry topic as a new message. `delay_level` as in ConsumeConcurrentlyContext. Waits for
/// the response.
Outcome<void> send_back(ConsumerContext& context, const MessageExt& message, int delay_level,
                        const std::string& broker_name);

/// Sends the message to the group's retry topic as one that was consumed `reconsume_times` times;
/// the broker makes a dead letter of it when that is too often. Waits for the response.
bool send_to_retry_topic(ConsumerContext& context, const MessageExt& message, int reconsume_times);

/// Gives a message the topic that the user knows: a retried one lies in the group's retry topic,
/// and the name space is taken off.
void show_to_user(MessageExt& message, const ConsumerContext& context);

}  // namespace rocketmq::client
