#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "rocketmq/common/endpoint.hpp"
#include "rocketmq/store/message_writer.hpp"

namespace rocketmq::broker {

/// An op message says that a half message is done with, committed or rolled back: it lies in
/// RMQ_SYS_TRANS_OP_HALF_TOPIC with the tag `d`, and its body is the half message's queue offset in
/// decimal digits (spec/broker.md §13.2). Releases from 5.0 on write lists, `0,1,`, which releases
/// before cannot read: one number is written, both are read.

/// The tag of an op message that names half messages which have ended.
inline constexpr std::string_view end_tag = "d";

/// Where and when an op message says that it was made.
struct OpOrigin {
  Endpoint host;
  std::int64_t timestamp_ms = 0;
};

/// Stores the op message of the half message at `half_offset`. Waits for the store.
store::PutResult put_op_message(store::MessageWriter& store, const OpOrigin& origin,
                                std::int32_t queue_id, std::int64_t half_offset);

/// The half queue offsets in the body of an op message. What is no number is left out.
std::vector<std::int64_t> ended_offsets(std::string_view body);

}  // namespace rocketmq::broker
