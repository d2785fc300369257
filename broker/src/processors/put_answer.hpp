#pragma once

#include "rocketmq/common/result.hpp"
#include "rocketmq/store/message_store.hpp"

namespace rocketmq::broker {

/// How a put's outcome is answered (spec/broker.md §6). For a stored message the remark is empty.
Error put_outcome(const store::PutResult& result);

}  // namespace rocketmq::broker
