#pragma once

#include <cstdint>
#include <filesystem>
#include <mutex>
#include <optional>
#include <set>
#include <string>

#include "consumer/offset_store.hpp"

namespace rocketmq::client {

/// A file of this machine keeps the offsets: for broadcasting. <directory>/<client
/// id>/<group>/offsets.json
class LocalOffsetStore final : public OffsetStore {
 public:
  LocalOffsetStore(const std::filesystem::path& directory, const std::string& client_id,
                   const std::string& group);

  /// Failure: the file and its backup cannot be read.
  Outcome<void> load() override;
  Outcome<std::optional<std::int64_t>> read_stored(const MessageQueue& queue) override;
  void persist(const std::set<MessageQueue>& owned) override;
  void persist_and_wait(const std::set<MessageQueue>& owned) override { persist(owned); }
  void persist(const MessageQueue&) override {}

  /// Environment variable ROCKETMQ_CLIENT_LOCALOFFSETSTOREDIR, else $HOME/.rocketmq_offsets.
  static std::filesystem::path default_directory();

 private:
  const std::filesystem::path file_;
  std::mutex file_mutex_;
  OffsetTable stored_;  // guarded by file_mutex_; what the file holds
};

}  // namespace rocketmq::client
