#include "file_sizes.hpp"

#include <string>

#include "file_names.hpp"
#include "index_file.hpp"

namespace rocketmq::store {
namespace {

/// The lengths of the files of one kind.
class Survey {
 public:
  Survey(FileSystem& file_system, std::int64_t configured_bytes)
      : file_system_(file_system), configured_bytes_(configured_bytes) {}

  void look_at(const std::filesystem::path& path) {
    const auto status = file_system_.status(path);
    // Empty files were left by a kill.
    if (!status || status->size_bytes == 0) return;
    if (status->size_bytes == configured_bytes_) {
      has_configured_ = true;
    } else if (example_.empty()) {
      example_ = path;
      bytes_ = status->size_bytes;
    } else if (status->size_bytes != bytes_) {
      agree_ = false;
    }
  }
  /// Every file has one and the same length, but not the configured one.
  bool agrees_on_another() const { return has_another() && agree_; }
  /// There are files, and none has the configured length.
  bool has_another() const { return !has_configured_ && !example_.empty(); }
  std::int64_t bytes() const { return bytes_; }
  /// `keys` says which keys make the configured length, `set` what to do with them.
  Error refusal(const std::string& keys, const std::string& set) const {
    return {ResponseCode::SystemError, example_.string() + " has " + std::to_string(bytes_) +
                                           " bytes, but " + keys + " " +
                                           std::to_string(configured_bytes_) + ": set " + set +
                                           " with which the store was written"};
  }

 private:
  FileSystem& file_system_;
  const std::int64_t configured_bytes_;
  bool has_configured_ = false;
  bool agree_ = true;
  std::filesystem::path example_;
  std::int64_t bytes_ = 0;
};

/// Calls `visit` with each entry of a directory; a missing one has none.
template <class Visit>
void for_each_entry(FileSystem& file_system, const std::filesystem::path& directory,
                    const Visit& visit) {
  const auto entries = file_system.list(directory);
  if (!entries) return;
  for (const DirectoryEntry& entry : *entries) visit(entry, directory / entry.name);
}

Survey survey_queues(FileSystem& file_system, const std::filesystem::path& root,
                     std::int64_t file_bytes) {
  Survey survey(file_system, file_bytes);
  for_each_entry(file_system, root, [&](const auto& topic, const auto& topic_path) {
    if (!topic.is_directory) return;
    for_each_entry(file_system, topic_path, [&](const auto& queue, const auto& queue_path) {
      if (!queue.is_directory || !parse_number(queue.name)) return;
      for_each_entry(file_system, queue_path, [&](const auto& file, const auto& path) {
        if (!file.is_directory && base_of_file_name(file.name)) survey.look_at(path);
      });
    });
  });
  return survey;
}

Survey survey_index(FileSystem& file_system, const std::filesystem::path& directory,
                    std::int64_t file_bytes) {
  Survey survey(file_system, file_bytes);
  for_each_entry(file_system, directory, [&](const auto& file, const auto& path) {
    if (!file.is_directory && parse_number(file.name)) survey.look_at(path);
  });
  return survey;
}

}  // namespace

Result<void> check_file_sizes(FileSystem& file_system, const StoreConfig& config,
                              std::int64_t queue_file_bytes,
                              const std::optional<StoreCheckpoint::FileSizes>& made_with) {
  // Looking at every file is left to the starts that need it.
  if (!made_with || made_with->consume_queue != queue_file_bytes) {
    const auto survey = survey_queues(file_system, config.consume_queue_path(), queue_file_bytes);
    if (made_with ? survey.has_another()
                  : survey.agrees_on_another() && survey.bytes() % ConsumeQueueUnit::bytes == 0)
      return survey.refusal("mappedFileSizeConsumeQueue is", "it to the value");
  }
  if (!config.message_index_enable) return {};
  if (!made_with || made_with->index_slots != config.max_hash_slot_num ||
      made_with->index_entries != config.max_index_num) {
    const IndexFile::Geometry geometry{config.max_hash_slot_num, config.max_index_num};
    const auto survey = survey_index(file_system, config.index_path(), geometry.bytes());
    // A file that has its slots only was being made when its broker was killed.
    if (made_with ? survey.has_another()
                  : survey.agrees_on_another() && survey.bytes() != geometry.slots_end())
      return survey.refusal("maxHashSlotNum and maxIndexNum make", "them to the values");
  }
  return {};
}

}  // namespace rocketmq::store
