#pragma once

#include <cstdint>
#include <optional>

#include "commit_log.hpp"
#include "consume_queue.hpp"
#include "record_dispatcher.hpp"

namespace rocketmq::store {

/// Makes one damaged unit of a queue again from the log, and puts it in its place: searches for the
/// record that says it is this entry, between the records of the entries before and behind it, over
/// a bounded part of the log. When all of that part was read and the record is not there, the unit
/// becomes a pre-blank one, so that it is not searched for again. Nothing: no unit was found. Any
/// thread.
std::optional<ConsumeQueueUnit> repair_unit(const CommitLog& log, ConsumeQueue& queue,
                                            const RecordDispatcher& dispatcher,
                                            std::int64_t queue_offset, std::int64_t log_end);

/// True when `bytes` begin like the record that the unit promises: a damaged unit must not send
/// foreign bytes to a client. Their first message_record::fixed_bytes_v4 bytes must be readable.
bool is_promised(std::string_view bytes, const ConsumeQueueUnit& unit, std::int32_t queue_id,
                 std::int64_t queue_offset);

}  // namespace rocketmq::store
