#include "schedule/schedule_message_service.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "json_config_file.hpp"
#include "rocketmq/common/atomic_file.hpp"
#include "rocketmq/common/fastjson.hpp"
#include "rocketmq/common/message_properties.hpp"
#include "rocketmq/common/names.hpp"
#include "rocketmq/common/sys_flag.hpp"
#include "rocketmq/common/text.hpp"
#include "schedule/delayed_message.hpp"
#include "stored_copies.hpp"

namespace rocketmq::broker {

using store::GetStatus;

namespace {

constexpr std::int32_t batch_count = 32;
/// Batches of one level before the next level gets its turn.
constexpr int batches_per_turn = 32;

/// How long a message has to wait still that is to be delivered at `deliver_ms`; 0 when it is due.
std::int64_t wait_ms(std::int64_t deliver_ms, std::int64_t now_ms, std::int64_t delay_ms) {
  const std::int64_t wait = deliver_ms - now_ms;
  // Further away than the whole delay: the clock was set back, or the level was shortened. It is
  // due now.
  return wait < 0 || wait > delay_ms ? 0 : wait;
}

/// Takes the due messages at the front of a level's queue, whose units carry delivery times for
/// tags codes: from the first one on that is not due, it takes none.
class DueFilter final : public store::MessageFilter {
 public:
  DueFilter(std::int64_t now_ms, std::int64_t delay_ms) : now_ms_(now_ms), delay_ms_(delay_ms) {}

  bool matches_tags_code(std::int64_t deliver_ms) const override {
    if (wait_ms(deliver_ms, now_ms_, delay_ms_) > 0) stopped_ = true;
    return !stopped_;
  }
  bool stopped() const { return stopped_; }

