#include "foreign_store.hpp"

#include <algorithm>
#include <string>
#include <string_view>

namespace rocketmq::store {
namespace {

namespace fs = std::filesystem;

constexpr const char* tables_in_rocksdb[] = {"topics", "subscriptionGroups", "consumerOffsets",
                                             "metadata", "rdb"};
constexpr const char* queues_in_rocksdb[] = {"consumequeue", "consumequeue_rocksdb"};
constexpr const char* marks_of_controllers[] = {"epochFileCheckpoint", "brokerIdentity"};

Error refused(const fs::path& seen, std::string_view what, std::string_view remedy) {
  return {ResponseCode::SystemError,
          seen.string() + ": " + std::string(what) + "; " + std::string(remedy)};
}

class Search {
 public:
  explicit Search(FileSystem& file_system) : file_system_(file_system) {}

  bool has(const fs::path& path) const { return file_system_.status(path).has_value(); }
  /// Every such database has this file. A topic may have this name, too.
  bool is_rocksdb(const fs::path& directory) const {
    const auto inside = entries(directory);
    return std::any_of(inside.begin(), inside.end(), [](const DirectoryEntry& entry) {
      return entry.name == "CURRENT" && !entry.is_directory;
    });
  }
  /// The entries of a directory; none when it is missing or no directory.
  std::vector<DirectoryEntry> entries(const fs::path& directory) const {
    auto listed = file_system_.list(directory);
    return listed ? *std::move(listed) : std::vector<DirectoryEntry>();
  }

 private:
  FileSystem& file_system_;
};

}  // namespace

Result<void> refuse_foreign_store(FileSystem& file_system, const StoreConfig& config) {
  const Search search(file_system);
  const fs::path& root = config.store_path_root_dir;
  for (const char* name : queues_in_rocksdb) {
    if (search.is_rocksdb(root / name)) {
      return refused(root / name, "the consume queues of this store are in RocksDB",
                     "this broker reads those in files (storeType=default); remove the directory "
                     "only if there are complete queues in files as well");
    }
  }
  for (const char* name : tables_in_rocksdb) {
    if (search.is_rocksdb(config.config_path() / name)) {
      return refused(config.config_path() / name, "tables of this store are in RocksDB",
                     "have the broker that wrote it export them as JSON (mqadmin "
                     "rocksDBConfigToJson), and move the directory away");
    }
  }
  for (const DirectoryEntry& entry : search.entries(root)) {
    if (entry.is_directory && entry.name.starts_with("dledger-") &&
        !search.entries(root / entry.name / "data").empty()) {
      return refused(root / entry.name, "the log of this store is one of DLedger",
                     "this broker cannot read it");
    }
  }
  for (const char* name : marks_of_controllers) {
    if (search.has(root / name)) {
      return refused(root / name, "this store belongs to a broker in controller mode",
                     "this broker has no such mode; move the file away if the store is never to "
                     "return there");
    }
  }
  if (!search.entries(root / "batchconsumequeue").empty()) {
    return refused(root / "batchconsumequeue", "this store has topics of the kind BatchCQ",
                   "this broker cannot read them; delete these topics with the broker that made "
                   "them");
  }
  return {};
}

}  // namespace rocketmq::store
