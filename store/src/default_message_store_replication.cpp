// The store as its replication sees it: the log as bytes.

#include <algorithm>
#include <utility>

#include "default_message_store.hpp"
#include "log_cursor.hpp"
#include "mapped_read.hpp"

namespace rocketmq::store {
namespace {

/// Small ranges may be copied by who gets them. Those are read here, guarded: a page of a mapping
/// that the disk cannot read ends a process that is not prepared for it.
constexpr std::size_t guarded_bytes_max = 4 * 1024;

class LogFollower final : public ReplicationSource::Follower {
 public:
  LogFollower(LogEnd& end, std::function<void()> wake) : follower_(end, std::move(wake)) {}
  bool wait_beyond(std::int64_t position) override { return follower_.wait_beyond(position); }

 private:
  LogEnd::Follower follower_;
};

}  // namespace

LogRange DefaultMessageStore::read_log(std::int64_t physical_offset, std::size_t bytes_max,
                                       std::int64_t loaded_end) const {
  LogCursor cursor(log_, physical_offset);
  auto range = cursor.next_range(log_.committed_offset(), bytes_max);
  if (range.bytes.empty()) return {};
  const auto file = files_.find(physical_offset);
  if (file == nullptr) return {};
  auto in_memory = range.bytes.size();
  if (physical_offset + std::ssize(range.bytes) > loaded_end) {
    in_memory = static_cast<std::size_t>(
        file->cached_bytes(physical_offset - file->base(), std::ssize(range.bytes)));
  }
  LogRange found{range.bytes.substr(0, in_memory), std::move(range.keep_alive), in_memory == 0};
  if (found.bytes.size() <= guarded_bytes_max && !is_readable(found.bytes)) found = {{}, {}, true};
  return found;
}

std::optional<std::int64_t> DefaultMessageStore::load_log(std::int64_t physical_offset,
                                                          std::size_t bytes_max) const {
  LogCursor cursor(log_, physical_offset);
  const auto range = cursor.next_range(log_.committed_offset(), bytes_max);
  if (range.bytes.empty() || !is_readable(range.bytes)) return {};
  return cursor.position();
}

std::unique_ptr<ReplicationSource::Follower> DefaultMessageStore::follow_log(
    std::function<void()> wake) {
  return std::make_unique<LogFollower>(written_end_, std::move(wake));
}

}  // namespace rocketmq::store
