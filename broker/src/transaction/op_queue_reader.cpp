#include "transaction/op_queue_reader.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>

#include "pulls/queue_reading.hpp"
#include "rocketmq/common/message_properties.hpp"
#include "rocketmq/common/names.hpp"
#include "rocketmq/common/shared_log.hpp"
#include "transaction/half_message.hpp"
#include "transaction/op_message.hpp"

namespace rocketmq::broker {

namespace {

constexpr std::int32_t op_batch_count = 32;

}  // namespace

OpQueueReader::OpQueueReader(const store::MessageReader& store, const MovedHalfMessages& moved,
                             const Range& range)
    : store_(store), moved_(moved), range_(range), next_offset_(range.begin_offset) {
  read_batch();
}

bool OpQueueReader::find_end_of(std::int64_t half_offset) {
  while (!knows_end_of(half_offset)) {
    if (!read_batch()) return false;
  }
  return true;
}

bool OpQueueReader::read_batch() {
  if (is_full()) return false;
  const auto found = store_.get({.topic = names::op_half_topic,
                                 .queue_id = half_queue_id,
                                 .queue_offset = next_offset_,
                                 .count_max = op_batch_count});
  for (const auto bytes : found.records) {
    const auto op = message_record::decode(bytes, message_record::Check::None);
    if (op) {
      take(*op);
    } else {
      transaction_log().error("an op message is damaged, passed over: {}", op.error().remark);
    }
  }
  if (found.status == store::GetStatus::Found) {
    next_offset_ = found.next_begin_offset;
    return true;
  }
  const auto next = next_position(found, next_offset_);
  if (next) next_offset_ = *next;
  return next.has_value();
}

void OpQueueReader::take(const MessageRecord& op) {
  if (find_property(op.properties, property::tags) != end_tag) return;
  for (const std::int64_t half_offset : ended_offsets(op.body)) {
    ends_.emplace(moved_.place_of(half_offset), op.queue_offset);
  }
}

std::int64_t OpQueueReader::resume_offset(std::int64_t half_offset) const {
  std::int64_t offset = next_offset_;
  for (const auto& [ended, op_offset] : ends_) {
    if (ended >= half_offset) offset = std::min(offset, op_offset);
  }
  return offset;
}

}  // namespace rocketmq::broker
