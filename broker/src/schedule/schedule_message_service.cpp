#include "schedule/schedule_message_service.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "limits.hpp"
#include "messages/stored_copies.hpp"
#include "pulls/queue_reading.hpp"
#include "rocketmq/common/atomic_file.hpp"
#include "rocketmq/common/fastjson.hpp"
#include "rocketmq/common/message_properties.hpp"
#include "rocketmq/common/names.hpp"
#include "rocketmq/common/sys_flag.hpp"
#include "rocketmq/common/text.hpp"
#include "schedule/delayed_message.hpp"
#include "slave/slave_version.hpp"

namespace rocketmq::broker {

using store::GetStatus;

namespace {

constexpr std::int32_t batch_count = 32;
/// Batches of one level before the next level gets its turn.
constexpr int batches_per_turn = 32;

/// How long a message has to wait still that is to be delivered at `deliver_ms`; 0 when it is due.
std::int64_t wait_ms(std::int64_t deliver_ms, std::int64_t now_ms, std::int64_t delay_max_ms) {
  const std::int64_t wait = deliver_ms - now_ms;
  // Further away than the whole delay: the clock was set back, or the level was shortened. It is
  // due now.
  return wait < 0 || wait > delay_max_ms ? 0 : wait;
}

/// Takes the due messages at the front of a level's queue, whose units carry delivery times for
/// tags codes: from the first one on that is not due, it takes none.
class DueFilter final : public store::MessageFilter {
 public:
  /// `now_ms` by the clock with which the messages were stored.
  DueFilter(std::int64_t now_ms, std::int64_t delay_ms) : now_ms_(now_ms), delay_ms_(delay_ms) {}

  bool matches_tags_code(std::int64_t deliver_ms) const override {
    if (wait_ms(deliver_ms, now_ms_, delay_ms_) > 0) stopped_ = true;
    return !stopped_;
  }
  bool ends_get() const override { return stopped_; }

 private:
  const std::int64_t now_ms_;
  const std::int64_t delay_ms_;
  mutable bool stopped_ = false;
};

/// Where a delayed record belongs; nothing when it does not say.
std::optional<store::MessageToPut> restore(const MessageRecord& record) {
  const auto topic = find_property(record.properties, property::real_topic);
  const auto queue = whole_number<std::int32_t>(
      find_property(record.properties, property::real_queue_id).value_or(""));
  if (!topic || !queue || *queue < 0 || !is_valid_name(*topic) || *topic == names::half_topic)
    return std::nullopt;
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
                             .wait_store_ok = false,
                             .is_copy = true};
}

/// Where a message goes that its topic cannot take: to the dead letters of its group, when it is a
/// retry.
std::string refuge_of(const store::MessageToPut& message) {
  if (!is_retry_topic(message.topic)) return std::string(set_aside_topic);
  return dlq_topic_of(message.topic.substr(names::retry_prefix.size()));
}

/// delayOffset.json: per level the entry that is delivered next.
struct Progress {
  std::map<std::int64_t, std::int64_t> table;
};

bool read_json(JsonReader& in, Progress& progress) {
  progress.table.clear();
  return in.object([&](std::string_view name) {
    if (!json_name_is(name, "offsetTable")) return in.skip();
    return in.numbered([&](std::int64_t level) { return in.read_required(progress.table[level]); });
  });
}

std::map<std::int32_t, std::int64_t> levels_of(const Progress& progress) {
  std::map<std::int32_t, std::int64_t> offsets;
  for (const auto& [level, offset] : progress.table) {
    if (level >= 1 && level <= limits::queues_per_topic_max && offset >= 0)
      offsets[static_cast<std::int32_t>(level)] = offset;
  }
  return offsets;
}

}  // namespace

Result<void> ScheduleMessageService::load(DamagedTable damaged) {
  Progress progress;
  const auto loaded = load_table_file(parts_.file, "offsetTable", damaged,
                                      [&](JsonReader& in) { return read_json(in, progress); });
  if (!loaded) return loaded.error();
  const std::lock_guard lock(mutex_);
  offsets_ = levels_of(progress);
  return {};
}

