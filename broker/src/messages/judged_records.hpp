#pragma once

#include <string_view>

#include "rocketmq/common/message_record.hpp"
#include "rocketmq/common/result.hpp"
#include "rocketmq/remoting/access_guard.hpp"
#include "rocketmq/store/message_reader.hpp"

namespace rocketmq::broker {

/// The topic whose permission a record needs that was found by a position of the log which a
/// request named: `topic`, where the record's queue has it. A body may hold bytes that look like a
/// record, and whose lengths take in the messages behind it: those are for the ones who may use the
/// messages of all topics. Waits for the dispatch of what was just put; may read from disk.
std::string_view topic_to_judge(store::MessageReader& store, const MessageRecord& record,
                                std::string_view topic);
/// Whether the sender may read such a record. Without access control it looks nothing up.
Result<void> check_may_read(const remoting::CallerPtr& caller, store::MessageReader& store,
                            const MessageRecord& record);

}  // namespace rocketmq::broker
