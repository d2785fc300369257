#pragma once

#include "clients/producer_manager.hpp"
#include "rocketmq/common/message_record.hpp"

namespace rocketmq::broker {

/// Asks a producer of the half message's group what became of its transaction: one one-way
/// CHECK_TRANSACTION_STATE to one live connection, another one at each call (spec/broker.md §13.3).
/// `half` is the message as it lies in the half queue now: its offsets are those that the reply
/// will name. False when there was no producer to ask.
bool send_check_back(ProducerManager& producers, const MessageRecord& half);

}  // namespace rocketmq::broker