Result<void> ScheduleMessageService::follow(std::string_view json) {
  const auto progress = parse_json_object<Progress>("delay offsets of the master", json);
  if (!progress) return progress.error();
  auto offsets = levels_of(*progress);
  const std::lock_guard lock(mutex_);
  if (offsets == offsets_) return {};
  offsets_ = std::move(offsets);
  saved_.changed();
  return {};
}

template <class Visit>
void ScheduleMessageService::for_each_level(Visit&& visit) const {
  for (std::int32_t level = 1; level <= parts_.levels.max_level(); ++level) visit(level);
  for (const std::int32_t level : removed_levels_) visit(level);
}

void ScheduleMessageService::begin() {
  has_begun_ = true;
  parts_.reader.wait_until_dispatched();
  for (const auto& queue : parts_.reader.queues()) {
    if (queue.topic != names::schedule_topic) continue;
    const std::int32_t level = queue.queue_id + 1;
    const std::int64_t end =
        parts_.reader.queue_bounds(names::schedule_topic, queue.queue_id).max_offset;
    if (was_killed_) suspect_ends_[level] = end;
    if (level <= parts_.levels.max_level() || offset_of(level) >= end) continue;
    spdlog::warn(
        "up to {} messages wait in delay level {}, which messageDelayLevel no longer has; they "
        "wait "
        "no longer than those of its highest level",
        end - offset_of(level), level);
    removed_levels_.push_back(level);
  }
}

bool ScheduleMessageService::is_suspect(std::int32_t level, const MessageRecord& record) const {
  const auto end = suspect_ends_.find(level);
  return end != suspect_ends_.end() && record.queue_offset < end->second;
}

std::optional<TopicShape> ScheduleMessageService::find_topic(const store::MessageToPut& message,
                                                             bool may_be_lost) {
  auto shape = parts_.topics.shape_of(message.topic);
  if (shape || !may_be_lost) return shape;
  const auto made =
      parts_.topics.find_or_create(message.topic, message.queue_id + 1, perm::read_write);
  if (!made) {
    spdlog::error("topic of a delayed message: {}", made.error().remark);
    return std::nullopt;
  }
  return *made;
}

void ScheduleMessageService::follow_clock() {
  const auto step = clock_watch_.look();
  if (!step) return;
  spdlog::warn("the clock was set {} by {} ms", step->shift_ms < 0 ? "back" : "forward",
               step->shift_ms < 0 ? -step->shift_ms : step->shift_ms);
  parts_.reader.wait_until_dispatched();
  for_each_level([&](std::int32_t level) {
    auto& shifted = shifted_[level];
    const std::int64_t delivered = offset_of(level);
    std::erase_if(shifted, [&](const auto& entries) { return entries.end_offset <= delivered; });
    const std::int64_t end = first_after_step(level, *step);
    if (end <= delivered) return;
    if (shifted.size() == shifts_max) shifted.erase(shifted.begin());
    shifted.push_back({end, step->shift_ms});
  });
}

std::int64_t ScheduleMessageService::first_after_step(std::int32_t level,
                                                      const ClockWatch::Step& step) const {
  // The step was noticed a moment late: what came since then has times of this moment.
  constexpr int looks_max = 1'000;
  const std::int64_t now_ms = parts_.clock.now_ms();
  const std::int64_t moment_ms = now_ms - step.elapsed_ms - ClockWatch::step_ms_min;
  std::int64_t end =
      parts_.reader.queue_bounds(names::schedule_topic, delay_queue_of(level)).max_offset;
  for (int looks = 0; looks < looks_max && end > 0; ++looks, --end) {
    const auto last = parts_.reader.units(names::schedule_topic, delay_queue_of(level), end - 1, 1);
    if (last.empty()) break;
    const std::int64_t stored_ms = last.front().tags_code - parts_.levels.delay_ms(level);
    if (stored_ms < moment_ms || stored_ms > now_ms) break;
  }
  return end;
}

