#include "transaction/ended_transactions.hpp"

#include <algorithm>
#include <iterator>

#include "pulls/queue_reading.hpp"
#include "rocketmq/common/message_properties.hpp"
#include "rocketmq/common/names.hpp"
#include "transaction/half_message.hpp"
#include "transaction/op_message.hpp"

namespace rocketmq::broker {
namespace {

constexpr std::int32_t ops_per_get = 32;

/// The first op message that was stored behind a position of the log.
std::int64_t first_op_behind(const store::MessageReader& store, std::int64_t physical_offset) {
  const auto bounds = store.queue_bounds(names::op_half_topic, half_queue_id);
  std::int64_t low = bounds.min_offset;
  std::int64_t high = bounds.max_offset;
  while (low < high) {
    const std::int64_t middle = low + (high - low) / 2;
    const auto unit = store.units(names::op_half_topic, half_queue_id, middle, 1);
    // A damaged entry has no position: reading begins before it.
    if (!unit.empty() && unit.front().physical_offset > 0 &&
        unit.front().physical_offset <= physical_offset) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

}  // namespace

void EndedTransactions::begin() {
  has_begun_ = true;
  complete_from_ = store_.queue_bounds(names::half_topic, half_queue_id).max_offset;
}

std::optional<EndedTransactions::End> EndedTransactions::end_of(const MessageRecord& half) {
  const std::int64_t offset = first_offset_of(half);
  {
    const std::lock_guard lock(mutex_);
    if (!has_begun_) {
      store_.wait_until_dispatched();
      begin();
    }
    if (const auto known = ends_.find(offset); known != ends_.end()) return known->second;
    if (offset >= complete_from_) return std::nullopt;
  }
  // Of the time before the start, or long ago.
  std::set<std::int64_t> named;
  const bool is_complete = read_ops(half, named);
  const bool has_ended = named.contains(offset) || named.contains(half.queue_offset);
  const std::lock_guard lock(mutex_);
  if (is_complete && ends_.size() + named.size() <= ends_max_) {
    for (const std::int64_t ended : named) ends_.emplace(ended, End::Unknown);
    if (has_ended) ends_.emplace(offset, End::Unknown);
    complete_from_ = std::min(complete_from_, offset);
  }
  // It may have ended meanwhile.
  if (const auto known = ends_.find(offset); known != ends_.end()) return known->second;
  return has_ended ? std::optional(End::Unknown) : std::nullopt;
}

void EndedTransactions::note(const MessageRecord& half, End end) {
  const std::lock_guard lock(mutex_);
  if (!has_begun_) begin();
  ends_.emplace(first_offset_of(half), end);
  while (ends_.size() > ends_max_) {
    complete_from_ = std::max(complete_from_, ends_.begin()->first + 1);
    ends_.erase(ends_.begin());
  }
}

bool EndedTransactions::is_noted(const MessageRecord& prepared) const {
  const std::lock_guard lock(mutex_);
  return prepared_.contains(prepared.physical_offset);
}

void EndedTransactions::note_prepared(const MessageRecord& prepared) {
  const std::lock_guard lock(mutex_);
  prepared_.insert(prepared.physical_offset);
  if (prepared_.size() > ends_max_) prepared_.erase(prepared_.begin());
}

bool EndedTransactions::read_ops(const MessageRecord& half, std::set<std::int64_t>& named) const {
  const std::int64_t begin = first_op_behind(store_, first_position_of(store_, half));
  std::int64_t offset = begin;
  while (offset - begin < ops_read_max) {
    const auto found = store_.get({.topic = names::op_half_topic,
                                   .queue_id = half_queue_id,
                                   .queue_offset = offset,
                                   .count_max = ops_per_get});
    for (const auto bytes : found.records) {
      const auto op = message_record::decode(bytes, message_record::Check::None);
      if (!op || find_property(op->properties, property::tags) != end_tag) continue;
      const auto ended = ended_offsets(op->body);
      named.insert(ended.begin(), ended.end());
    }
    if (found.status == store::GetStatus::Found) {
      offset = found.next_begin_offset;
    } else if (const auto next = next_position(found, offset)) {
      offset = *next;
    } else {
      return true;
    }
  }
  return false;
}

}  // namespace rocketmq::broker
