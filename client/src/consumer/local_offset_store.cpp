#include "consumer/local_offset_store.hpp"

#include <spdlog/logger.h>

#include <cstdlib>
#include <utility>

#include "rocketmq/client/client_log.hpp"
#include "rocketmq/common/atomic_file.hpp"

namespace rocketmq::client {

LocalOffsetStore::LocalOffsetStore(const std::filesystem::path& directory,
                                   const std::string& client_id, const std::string& group)
    : file_(directory / client_id / group / "offsets.json") {}

std::filesystem::path LocalOffsetStore::default_directory() {
  if (const char* set = std::getenv("ROCKETMQ_CLIENT_LOCALOFFSETSTOREDIR")) return set;
  const char* home = std::getenv("HOME");
  return std::filesystem::path(home == nullptr ? "/tmp" : home) / ".rocketmq_offsets";
}

Outcome<void> LocalOffsetStore::load() {
  std::string reasons;
  for (const std::string& name : {file_.string(), file_.string() + ".bak"}) {
    const auto content = read_file(name);
    if (content && !content->has_value()) continue;
    auto offsets = content ? decode_offset_table("offsetTable", **content)
                           : Result<OffsetTable>(content.error());
    if (offsets) {
      const std::scoped_lock lock(file_mutex_);
      stored_ = std::move(*offsets);
      return {};
    }
    reasons += name + ": " + offsets.error().remark + "; ";
  }
  if (!reasons.empty()) return client_failure("the stored offsets cannot be read: " + reasons);
  return {};
}

Outcome<std::optional<std::int64_t>> LocalOffsetStore::read_stored(const MessageQueue& queue) {
  const std::scoped_lock lock(file_mutex_);
  const auto found = stored_.find(queue);
  return found == stored_.end() ? std::optional<std::int64_t>() : found->second;
}

void LocalOffsetStore::persist(const std::set<MessageQueue>& owned) {
  const std::scoped_lock lock(file_mutex_);
  bool changed = false;
  for (const auto& [queue, offset] : in_memory()) {
    if (!owned.contains(queue)) continue;
    const auto [entry, is_new] = stored_.try_emplace(queue, offset);
    changed = changed || is_new || entry->second != offset;
    entry->second = offset;
  }
  if (!changed) return;
  const auto written = write_file_atomically(file_, encode_offset_table("offsetTable", stored_));
  if (!written)
    client_log().error("the offsets cannot be stored in {}: {}", file_.string(),
                       written.error().remark);
}

}  // namespace rocketmq::client
