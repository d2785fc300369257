#include "replica_log.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <string>
#include <utility>

#include "rocketmq/common/message_record.hpp"

namespace rocketmq::store {
namespace {

Error refusal(std::string why) { return {ResponseCode::ServiceNotAvailable, std::move(why)}; }

}  // namespace

ReplicaLog::ReplicaLog(CommitLog& log, WriteGate& gate)
    : log_(log), gate_(gate), boundaries_(log.files().file_size()) {}

void ReplicaLog::begin_at(std::int64_t end) {
  const std::lock_guard lock(mutex_);
  boundaries_.begin_at(end);
}

std::int64_t ReplicaLog::end() const {
  const std::lock_guard lock(mutex_);
  return boundaries_.position();
}

void ReplicaLog::close() {
  const std::lock_guard lock(mutex_);
  is_closed_ = true;
}

Result<void> ReplicaLog::check(std::int64_t position) const {
  if (is_closed_) return refusal("the store is shut down");
  if (!gate_.is_closed_for(WriteGate::Reason::Slave))
    return refusal("this broker is no slave: its log is written by its own clients' messages");
  if (!gate_.is_open_but_for(WriteGate::Reason::Slave)) return refusal(gate_.refusal());
  const std::int64_t end = boundaries_.position();
  if (position == end) return {};
  const std::int64_t file_size = log_.files().file_size();
  const bool is_empty = !log_.files().first_base() && end == log_.committed_offset();
  if (is_empty && position > end && position % file_size == 0) return {};
  std::string why = "the log ends at " + std::to_string(end) + "; bytes that begin at " +
                    std::to_string(position) + " do not continue it";
  if (is_empty)
    why += ": an empty log begins at a multiple of mappedFileSizeCommitLog (" +
           std::to_string(file_size) + ")";
  return Error{ResponseCode::SystemError, std::move(why)};
}

Result<void> ReplicaLog::append_at(std::int64_t position, std::string_view bytes) {
  const std::lock_guard lock(mutex_);
  if (const auto checked = check(position); !checked) return checked;
  RecordBoundaries after = boundaries_;
  if (position != after.position()) after.begin_at(position);
  if (const auto taken = after.take(bytes); !taken) return taken;
  if (position != boundaries_.position()) log_.begin_empty_at(position);
  if (const auto written = write(position, bytes); !written) {
    // What is there of the bytes is written again when they come again.
    boundaries_.begin_at(log_.committed_offset());
    const IoError& error = written.error();
    spdlog::error("CommitLog: {}; the store takes nothing more of its master until this is fixed",
                  error.text);
    gate_.close(
        error.is_out_of_space() ? WriteGate::Reason::OutOfSpace : WriteGate::Reason::DiskFailed,
        error.text);
    return to_error(error);
  }
  publish(after);
  return {};
}

IoResult<void> ReplicaLog::write(std::int64_t position, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto file = log_.files().file_for_append(log_.files().base_of(position));
    if (!file) return file.error();
    const auto count = std::min(bytes.size(), static_cast<std::size_t>((*file)->end() - position));
    if (const auto written = (*file)->write(bytes.substr(0, count), position - (*file)->base());
        !written)
      return written;
    bytes.remove_prefix(count);
    position += static_cast<std::int64_t>(count);
  }
  return {};
}

void ReplicaLog::publish(const RecordBoundaries& after) {
  const bool has_grown = after.boundary() > log_.committed_offset();
  boundaries_ = after;
  if (!has_grown) return;
  std::int64_t store_timestamp_ms = log_.last_store_timestamp_ms();
  if (const auto last = after.last_record()) {
    const auto file = log_.files().find(*last);
    const auto bytes = file->bytes(*last - file->base(), file->end() - *last);
    const auto record = message_record::decode(bytes, message_record::Check::None);
    if (record) store_timestamp_ms = record->store_timestamp_ms;
  }
  log_.extend_to(after.boundary(), store_timestamp_ms);
}

}  // namespace rocketmq::store