std::int64_t ScheduleMessageService::shift_ms_of(std::int32_t level, std::int64_t offset) const {
  const auto found = shifted_.find(level);
  if (found == shifted_.end()) return 0;
  std::int64_t shift_ms = 0;
  for (const auto& entries : found->second) {
    if (offset < entries.end_offset) shift_ms += entries.shift_ms;
  }
  // Nothing waits longer because the clock was set forward: the machine may have slept.
  return std::min<std::int64_t>(shift_ms, 0);
}

/// Entries of one batch have one shift.
std::int32_t ScheduleMessageService::count_until_shift(std::int32_t level,
                                                       std::int64_t offset) const {
  std::int64_t count = batch_count;
  const auto found = shifted_.find(level);
  if (found == shifted_.end()) return batch_count;
  for (const auto& entries : found->second) {
    if (offset < entries.end_offset) count = std::min(count, entries.end_offset - offset);
  }
  return static_cast<std::int32_t>(count);
}

std::chrono::milliseconds ScheduleMessageService::tick() {
  if (!has_begun_) begin();
  follow_clock();
  Turn all{.has_more = true};
  while (all.has_more) {
    all = {};
    for_each_level([&](std::int32_t level) {
      const Turn turn = deliver_turn(level);
      all.has_more |= turn.has_more;
      all.next_due_ms = std::min(all.next_due_ms, turn.next_due_ms);
    });
  }
  // Deliveries take time as well. Nothing here is known to be due longer than that: what is due
  // and could not be stored is not tried without a pause.
  const std::int64_t wait = std::max<std::int64_t>(all.next_due_ms - parts_.clock.now_ms(), 0);
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
  const std::int64_t offset = offset_of(level);
  const auto first = parts_.reader.units(names::schedule_topic, delay_queue_of(level), offset, 1);
  // A damaged entry is left to the read, which repairs it.
  if (first.empty() || first.front().size <= 0) return not_known;
  const std::int64_t now_ms = parts_.clock.now_ms();
  const std::int64_t wait = wait_ms(first.front().tags_code + shift_ms_of(level, offset), now_ms,
                                    parts_.levels.delay_ms(level));
  return wait > 0 ? now_ms + wait : not_known;
}

bool ScheduleMessageService::deliver_batch(std::int32_t level) {
  const std::int64_t offset = offset_of(level);
  const DueFilter filter(parts_.clock.now_ms() - shift_ms_of(level, offset),
                         parts_.levels.delay_ms(level));
  const auto found = parts_.reader.get({.topic = names::schedule_topic,
                                        .queue_id = delay_queue_of(level),
                                        .queue_offset = offset,
                                        .count_max = count_until_shift(level, offset),
                                        .filter = &filter});
  if (found.status != GetStatus::Found) {
    const auto next = next_position(found, offset);
    if (next) advance(level, *next);
    return next.has_value();
  }
  const std::size_t done = put_all(level, found.records);
  if (done == found.records.size()) {
    advance(level, found.next_begin_offset);
    return true;
  }
  const auto undone = message_record::decode(found.records[done], message_record::Check::None);
  if (undone) advance(level, undone->queue_offset);
  return false;
}

std::size_t ScheduleMessageService::put_all(std::int32_t level,
                                            const std::vector<std::string_view>& records) {
  std::vector<Outcome> outcomes(records.size());
  {
    store::PutBatch batch(parts_.writer);
    for (std::size_t at = 0; at < records.size(); ++at) {
      const auto record = message_record::decode(records[at], message_record::Check::None);
      if (record) {
        put_one(level, *record, batch, outcomes[at]);
      } else {
        spdlog::error("a delayed message is damaged, dropped: {}", record.error().remark);
      }
    }
  }
  auto& ahead = delivered_ahead_[level];
  std::size_t done = records.size();
  for (std::size_t at = 0; at < records.size(); ++at) {
    const Outcome& outcome = outcomes[at];
    const auto record = message_record::decode(records[at], message_record::Check::None);
    if (!record || record->queue_offset < 0) continue;
    bool is_done = outcome.status == store::PutStatus::Ok && outcome.why_not.empty();
    if (!outcome.why_not.empty() && at < done) is_done = set_aside(*record, outcome);
    if (!is_done) {
      done = std::min(done, at);
    } else if (at > done) {
      // It must not come once more when those before it are tried again.
      ahead.insert(record->queue_offset);
    }
  }
  if (done == records.size()) ahead.clear();
  return done;
}