 private:
  const std::int64_t now_ms_;
  const std::int64_t delay_ms_;
  mutable bool stopped_ = false;
};

/// Where a delayed record belongs; nothing, with the reason logged, when it cannot be delivered
/// anywhere.
std::optional<store::MessageToPut> restore(const MessageRecord& record) {
  const auto topic = find_property(record.properties, property::real_topic);
  const auto queue = whole_number<std::int32_t>(
      find_property(record.properties, property::real_queue_id).value_or(""));
  if (!topic || !queue || *queue < 0 || !is_valid_name(*topic) || *topic == names::half_topic) {
    spdlog::error("delayed message at {} of the log names no topic to deliver it to, dropped",
                  record.physical_offset);
    return std::nullopt;
  }
  return store::MessageToPut{.topic = *topic,
                             .queue_id = *queue,
                             .flag = record.flag,
                             .sys_flag = record.sys_flag,
                             .born_timestamp_ms = record.born_timestamp_ms,
                             .born_host = record.born_host,
                             .store_host = record.store_host,
                             .reconsume_times = record.reconsume_times,
                             .prepared_transaction_offset = record.prepared_transaction_offset,
                             .body = record.body,
                             .properties = record.properties,
                             .wait_store_ok = false};
}

}  // namespace

ScheduleMessageService::ScheduleMessageService(const Clock& clock, const store::DelayLevels& levels,
                                               store::MessageStore& store,
                                               std::filesystem::path file)
    : clock_(clock), levels_(levels), store_(store), file_(std::move(file)) {}

Result<void> ScheduleMessageService::load() {
  return load_json_config(file_, [this](const nlohmann::json& content) {
    const auto table = content.find("offsetTable");
    if (table == content.end() || !table->is_object()) return;
    const std::lock_guard lock(mutex_);
    for (const auto& [name, offset] : table->items()) {
      const auto level = whole_number<std::int32_t>(name);
      if (level && *level >= 1 && offset.is_number_integer())
        offsets_[*level] = offset.get<std::int64_t>();
    }
  });
}

void ScheduleMessageService::find_suspects() {
  store_.wait_until_dispatched();
  for (std::int32_t level = 1; level <= levels_.max_level(); ++level) {
    suspect_ends_[level] =
        store_.queue_bounds(names::schedule_topic, delay_queue_of(level)).max_offset;
  }
}

bool ScheduleMessageService::is_suspect(std::int32_t level, const MessageRecord& record) const {
  const auto end = suspect_ends_.find(level);
  return end != suspect_ends_.end() && record.queue_offset < end->second;
}

bool ScheduleMessageService::was_delivered(const MessageRecord& record,
                                           const store::MessageToPut& message) {
  if (!topics_after_kill_->shape_of(message.topic)) {
    const auto made =
        topics_after_kill_->find_or_create(message.topic, message.queue_id + 1, perm::read_write);
    if (!made) spdlog::error("topic of a delayed message: {}", made.error().remark);
  }
  return has_copy(store_, record,
                  {.topic = message.topic,
                   .queue_id = message.queue_id,
                   .after_physical_offset = record.physical_offset});
}

std::chrono::milliseconds ScheduleMessageService::tick() {
  if (topics_after_kill_ != nullptr && suspect_ends_.empty()) find_suspects();
  Turn all{.has_more = true};
  while (all.has_more) {
    all = {};
    for (std::int32_t level = 1; level <= levels_.max_level(); ++level) {
      const Turn turn = deliver_turn(level);
      all.has_more |= turn.has_more;
      all.next_due_ms = std::min(all.next_due_ms, turn.next_due_ms);
    }
  }
  // Deliveries take time as well. Nothing here is known to be due longer than that: what is due
  // and could not be stored is not tried without a pause.
  const std::int64_t wait = std::max<std::int64_t>(all.next_due_ms - clock_.now_ms(), 0);
  return std::min(std::chrono::milliseconds(wait), tick_period);
}

ScheduleMessageService::Turn ScheduleMessageService::deliver_turn(std::int32_t level) {
  // Most levels have nothing that is due: one look at one entry shows it, and when it will be.
  if (const std::int64_t due_ms = due_ms_of_first(level); due_ms != not_known)
    return {.next_due_ms = due_ms};
  int batches = 0;
  while (batches < batches_per_turn && deliver_batch(level)) ++batches;
  if (batches == batches_per_turn) return {.has_more = true};
  return {.next_due_ms = batches > 0 ? due_ms_of_first(level) : not_known};
}

std::int64_t ScheduleMessageService::due_ms_of_first(std::int32_t level) const {
  const auto first =
      store_.units(names::schedule_topic, delay_queue_of(level), offset_of(level), 1);
  // A damaged entry is left to the read, which mends it.
  if (first.empty() || first.front().size <= 0) return not_known;
  const std::int64_t now_ms = clock_.now_ms();
  const std::int64_t wait = wait_ms(first.front().tags_code, now_ms, levels_.delay_ms(level));
  return wait > 0 ? now_ms + wait : not_known;
}

bool ScheduleMessageService::deliver_batch(std::int32_t level) {
  const std::int64_t offset = offset_of(level);
  const DueFilter filter(clock_.now_ms(), levels_.delay_ms(level));
  const auto found = store_.get({.topic = names::schedule_topic,
                                 .queue_id = delay_queue_of(level),
                                 .queue_offset = offset,
                                 .count_max = batch_count,
                                 .filter = &filter});
  switch (found.status) {
    case GetStatus::Found: {
      const std::size_t stored = put_all(level, found.records);
      if (stored == 0) return false;
      const auto last =
          message_record::decode(found.records[stored - 1], message_record::Check::None);
      advance(level, last ? last->queue_offset + 1 : offset + static_cast<std::int64_t>(stored));
      return stored == found.records.size();
    }
    case GetStatus::OffsetTooSmall:
    case GetStatus::OffsetOverflowBadly:
    case GetStatus::OffsetFoundNull:
    case GetStatus::MessageWasRemoving:
      // Entries that have expired, or progress of another store: go on where there is something.
      if (filter.stopped() || found.next_begin_offset == offset) return false;
      advance(level, found.next_begin_offset);
      return true;
    case GetStatus::NoMatchedMessage:
    case GetStatus::OffsetOverflowOne:
    case GetStatus::NoMatchedLogicQueue:
    case GetStatus::NoMessageInQueue:
      return false;
  }
  return false;
}

std::size_t ScheduleMessageService::put_all(std::int32_t level,
                                            const std::vector<std::string_view>& records) {
  std::vector<store::PutStatus> outcomes(records.size(), store::PutStatus::Ok);
  {
    const store::PutBatch batch(store_);
    for (std::size_t at = 0; at < records.size(); ++at) {
      const auto record = message_record::decode(records[at], message_record::Check::None);
      if (!record) {
        spdlog::error("a delayed message is damaged, dropped: {}", record.error().remark);
        continue;
      }
      const auto message = restore(*record);
      if (!message) continue;
      if (is_suspect(level, *record) && was_delivered(*record, *message)) continue;
      outcomes[at] = store::PutStatus::UnknownError;
      // Called by the end of the batch at the latest, because nothing waits for a flush.
      store_.put(*message,
                 [&outcomes, at](const store::PutResult& result) { outcomes[at] = result.status; });
    }
  }
  std::size_t done = 0;
  while (done < outcomes.size() && outcomes[done] == store::PutStatus::Ok) ++done;
  return done;
}

void ScheduleMessageService::advance(std::int32_t level, std::int64_t offset) {
  const std::lock_guard lock(mutex_);
  offsets_[level] = offset;
  dirty_ = true;
}

std::int64_t ScheduleMessageService::offset_of(std::int32_t level) const {
  const std::lock_guard lock(mutex_);
  const auto found = offsets_.find(level);
  return found == offsets_.end() ? 0 : found->second;
}

std::map<std::string, std::string> ScheduleMessageService::figures() const {
  std::map<std::string, std::string> table;
  for (std::int32_t level = 1; level <= levels_.max_level(); ++level) {
    const auto bounds = store_.queue_bounds(names::schedule_topic, delay_queue_of(level));
    if (bounds.max_offset == 0) continue;
    table["scheduleMessageOffset_" + std::to_string(level)] =
        std::to_string(offset_of(level)) + "," + std::to_string(bounds.max_offset);
  }
  return table;
}

std::string ScheduleMessageService::to_json() const {
  auto table = nlohmann::json::object();
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [level, offset] : offsets_) table[std::to_string(level)] = offset;
  }
  return dump_json_pretty({{"offsetTable", std::move(table)}});
}

Result<void> ScheduleMessageService::flush() {
  {
    const std::lock_guard lock(mutex_);
    if (!std::exchange(dirty_, false)) return {};
  }
  auto written = write_file_atomically(file_, to_json());
  if (!written) {
    const std::lock_guard lock(mutex_);
    dirty_ = true;
  }
  return written;
}

}  // namespace rocketmq::broker
