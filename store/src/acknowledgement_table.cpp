#include "acknowledgement_table.hpp"

#include <algorithm>
#include <functional>
#include <iterator>
#include <utility>

namespace rocketmq::store {
namespace {

/// Entries that are kept for later puts when none waits.
constexpr std::size_t kept_entries_max = 4'096;

std::string late_text(std::string_view what, std::chrono::milliseconds timeout) {
  return std::string(what) + " within " + std::to_string(timeout.count()) + " ms";
}

}  // namespace

std::optional<std::int64_t> end_of_enough(std::span<std::int64_t> ends, std::size_t needed) {
  if (ends.size() < needed) return {};
  const auto last = ends.begin() + static_cast<std::ptrdiff_t>(needed - 1);
  std::nth_element(ends.begin(), last, ends.end(), std::greater<>());
  return *last;
}

void AcknowledgementTable::begin_at(std::int64_t end) { flushed_ = replicated_ = end; }

AcknowledgementTable::Entry& AcknowledgementTable::take_entry() {
  if (free_.empty()) return entries_.emplace_back();
  Entry& entry = *free_.back();
  free_.pop_back();
  return entry;
}

void AcknowledgementTable::add(Put put, const AcknowledgementNeeds& needs, Time now,
                               Completed& completed) {
  put.result.status = PutStatus::Ok;
  put.result.remark.clear();
  Entry& entry = take_entry();
  entry.put = std::move(put);
  entry.parts = 1;  // until both have begun
  const bool needs_flush = needs.flush_timeout && entry.put.end > flushed_;
  if (needs_flush && flush_failure_) return fail(entry, completed);
  if (needs_flush) wait_for_flush(entry, *needs.flush_timeout, now);
  if (needs.replication_timeout && entry.put.end > replicated_)
    wait_for_replication(entry, *needs.replication_timeout, now);
  if (needs.pace_timeout && !pace_.allows(entry.put.end))
    wait_for_pace(entry, *needs.pace_timeout, now);
  finish_part(entry, completed);
}

void AcknowledgementTable::wait_for_flush(Entry& entry, std::chrono::milliseconds timeout,
                                          Time now) {
  if (is_full()) return flush_is_late(entry.put.result, "too many messages wait for the disk");
  insert(flush_waits_, {entry.put.end, now + timeout, timeout, &entry});
  ++entry.parts;
}

void AcknowledgementTable::wait_for_replication(Entry& entry, std::chrono::milliseconds timeout,
                                                Time now) {
  PutResult& result = entry.put.result;
  if (is_closed_) return replication_is_late(result, "the store stopped");
  const Live<std::int64_t>* const lag_max = options_.slave_lag_max_bytes;
  if (!slaves_end_ || (lag_max != nullptr && entry.put.end - *slaves_end_ >= lag_max->get())) {
    result.status = PutStatus::SlaveNotAvailable;
    result.remark = !slaves_end_ ? "too few slaves follow" : "too few slaves are close enough";
    return;
  }
  if (is_full()) return replication_is_late(result, "too many messages wait for a slave");
  insert(replication_waits_, {entry.put.end, now + timeout, timeout, &entry});
  ++entry.parts;
}

void AcknowledgementTable::wait_for_pace(Entry& entry, std::chrono::milliseconds timeout,
                                         Time now) {
  if (is_closed_ || is_full()) return;
  insert(pace_waits_, {entry.put.end, now + timeout, timeout, &entry});
  ++entry.parts;
}

void AcknowledgementTable::keep_pace(Completed& completed) {
  while (!pace_waits_.empty() && pace_.allows(pace_waits_.front().end)) {
    Entry& entry = *pace_waits_.front().entry;
    pace_waits_.pop_front();
    finish_part(entry, completed);
  }
}

void AcknowledgementTable::insert(Waits& waits, const Wait& wait) {
  auto at = waits.end();
  while (at != waits.begin() && std::prev(at)->end > wait.end) --at;
  waits.insert(at, wait);
}

void AcknowledgementTable::flushed_to(std::int64_t end, Completed& completed) {
  flushed_ = std::max(flushed_, end);
  while (!flush_waits_.empty() && flush_waits_.front().end <= flushed_) {
    Entry& entry = *flush_waits_.front().entry;
    flush_waits_.pop_front();
    finish_part(entry, completed);
  }
}

void AcknowledgementTable::slaves_at(std::optional<std::int64_t> slaves_end, std::int64_t log_end,
                                     Completed& completed) {
  slaves_end_ = slaves_end;
  pace_.slave_at(slaves_end, log_end);
  keep_pace(completed);
  if (!slaves_end_) return;
  replicated_ = std::max(replicated_, *slaves_end_);
  while (!replication_waits_.empty() && replication_waits_.front().end <= replicated_) {
    Entry& entry = *replication_waits_.front().entry;
    replication_waits_.pop_front();
    finish_part(entry, completed);
  }
}

void AcknowledgementTable::flush_failed(std::string_view why, Completed& completed) {
  if (!flush_failure_) flush_failure_ = why;
  Waits failed;
  failed.swap(flush_waits_);
  if (failed.empty()) return;
  // A put that also waits for a slave does not wait any longer.
  for (const Wait& wait : failed) wait.entry->parts = 0;
  const auto is_over = [](const Wait& wait) { return wait.entry->parts == 0; };
  std::erase_if(replication_waits_, is_over);
  std::erase_if(pace_waits_, is_over);
  for (const Wait& wait : failed) fail(*wait.entry, completed);
}

void AcknowledgementTable::expire(Time now, Completed& completed) {
  while (!flush_waits_.empty() && flush_waits_.front().deadline <= now) {
    const Wait wait = flush_waits_.front();
    flush_waits_.pop_front();
    flush_is_late(wait.entry->put.result, late_text("not on disk", wait.timeout));
    finish_part(*wait.entry, completed);
  }
  while (!replication_waits_.empty() && replication_waits_.front().deadline <= now) {
    const Wait wait = replication_waits_.front();
    replication_waits_.pop_front();
    replication_is_late(wait.entry->put.result, late_text("on no slave", wait.timeout));
    finish_part(*wait.entry, completed);
  }
  if (!pace_waits_.empty() && pace_waits_.front().deadline <= now) {
    pace_.give_up();
    keep_pace(completed);
  }
}

void AcknowledgementTable::close(std::string_view why, Completed& completed) {
  is_closed_ = true;
  flush_failed(why, completed);
  Waits left;
  left.swap(replication_waits_);
  for (const Wait& wait : left) {
    replication_is_late(wait.entry->put.result, std::string(why));
    finish_part(*wait.entry, completed);
  }
  pace_.give_up();
  keep_pace(completed);
}

void AcknowledgementTable::flush_is_late(PutResult& result, std::string remark) {
  if (result.status != PutStatus::Ok) return;
  result.status = PutStatus::FlushDiskTimeout;
  result.remark = std::move(remark);
}

void AcknowledgementTable::replication_is_late(PutResult& result, std::string remark) {
  result.status = PutStatus::FlushSlaveTimeout;
  result.remark = std::move(remark);
}

void AcknowledgementTable::fail(Entry& entry, Completed& completed) {
  entry.put.result.status = PutStatus::ServiceNotAvailable;
  entry.put.result.remark = *flush_failure_;
  release(entry, completed);
}

void AcknowledgementTable::finish_part(Entry& entry, Completed& completed) {
  if (--entry.parts == 0) release(entry, completed);
}

void AcknowledgementTable::release(Entry& entry, Completed& completed) {
  completed.push_back(std::move(entry.put));
  free_.push_back(&entry);
  if (free_.size() < entries_.size() || entries_.size() <= kept_entries_max) return;
  free_.clear();
  free_.shrink_to_fit();
  entries_.clear();
}

}  // namespace rocketmq::store
