#include "transaction/transaction_check_service.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <limits>

#include "messages/stored_copies.hpp"
#include "pulls/queue_reading.hpp"
#include "rocketmq/common/message_properties.hpp"
#include "rocketmq/common/names.hpp"
#include "rocketmq/common/shared_log.hpp"
#include "rocketmq/common/sys_flag.hpp"
#include "transaction/check_back.hpp"
#include "transaction/half_message.hpp"

namespace rocketmq::broker {

namespace {

constexpr std::int64_t ms_per_hour = 3'600'000;

}  // namespace

void TransactionCheckService::round() {
  const auto deadline = parts_.clock.steady_now() + round_time_max;
  while (walk(deadline)) {
  }
}

bool TransactionCheckService::walk(std::chrono::steady_clock::time_point deadline) {
  const std::int64_t half_end =
      parts_.reader.queue_bounds(names::half_topic, half_queue_id).max_offset;
  if (half_end == 0) return false;
  const std::int64_t now_ms = parts_.clock.now_ms();
  const std::int64_t half_begin = progress_of(names::half_topic);
  Round round{.started_ms = now_ms,
              .half_begin = half_begin,
              .half_end = half_end,
              .ops = OpQueueReader(parts_.reader, moved_,
                                   {.begin_offset = progress_of(names::op_half_topic)})};
  std::int64_t offset = half_begin;
  while (!stopping_ && parts_.clock.steady_now() < deadline) {
    if (round.ops.knows_end_of(offset)) {
      ++offset;
      continue;
    }
    const auto found = parts_.reader.get({.topic = names::half_topic,
                                          .queue_id = half_queue_id,
                                          .queue_offset = offset,
                                          .count_max = 1});
    if (found.status != store::GetStatus::Found) {
      const auto next = next_position(found, offset);
      if (!next) break;
      offset = *next;
      continue;
    }
    const auto half = message_record::decode(found.records.front(), message_record::Check::None);
    if (!half) {
      transaction_log().error("half message {} is damaged, passed over: {}", offset,
                              half.error().remark);
      ++offset;
      continue;
    }
    // Damaged entries may stand before it.
    offset = half->queue_offset;
    if (!pass(*half, round)) break;
    ++offset;
  }
  save_progress(names::half_topic, offset);
  save_progress(names::op_half_topic, round.ops.resume_offset(offset));
  moved_.forget_before(offset);
  if (round.unasked > 0) {
    transaction_log().warn(
        "{} transactions could not be checked: no producer of group {} is connected", round.unasked,
        round.unasked_group);
  }
  return round.ops.is_full() && offset > half_begin && !stopping_ &&
         parts_.clock.steady_now() < deadline;
}

bool TransactionCheckService::pass(const MessageRecord& half, Round& round) {
  if (half.queue_offset >= round.half_end) return false;
  const std::int64_t age_ms = age_ms_of(half, round);
  const auto immunity_ms = immunity_ms_of(half);
  if (!immunity_ms && age_ms >= 0 && age_ms < parts_.config.transaction_time_out_ms) return false;

  if (round.ops.find_end_of(half.queue_offset)) return true;
  const std::int64_t first_offset = first_offset_of(half);
  if (first_offset != half.queue_offset && round.ops.find_end_of(first_offset)) return true;
  // Its end may be among those that did not fit. The next walk has room for them, unless this one
  // had nothing else to do.
  if (round.ops.is_full() && half.queue_offset > round.half_begin) return false;

  if (age_ms > parts_.store_config.file_reserved_time_hours * ms_per_hour) return discard(half);
  if (immunity_ms && age_ms >= 0 && age_ms < *immunity_ms) return keep_immune(half, round);
  const std::int64_t times =
      number_property(half.properties, property::transaction_check_times).value_or(0);
  if (times >= parts_.config.transaction_check_max) return discard(half);
  return check(half, times + 1, round);
}

/// By the producer's clock; where that is ahead, or ours was set back, from when the message came
/// here. Negative when even that is still to come by our clock: then it is old enough.
std::int64_t TransactionCheckService::age_ms_of(const MessageRecord& half,
                                                const Round& round) const {
  const std::int64_t age_ms = round.started_ms - half.born_timestamp_ms;
  if (age_ms >= 0) return age_ms;
  const std::int64_t came_ms =
      parts_.reader.store_time_of(names::half_topic, half_queue_id, first_offset_of(half));
  return round.started_ms - (came_ms >= 0 ? came_ms : half.store_timestamp_ms);
}

bool TransactionCheckService::check(const MessageRecord& half, std::int64_t times, Round& round) {
  std::string properties =
      with_property(half.properties, property::transaction_check_times, std::to_string(times));
  const auto stored = put_again(half, properties);
  if (!stored.is_stored()) return not_put_again(half, stored, round);
  MessageRecord again = half;
  again.properties = properties;
  again.queue_offset = stored.queue_offset;
  again.physical_offset = stored.physical_offset;
  again.store_timestamp_ms = stored.store_timestamp_ms;
  again.prepared_transaction_offset = 0;
  ask(again, round);
  return true;
}

void TransactionCheckService::ask(const MessageRecord& half, Round& round) {
  if (send_check_back(parts_.producers, half)) return;
  ++round.unasked;
  round.unasked_group = find_property(half.properties, property::producer_group).value_or("");
}

bool TransactionCheckService::keep_immune(const MessageRecord& half, Round& round) {
  const auto stored = put_again(half, std::string(half.properties));
  return stored.is_stored() || not_put_again(half, stored, round);
}

store::PutResult TransactionCheckService::put_again(const MessageRecord& half,
                                                    std::string properties) {
  if (!number_property(properties, property::transaction_prepared_queue_offset)) {
    properties = with_property(properties, property::transaction_prepared_queue_offset,
                               std::to_string(half.queue_offset));
  }
  auto message = copy_of(half, properties);
  message.topic = names::half_topic;
  message.queue_id = half_queue_id;
  auto stored = parts_.writer.put_and_wait(message);
  if (stored.is_stored()) moved_.remember(half.queue_offset, stored.queue_offset);
  return stored;
}

bool TransactionCheckService::not_put_again(const MessageRecord& half,
                                            const store::PutResult& refused, Round& round) {
  if (!store::is_refused_forever(refused.status)) {
    transaction_log().error("half message {} could not be put again, next try in {} ms: {} {}",
                            half.queue_offset, parts_.config.transaction_check_interval_ms.get(),
                            store::to_string(refused.status), refused.remark);
    return false;
  }
  if (!parts_.set_aside.keep(half, names::trans_check_max_time_topic, refused.remark)) return false;
  ask(half, round);
  return true;
}

bool TransactionCheckService::discard(const MessageRecord& half) {
  const auto topic =
      parts_.topics.find_or_create(names::trans_check_max_time_topic, 1, perm::read_write);
  if (!topic) return parts_.set_aside.keep(half, topic.error().remark);
  auto message = copy_of(half, half.properties);
  message.topic = names::trans_check_max_time_topic;
  const auto stored = parts_.writer.put_and_wait(message);
  if (store::is_refused_forever(stored.status)) return parts_.set_aside.keep(half, stored.remark);
  if (!stored.is_stored()) {
    transaction_log().error("half message {} cannot be discarded: {} {}", half.queue_offset,
                            store::to_string(stored.status), stored.remark);
    return false;
  }
  transaction_log().warn("half message {} of group {} got no decision, moved to {}",
                         half.queue_offset,
                         find_property(half.properties, property::producer_group).value_or(""),
                         names::trans_check_max_time_topic);
  return true;
}

std::optional<std::int64_t> TransactionCheckService::immunity_ms_of(
    const MessageRecord& half) const {
  if (!find_property(half.properties, property::check_immunity_seconds)) return std::nullopt;
  const auto seconds = number_property(half.properties, property::check_immunity_seconds);
  if (!seconds || *seconds < 0) return parts_.config.transaction_time_out_ms;
  constexpr std::int64_t seconds_max = std::numeric_limits<std::int64_t>::max() / 1'000;
  return std::min(*seconds, seconds_max) * 1'000;
}

std::int64_t TransactionCheckService::progress_of(std::string_view topic) const {
  const auto saved = parts_.offsets.query(
      {.group = names::transaction_group, .topic = topic, .queue_id = half_queue_id});
  return saved.value_or(parts_.reader.queue_bounds(topic, half_queue_id).min_offset);
}

void TransactionCheckService::save_progress(std::string_view topic, std::int64_t offset) {
  const auto saved = parts_.offsets.commit(
      {.group = names::transaction_group, .topic = topic, .queue_id = half_queue_id}, offset);
  if (!saved) transaction_log().error("progress of transaction checks: {}", saved.error().remark);
}

}  // namespace rocketmq::broker
