#pragma once

#include "rocketmq/common/result.hpp"
#include "rocketmq/store/message_writer.hpp"

namespace rocketmq::broker {

/// The response code and remark of a put's outcome (spec/broker.md §6). For a stored message the
/// remark is empty.
Error put_outcome(const store::PutResult& result);

}  // namespace rocketmq::broker
