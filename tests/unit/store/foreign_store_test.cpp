#include "foreign_store.hpp"

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "rocketmq/common/bytes.hpp"
#include "rocketmq/common/crc32.hpp"
#include "store_checkpoint.hpp"
#include "store_fixture.hpp"

namespace rocketmq::store::test {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;

class ForeignStoreTest : public StoreFixture {
 protected:
  const fs::path& root() const { return config_.store_path_root_dir; }
  void write(const fs::path& below_root, std::string_view content = "") const {
    const fs::path file = root() / below_root;
    fs::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << content;
  }
  /// Why the store is not opened; empty: it is.
  std::string refusal() const {
    const auto opened = MessageStore::open(config_, clock_, nullptr);
    return opened ? std::string() : opened.error().remark;
  }
  std::vector<std::string> files() const {
    std::vector<std::string> found;
    for (const auto& entry : fs::recursive_directory_iterator(root()))
      found.push_back(entry.path().string());
    return found;
  }
};

TEST_F(ForeignStoreTest, IsRefusedInOneLineAndLeftAlone) {
  const struct {
    const char* file;
    const char* what;
  } stores[] = {
      {"consumequeue/CURRENT", "the consume queues of this store are in RocksDB"},
      {"consumequeue_rocksdb/CURRENT", "the consume queues of this store are in RocksDB"},
      {"config/topics/CURRENT", "tables of this store are in RocksDB"},
      {"config/subscriptionGroups/CURRENT", "tables of this store are in RocksDB"},
      {"config/consumerOffsets/CURRENT", "tables of this store are in RocksDB"},
      {"config/metadata/CURRENT", "tables of this store are in RocksDB"},
      {"config/rdb/CURRENT", "tables of this store are in RocksDB"},
      {"dledger-n0/data/00000000000000000000", "the log of this store is one of DLedger"},
      {"epochFileCheckpoint", "a broker in controller mode"},
      {"brokerIdentity", "a broker in controller mode"},
      {"batchconsumequeue/Batches/0/00000000000000000000", "topics of the kind BatchCQ"},
  };
  for (const auto& store : stores) {
    SCOPED_TRACE(store.file);
    write(store.file);
    const auto before = files();
    const std::string why = refusal();
    EXPECT_THAT(why, AllOf(HasSubstr(root().string()), HasSubstr(store.what)));
    EXPECT_EQ(why.find('\n'), std::string::npos);
    EXPECT_EQ(files(), before);
    fs::remove_all(root());
    fs::create_directories(root());
  }
  EXPECT_EQ(refusal(), "");
}

TEST_F(ForeignStoreTest, IsNotOneThatHasOnlyTheFoldersOfRelease5) {
  for (const char* name : {"compaction", "timerlog", "batchconsumequeue", "dledger-n0/data",
                           "consumequeue/CURRENT/0", "config/topics"})
    fs::create_directories(root() / name);
  write("timerwheel");
  write("config/timercheck");
  EXPECT_EQ(refusal(), "");
}

TEST_F(ForeignStoreTest, ALogWithHolesIsSaidToComeFromSeveralPathsPerhaps) {
  for (const char* name : {"00000000000000000000", "00000000000000524288"}) {
    write(fs::path("commitlog") / name);
    fs::resize_file(root() / "commitlog" / name, 262'144);
  }
  EXPECT_THAT(refusal(),
              AllOf(HasSubstr("a CommitLog file is missing before"), HasSubstr("several paths")));
}

TEST_F(ForeignStoreTest, ACheckpointOfANewerReleaseRefusesTheStart) {
  open();
  put("TopicTest", 0, "one");
  stop();
  const fs::path checkpoint = root() / "checkpoint";
  std::fstream file(checkpoint, std::ios::binary | std::ios::in | std::ios::out);
  std::string record(18 * sizeof(std::int64_t), '\0');
  file.seekg(1024);
  file.read(record.data(), static_cast<std::streamsize>(record.size()));
  record[7] = '3';  // the last digit of our record's magic number
  char checksum[sizeof(std::int64_t)];
  store_be(checksum, static_cast<std::int64_t>(masked_crc32(record)));
  file.seekp(1024);
  file.write(record.data(), static_cast<std::streamsize>(record.size()));
  file.write(checksum, sizeof checksum);
  file.close();
  EXPECT_THAT(refusal(), AllOf(HasSubstr(checkpoint.string()), HasSubstr("a newer release")));
}

}  // namespace
}  // namespace rocketmq::store::test
