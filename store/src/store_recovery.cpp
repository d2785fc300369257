#include "store_recovery.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <limits>

#include "commit_log_recovery.hpp"
#include "file_sizes.hpp"
#include "rocketmq/common/shared_log.hpp"
#include "rocketmq/common/sys_flag.hpp"

namespace rocketmq::store {
namespace {

constexpr std::int64_t no_limit = std::numeric_limits<std::int64_t>::max();
/// This many files are checked of a store that another broker stopped in an orderly way.
constexpr std::size_t files_checked = 3;
constexpr std::int64_t clock_margin_ms = 3000;
constexpr auto record_bytes_least = static_cast<std::int64_t>(message_record::fixed_bytes_v4);

}  // namespace

Result<RecoveredLog> StoreRecovery::run() {
  const auto& made_with = parts_.checkpoint.file_sizes;
  if (const auto fits = check_file_sizes(parts_.file_system, parts_.config,
                                         parts_.queues.file_bytes(), made_with);
      !fits)
    return fits.error();
  const bool is_log_size_certain = made_with && made_with->commit_log == parts_.files.file_size();
  if (const auto loaded = parts_.files.load(is_log_size_certain); !loaded) return loaded.error();
  const auto files = parts_.files.files();
  if (!files.empty()) {
    first_ = files.front()->base();
    files_end_ = files.back()->end();
  }
  Begin begin;
  if (const auto loaded = load_queues(begin); !loaded) return loaded.error();
  remove_deleted_queues();
  begin.index = begin.queues;
  if (parts_.index != nullptr) {
    if (const auto loaded = load_index(begin); !loaded) return loaded.error();
    if (const auto indexed = index_older_records(begin); !indexed) return indexed.error();
  }
  begin.scan = std::min(begin.scan, begin.queues);
  auto scanned = scan_log(begin);
  // With damage in the log there are gaps that no reading closes.
  if (scanned && scanned->skipped_bytes == 0 && parts_.queues.gaps() > 0 && begin.queues > first_) {
    // Entries that the log still has are in no queue: queue files were lost.
    store_log().error("queues miss entries: all are made again from the log, from {} on", first_);
    if (const auto reloaded = reload_queues(first_, begin); !reloaded) return reloaded.error();
    parts_.dispatcher.forget_queues();
    begin.scan = first_;
    scanned = scan_log(begin);
  }
  if (!scanned) return scanned.error();
  if (!scanned->damage.empty()) {
    store_log().warn("the log ends at {}: what follows is no whole record ({}) and is cut off",
                     scanned->end, scanned->damage);
  }
  const bool is_certain = parts_.checkpoint.own && !parts_.after_crash && scanned->damage.empty() &&
                          scanned->end == begin.scan;
  if (!is_certain) {
    const auto cut = commit_log_recovery::cut(parts_.files, scanned->end, parts_.file_system,
                                              parts_.config.store_path_root_dir / "rescued");
    if (!cut && !cut.error().is_out_of_space()) return to_error(cut.error());
    if (!cut) {
      why_read_only_ = cut.error();
      store_log().error("{}: the store is only read from until it is started with space",
                        cut.error().text);
    }
    // What is read from now on must not be lost with the power.
    if (const auto durable =
            commit_log_recovery::make_durable(parts_.files, begin.scan, scanned->end);
        !durable)
      return to_error(durable.error());
  }
  if (begin.queues > scanned->end) {
    // Queues ahead of the log: their last units point at records that are not there.
    if (const auto reloaded = reload_queues(scanned->end, begin); !reloaded)
      return reloaded.error();
    parts_.dispatcher.forget_queues();
  }
  for (const auto& queue : parts_.queues.all()) queue->next_put_offset = queue->max_offset();
  if (first_ > 0) parts_.queues.correct_min_offsets(first_);
  RecoveredLog recovered{scanned->end, scanned->last_store_timestamp_ms, why_read_only_};
  if (scanned->records == 0 && parts_.checkpoint.own)
    recovered.last_store_timestamp_ms = parts_.checkpoint.own->last_store_timestamp_ms;
  store_log().info("the log runs from {} to {}; {} records were read from {} on", first_,
                   scanned->end, scanned->records, begin.scan);
  return recovered;
}

Result<commit_log_recovery::Scanned> StoreRecovery::scan_log(const Begin& begin) {
  std::int64_t damaged = 0;
  return commit_log_recovery::scan(
      parts_.files,
      {.begin = begin.scan,
       .certain_end = certain_end_,
       .only_the_end_is_torn = only_the_end_is_torn_,
       .check_crc = parts_.config.check_crc_on_recover},
      [&](const MessageRecord& record, const commit_log_recovery::Scanned& so_far) -> Result<bool> {
        // The number of a deleted record says nothing of the topic's queue as it is now.
        const bool is_deleted = parts_.deleted.covers(record.topic, record.physical_offset);
        if (record.physical_offset >= begin.queues && !is_deleted) {
          const std::int64_t missing = damaged + so_far.skipped_bytes / record_bytes_least;
          switch (judge(record, missing)) {
            case Verdict::Good: break;
            case Verdict::EndOfLog: return false;
            case Verdict::Damaged:
              ++damaged;
              store_log().error(
                  "the record at {} says it is entry {} of {} queue {}, which it is not; it is "
                  "left out",
                  record.physical_offset, record.queue_offset, record.topic, record.queue_id);
              return true;
          }
          if (const auto done = parts_.dispatcher.dispatch(record); !done)
            return to_error(done.error());
        } else if (record.physical_offset >= begin.index && parts_.index != nullptr) {
          parts_.dispatcher.index(record);
        }
        return true;
      });
}

/// Whether a record's number can be right. Where our own checkpoint ends, every queue is known
/// exactly, and our puts number without gaps; `missing` records at most were lost to damage since.
StoreRecovery::Verdict StoreRecovery::judge(const MessageRecord& record,
                                            std::int64_t missing) const {
  if (certain_end_ == 0 || record.physical_offset < certain_end_) return Verdict::Good;
  const std::int32_t type = sys_flag::transaction_type(record.sys_flag);
  if (type == sys_flag::transaction_prepared || type == sys_flag::transaction_rollback)
    return Verdict::Good;
  const auto queue = parts_.queues.find(record.topic, record.queue_id);
  const std::int64_t max = queue ? queue->max_offset() : 0;
  if (record.queue_offset == max) return Verdict::Good;
  // A slave's log begins anywhere in its master's queues, also when it is a master's from now on.
  const bool is_replica =
      parts_.config.broker_role == BrokerRole::Slave || parts_.config.was_replica;
  if (max == 0 && is_replica) return Verdict::Good;
  if (!only_the_end_is_torn_) {
    // The disk may have lost what came before. A queue's first record may have any number: those
    // before it may have expired.
    return max > 0 && record.queue_offset > max ? Verdict::EndOfLog : Verdict::Good;
  }
  if (record.queue_offset < max) {
    // A topic that was deleted begins again; its old queue's files were gone then.
    return record.queue_offset == 0 && queues_were_lost_ ? Verdict::Good : Verdict::Damaged;
  }
  if (record.queue_offset - max <= missing) return Verdict::Good;
  // Either its number is damaged, or that of the record before it was: the next one knows.
  return next_number(record) == record.queue_offset + 1 ? Verdict::Good : Verdict::Damaged;
}

/// The number of the same queue's next record; nothing when none follows within some distance.
std::optional<std::int64_t> StoreRecovery::next_number(const MessageRecord& record) const {
  constexpr std::int64_t look_bytes = 16LL * 1024 * 1024;
  std::optional<std::int64_t> number;
  const std::int64_t begin = record.physical_offset + record.total_size;
  (void)commit_log_recovery::scan(
      parts_.files, {.begin = begin, .limit = begin + look_bytes, .check_crc = false},
      [&](const MessageRecord& next, const commit_log_recovery::Scanned&) -> Result<bool> {
        if (next.queue_id != record.queue_id || next.topic != record.topic) return true;
        number = next.queue_offset;
        return false;
      });
  return number;
}

Result<void> StoreRecovery::load_queues(Begin& begin) {
  const auto& own = parts_.checkpoint.own;
  if (own && own->complete_offset <= files_end_) return load_with_own_checkpoint(begin);
  if (!parts_.after_crash) return load_after_orderly_stop(begin);
  if (parts_.checkpoint.own_is_void || own) {
    // Damaged, of a time before another broker took over, or ahead of a log that has lost its end:
    // nothing that it says can be relied on.
    store_log().error("the checkpoint is damaged or outdated: queues and index are made again");
    begin.scan = first_;
    return reload_queues(first_, begin);
  }
  const std::int64_t flushed_ms = std::max<std::int64_t>(
      0, std::min(parts_.checkpoint.physic_timestamp_ms, parts_.checkpoint.logics_timestamp_ms) -
             clock_margin_ms);
  begin.scan = commit_log_recovery::begin_by_time(parts_.files, flushed_ms);
  return reload_queues(begin.scan, begin);
}

/// Of a topic whose deletion was cut off by a kill there may still be files.
void StoreRecovery::remove_deleted_queues() {
  for (const auto& queue : parts_.queues.all()) {
    const std::int64_t deleted_end = parts_.deleted.end_of(queue->topic());
    if (deleted_end == 0 || queue->physical_end() > deleted_end) continue;
    if (queue->max_offset() > 0)
      store_log().warn("queue {} of the deleted topic {} is removed", queue->queue_id(),
                       queue->topic());
    if (const auto removed = parts_.queues.remove_files({queue}); !removed)
      store_log().error("{}", removed.error().text);
  }
}

Result<void> StoreRecovery::reload_queues(std::int64_t physical_end, Begin& begin) {
  begin.queues = physical_end;
  const auto loaded = parts_.queues.load({.physical_end = physical_end, .zero_behind_end = true});
  if (!loaded) return loaded.error();
  if (loaded->damaged && physical_end > first_) {
    store_log().error("queues are damaged: all are made again from the log, from {} on", first_);
    return reload_queues(first_, begin);
  }
  return {};
}

Result<void> StoreRecovery::load_with_own_checkpoint(Begin& begin) {
  const auto& own = *parts_.checkpoint.own;
  begin.scan = begin.queues = certain_end_ = std::max(own.complete_offset, first_);
  only_the_end_is_torn_ = own.power_cycle != FileSystem::PowerCycle{} &&
                          own.power_cycle == parts_.file_system.power_cycle();
  const auto loaded =
      parts_.queues.load({.physical_end = begin.queues, .zero_behind_end = parts_.after_crash});
  if (!loaded) return loaded.error();
  const auto totals = parts_.queues.totals();
  if (!loaded->damaged && own.queue_totals.agrees_with(totals)) return {};
  store_log().error(
      "{} queues with {} entries are there, but {} with {} were: all are made again from the log, "
      "from {} on",
      totals.queues, totals.units, own.queue_totals.queues, own.queue_totals.units, first_);
  queues_were_lost_ = true;
  return reload_queues(first_, begin);
}

Result<void> StoreRecovery::load_after_orderly_stop(Begin& begin) {
  const auto files = parts_.files.files();
  if (!files.empty())
    begin.scan = files[files.size() - std::min(files.size(), files_checked)]->base();
  const auto loaded = parts_.queues.load({});
  if (!loaded) return loaded.error();
  if (loaded->damaged) return reload_queues(first_, begin);
  std::int64_t complete = first_;
  std::int64_t wrong = no_limit;
  for (const auto& queue : parts_.queues.all()) {
    const auto cut_from = cut_wrong_units(*queue);
    if (!cut_from) return cut_from.error();
    wrong = std::min(wrong, *cut_from);
    complete = std::max(complete, queue->physical_end());
  }
  // What was cut off may have been good records' units: they are made again, the others are known
  // to be built.
  begin.queues = std::max(first_, std::min(complete, wrong));
  return {};
}

/// Cuts off units at the queue's end whose records are not this queue's, and returns from which
/// record on the queue has to be made again; no_limit when nothing was wrong.
Result<std::int64_t> StoreRecovery::cut_wrong_units(ConsumeQueue& queue) {
  std::int64_t good = queue.max_offset();
  for (; good > queue.min_offset(); --good) {
    const ConsumeQueueUnit unit = queue.unit_at(good - 1);
    if (unit.is_valid() && !unit.is_pre_blank()) {
      if (unit.physical_offset < first_) break;  // expired: nothing to compare with
      const auto record = commit_log_recovery::record_at(parts_.files, unit.physical_offset, false);
      if (record && record->total_size == unit.size && record->queue_offset == good - 1 &&
          record->queue_id == queue.queue_id() && record->topic == queue.topic()) {
        break;
      }
    }
  }
  if (good == queue.max_offset()) return no_limit;
  store_log().warn("{} queue {}: the units from {} on do not belong to it and are cut off",
                   queue.topic(), queue.queue_id(), good);
  if (const auto cut = queue.truncate(good); !cut) return to_error(cut.error());
  return std::max(first_, queue.physical_end());
}

Result<void> StoreRecovery::load_index(Begin& begin) {
  using Trust = IndexStore::LoadRules::Trust;
  IndexStore::LoadRules rules;
  const auto& own = parts_.checkpoint.own;
  const bool has_own = own && own->complete_offset <= files_end_;
  if (has_own) {
    rules.state = own->index;
    rules.trust = parts_.after_crash ? Trust::UpToState : Trust::All;
  } else if (parts_.after_crash) {
    rules.trust = Trust::FullFiles;
    rules.end_timestamp_max_ms =
        parts_.checkpoint.own_is_void ? 0 : parts_.checkpoint.index_timestamp_ms;
  }
  const auto again_from = parts_.index->load(rules);
  if (!again_from) return again_from.error();
  begin.index = begin.scan;
  if (*again_from) begin.index = **again_from;
  if (begin.index >= files_end_ || begin.index < first_ ||
      !commit_log_recovery::record_at(parts_.files, begin.index, false)) {
    begin.index = *again_from ? first_ : begin.scan;
  }
  return {};
}

Result<void> StoreRecovery::index_older_records(const Begin& begin) {
  const std::int64_t end = std::min(begin.scan, begin.queues);
  const auto scanned = commit_log_recovery::scan(
      parts_.files, {.begin = begin.index, .limit = end, .certain_end = end, .check_crc = false},
      [&](const MessageRecord& record, const commit_log_recovery::Scanned&) -> Result<bool> {
        parts_.dispatcher.index(record);
        return true;
      });
  if (!scanned) return scanned.error();
  return {};
}

}  // namespace rocketmq::store
