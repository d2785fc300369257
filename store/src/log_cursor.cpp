#include "log_cursor.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <limits>
#include <string>
#include <utility>

#include "commit_log_recovery.hpp"
#include "mapped_read.hpp"
#include "rocketmq/common/bytes.hpp"
#include "rocketmq/common/shared_log.hpp"

namespace rocketmq::store {
namespace {

/// Pages are looked at this much at a time: a guard for each record would cost more than the
/// record.
constexpr std::size_t touched_step = 64 * 1024;

}  // namespace

void LogCursor::seek(std::int64_t position) {
  position_ = position;
  bytes_ = {};
}

/// False when nothing stands between the position and the end.
bool LogCursor::load() {
  if (position_ >= end_) return false;
  position_ = std::max(position_, log_.min_offset());
  if (position_ >= end_) return false;
  slice_ = log_.read_to_end_of_file(position_);
  bytes_ = slice_.bytes.substr(0, static_cast<std::size_t>(end_ - position_));
  touched_ = 0;
  return !bytes_.empty();
}

/// False when the disk cannot read all of them.
bool LogCursor::touch(std::size_t bytes) {
  while (touched_ < std::min(bytes, bytes_.size())) {
    const std::string_view step = bytes_.substr(touched_, touched_step);
    if (!is_readable(step)) {
      // What is wanted may lie before the page that cannot be read.
      return is_readable(bytes_.substr(touched_, bytes - std::min(bytes, touched_)));
    }
    touched_ += step.size();
  }
  return true;
}

const MessageRecord* LogCursor::next(std::int64_t end) {
  end_ = end;
  while (!bytes_.empty() || load()) {
    if (!touch(message_record::blank_bytes)) {
      pass_over("the disk cannot read it");
      continue;
    }
    if (bytes_.size() >= message_record::blank_bytes &&
        load_be<std::int32_t>(bytes_.data() + 4) == message_record::magic_blank) {
      position_ = slice_.file->end();
      bytes_ = {};
      continue;
    }
    const auto claimed =
        bytes_.size() < message_record::blank_bytes ? 0 : load_be<std::int32_t>(bytes_.data());
    if (claimed > 0 && !touch(static_cast<std::size_t>(claimed))) {
      pass_over("the disk cannot read it");
      continue;
    }
    const auto record = message_record::decode(bytes_, message_record::Check::None);
    if (!record) {
      pass_over(record.error().remark);
      continue;
    }
    record_ = *record;
    last_size_ = static_cast<std::size_t>(record->total_size);
    position_ += record->total_size;
    bytes_.remove_prefix(last_size_);
    touched_ -= std::min(touched_, last_size_);
    return &record_;
  }
  return nullptr;
}

void LogCursor::pass_over(std::string_view why) {
  const std::int64_t damaged = position_;
  const auto next = commit_log_recovery::next_record(log_.files(), position_ + 1,
                                                     std::numeric_limits<std::int64_t>::max());
  position_ = std::min(next.value_or(slice_.file->end()), end_);
  bytes_ = {};
  store_log().error("the log is damaged at {} ({}); it continues at {}", damaged, why, position_);
}

LogCursor::Range LogCursor::next_range(std::int64_t end, std::size_t bytes_max) {
  bytes_ = {};  // what next() has loaded begins elsewhere
  if (position_ >= end || is_deleted()) return {};
  auto slice = log_.read_to_end_of_file(position_);
  const auto bytes =
      slice.bytes.substr(0, std::min(bytes_max, static_cast<std::size_t>(end - position_)));
  const Range range{position_, bytes, std::move(slice.file)};
  position_ += static_cast<std::int64_t>(bytes.size());
  return range;
}

void LogCursor::prefetch() const {
  if (bytes_.size() < last_size_) return;
  const char* const next = bytes_.data();
  __builtin_prefetch(next);
  __builtin_prefetch(next + 64);
  for (std::size_t back = 64; back <= std::min<std::size_t>(last_size_, 256); back += 64)
    __builtin_prefetch(next + last_size_ - back);
}

}  // namespace rocketmq::store