bool ScheduleMessageService::set_aside(const MessageRecord& record, const Outcome& outcome) {
  // The dead letters of a group only for what was refused as it is: where the retry topic is gone,
  // its group is.
  const auto message = restore(record);
  const bool has_topic = message && store::is_refused_forever(outcome.status);
  return parts_.set_aside.keep(
      record, has_topic ? refuge_of(*message) : std::string(set_aside_topic), outcome.why_not);
}

void ScheduleMessageService::put_one(std::int32_t level, const MessageRecord& record,
                                     store::PutBatch& batch, Outcome& outcome) {
  if (delivered_ahead_[level].contains(record.queue_offset)) return;
  auto message = restore(record);
  if (!message) {
    outcome.why_not = "it names no topic and queue";
    return;
  }
  const bool suspect = is_suspect(level, record);
  // A topic that was deleted after the message was stored was not lost.
  const bool may_be_lost =
      suspect && parts_.reader.deleted_before(message->topic) <= record.physical_offset;
  const auto shape = find_topic(*message, may_be_lost);
  if (!shape) {
    if (!suspect || !parts_.set_aside.has(record))
      outcome.why_not = "topic " + std::string(message->topic) + " does not exist";
    return;
  }
  message->queue_id = queue_that_is_read(*shape, message->queue_id);
  if (suspect && has_copy(parts_.reader, record,
                          {.topic = message->topic,
                           .queue_id = message->queue_id,
                           .after_physical_offset = record.physical_offset}))
    return;
  outcome.status = store::PutStatus::UnknownError;
  // Called by the end of the batch at the latest, because nothing waits for a flush.
  parts_.writer.put(*message, &batch, [&outcome](const store::PutResult& result) {
    outcome.status = result.status;
    if (store::is_refused_forever(result.status)) outcome.why_not = result.remark;
  });
}

void ScheduleMessageService::advance(std::int32_t level, std::int64_t offset) {
  const std::lock_guard lock(mutex_);
  offsets_[level] = offset;
  saved_.changed();
}

std::int64_t ScheduleMessageService::offset_of(std::int32_t level) const {
  const std::lock_guard lock(mutex_);
  const auto found = offsets_.find(level);
  return found == offsets_.end() ? 0 : found->second;
}

void ScheduleMessageService::add_figures(FigureTable& table) const {
  table.add_family({.name = "scheduleMessageOffset_",
                    .kind = FigureKind::Text,
                    .unit = "messages",
                    .help = "delayed messages of a level: delivered, and stored",
                    .use = in_runtime_info,
                    .key = "LEVEL"},
                   [this](const FigureTable::FamilyReader& reader) { visit_levels(reader); });
}

/// Levels into which nothing was ever put are left out.
void ScheduleMessageService::visit_levels(const FigureTable::FamilyReader& reader) const {
  std::int32_t last_level = parts_.levels.max_level();
  {
    const std::lock_guard lock(mutex_);
    if (!offsets_.empty()) last_level = std::max(last_level, offsets_.rbegin()->first);
  }
  for (std::int32_t level = 1; level <= last_level; ++level) {
    const auto bounds = parts_.reader.queue_bounds(names::schedule_topic, delay_queue_of(level));
    if (bounds.max_offset == 0) continue;
    reader(std::to_string(level),
           std::to_string(offset_of(level)) + "," + std::to_string(bounds.max_offset));
  }
}

std::string ScheduleMessageService::to_json() const {
  auto table = nlohmann::json::object();
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [level, offset] : offsets_) table[std::to_string(level)] = offset;
  }
  return dump_json_pretty({{"offsetTable", std::move(table)}});
}

std::string ScheduleMessageService::to_json_for_slave() const {
  std::int64_t given = 0;
  {
    const std::lock_guard lock(mutex_);
    given = ++given_to_slaves_;
  }
  return "{\"dataVersion\":" + version_for_slave(parts_.clock.now_ms(), given) + "," +
         to_json().substr(1);
}

}  // namespace rocketmq::broker
