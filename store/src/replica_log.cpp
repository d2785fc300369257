#include "replica_log.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "rocketmq/common/bytes.hpp"
#include "rocketmq/common/crc32.hpp"
#include "rocketmq/common/message_record.hpp"
#include "rocketmq/common/shared_log.hpp"

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
  const std::int64_t begin = after.boundary();
  if (const auto taken = after.take(bytes); !taken) {
    boundaries_.begin_at(log_.committed_offset());
    return taken;
  }
  if (position != boundaries_.position()) log_.begin_empty_at(position);
  if (const auto written = write(position, bytes); !written) {
    // What is there of the bytes is written again when they come again.
    boundaries_.begin_at(log_.committed_offset());
    const IoError& error = written.error();
    store_log().error(
        "CommitLog: {}; the store takes nothing more of its master until this is fixed",
        error.text);
    gate_.close(
        error.is_out_of_space() ? WriteGate::Reason::OutOfSpace : WriteGate::Reason::DiskFailed,
        error.text);
    return to_error(error);
  }
  return publish(begin, after);
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

/// Of a record whose length fits into its file.
Result<void> ReplicaLog::check_record(std::int64_t position) {
  const auto file = log_.files().find(position);
  const auto size =
      load_be<std::int32_t>(file->bytes(position - file->base(), sizeof(std::int32_t)).data());
  const auto bytes = file->bytes(position - file->base(), size);
  const auto wrong = [position](const std::string& why) {
    return Error{ResponseCode::MessageIllegal,
                 "the record at " + std::to_string(position) + " of the log is damaged: " + why};
  };
  const auto own = load_be<std::int64_t>(bytes.data() + message_record::physical_offset_at);
  if (own != position) return wrong("it says of itself that it stands at " + std::to_string(own));
  const auto located = message_record::locate(bytes, message_record::Check::BodyCrc);
  if (located) return {};
  const Refused refused{position, crc32(bytes)};
  if (std::exchange(refused_, refused) != refused) return wrong(located.error().remark);
  store_log().error(
      "the master's record at {} of the log is damaged, and now this slave's as well: {}", position,
      located.error().remark);
  return {};
}

Result<void> ReplicaLog::publish(std::int64_t begin, const RecordBoundaries& after) {
  std::int64_t end = begin;
  std::optional<std::int64_t> last;
  Result<void> outcome;
  while (end < after.boundary()) {
    const auto file = log_.files().find(end);
    const auto head = file->bytes(end - file->base(), message_record::blank_bytes);
    if (load_be<std::int32_t>(head.data() + 4) == message_record::magic_blank) {
      end = file->end();
      continue;
    }
    outcome = check_record(end);
    if (!outcome) break;
    last = end;
    end += load_be<std::int32_t>(head.data());
  }
  const bool has_grown = end > log_.committed_offset();
  boundaries_ = after;
  // What stands behind the damage comes again.
  if (!outcome) boundaries_.begin_at(end);
  if (!has_grown) return outcome;
  std::int64_t store_timestamp_ms = log_.last_store_timestamp_ms();
  if (last) {
    const auto file = log_.files().find(*last);
    const auto bytes = file->bytes(*last - file->base(), file->end() - *last);
    const auto record = message_record::decode(bytes, message_record::Check::None);
    if (record) store_timestamp_ms = record->store_timestamp_ms;
  }
  log_.extend_to(end, store_timestamp_ms);
  return outcome;
}

}  // namespace rocketmq::store
