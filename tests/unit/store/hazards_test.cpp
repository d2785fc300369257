// What other brokers get wrong, or what would go wrong with their files: each a test that it does
// not happen here.

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <thread>

#include "store_checkpoint.hpp"
#include "store_fixture.hpp"

namespace rocketmq::store::test {
namespace {

namespace fs = std::filesystem;

class HazardsTest : public StoreFixture {
 protected:
  void unpack(const std::string& archive) {
    const std::string command = "tar -xzf '" + std::string(ROCKETMQ_TEST_VECTORS) + "/store/" +
                                archive + ".tar.gz' -C '" + directory_.text() + "'";
    ASSERT_EQ(std::system(command.c_str()), 0);
  }
  fs::path root() const { return config_.store_path_root_dir; }
  static void write_at(const fs::path& path, std::int64_t position, std::string_view bytes) {
    std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
    ASSERT_TRUE(file.is_open()) << path;
    file.seekp(position);
    file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  }
  std::int64_t max_offset(std::string_view topic, std::int32_t queue_id) const {
    return store_->queue_bounds(topic, queue_id).max_offset;
  }
};

class StaleUnitTest : public HazardsTest, public ::testing::WithParamInterface<const char*> {};

TEST_P(StaleUnitTest, NoPhantomMessageComesUpWhenTheLogGrowsOverAStaleUnit) {
  unpack(GetParam());
  // Entry 15 of a queue of 15: at the log's end, where there is no record yet.
  std::string stale(ConsumeQueueUnit::bytes, '\0');
  ConsumeQueueUnit{.physical_offset = 386'295, .size = 217, .tags_code = 2'598'919}.encode(
      stale.data());
  write_at(root() / "consumequeue/GoldTopicA/1/00000000000000000200", 100, stale);
  open();
  EXPECT_EQ(max_offset("GoldTopicA", 1), 15);
  EXPECT_EQ(put("GoldTopicB", 0, std::string(500, 'b')).physical_offset, 386'295);
  stop();
  for (int starts = 0; starts < 2; ++starts) {
    open();
    EXPECT_EQ(max_offset("GoldTopicA", 1), 15);
    EXPECT_EQ(max_offset("GoldTopicB", 0), 13);
    stop();
  }
  open();
  EXPECT_EQ(put("GoldTopicA", 1, "next").queue_offset, 15);
  EXPECT_EQ(bodies("GoldTopicA", 1, 15), std::vector<std::string>{"next"});
}

INSTANTIATE_TEST_SUITE_P(Stores, StaleUnitTest,
                         ::testing::Values("store-java-4.9.8-killed", "store-java-4.9.8-clean"),
                         [](const auto& archive) {
                           return std::string(archive.param).ends_with("killed") ? "Killed"
                                                                                 : "Clean";
                         });

TEST_F(HazardsTest, TheFirstRecordThatAQueueMissesIsDispatchedAfterAnOrderlyStopAsWell) {
  unpack("store-java-4.9.8-clean");
  // The last record of the log, at 386088, is entry 14 of this queue.
  write_at(root() / "consumequeue/GoldTopicA/1/00000000000000000200", 80,
           std::string(ConsumeQueueUnit::bytes, '\0'));
  open();
  EXPECT_EQ(max_offset("GoldTopicA", 1), 15);
  EXPECT_EQ(bodies("GoldTopicA", 1, 14), std::vector<std::string>{"A-late-29"});
}

TEST_F(HazardsTest, KeysOfRecordsBeforeTheRecoverysBeginAreNotLostAfterACrash) {
  unpack("store-java-5.3.3-killed");
  open();
  // Their index file is not trusted after the crash, and the log is read from 262144 on.
  for (const char* key : {"big2", "big3"}) {
    const auto found = store_->query("GoldTopicB", key, 64, 0, INT64_MAX).messages;
    ASSERT_FALSE(found.empty()) << key;
    EXPECT_EQ(find_property(found.front().record.properties, property::keys), key);
  }
}

TEST_F(HazardsTest, AFileMadeAheadOfItsUseIsAllZeroAfterAKillAndGoneAfterAStop) {
  const auto log_files = [&] {
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator(root() / "commitlog"))
      files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    return files;
  };
  open();
  put("TopicTest", 0, std::string(200'000, 'x'));
  // It is made in the background.
  while (log_files().size() < 2) std::this_thread::yield();
  const fs::path ahead = log_files().back();
  kill();
  std::ifstream in(ahead, std::ios::binary);
  const std::string content{std::istreambuf_iterator<char>(in), {}};
  EXPECT_EQ(content.find_first_not_of('\0'), std::string::npos);
  EXPECT_TRUE(content.empty() || std::ssize(content) == config_.mapped_file_size_commit_log);
  open();
  put("TopicTest", 0, "y");
  stop();
  EXPECT_EQ(log_files().size(), 1U);
}

TEST_F(HazardsTest, TheCheckpointSaysNothingThatIsNotOnTheDisk) {
  config_.flush_interval_commit_log_ms = 1'000'000;
  open();
  clock_.advance(std::chrono::seconds(10));
  const std::int64_t flushed_ms = put("TopicTest", 0, "flushed").store_timestamp_ms;
  store_->wait_until_dispatched();
  ASSERT_TRUE(store_->checkpoint());
  clock_.advance(std::chrono::seconds(10));
  put("TopicTest", 0, "not flushed");
  store_->wait_until_dispatched();
  kill();
  const auto checkpoint = StoreCheckpoint::read(FileSystem::real(), root() / "checkpoint");
  ASSERT_TRUE(checkpoint);
  EXPECT_LE(checkpoint->physic_timestamp_ms, flushed_ms);
  EXPECT_LE(checkpoint->logics_timestamp_ms, flushed_ms);
  EXPECT_LE(checkpoint->index_timestamp_ms, flushed_ms);
}

TEST_F(HazardsTest, TheAbortFileStaysWhereverTheQueuesAreNotKnownToHaveCaughtUp) {
  open();
  put("TopicTest", 0, "x");
  EXPECT_TRUE(fs::exists(root() / "abort"));
  kill();
  EXPECT_TRUE(fs::exists(root() / "abort"));
  open();
  stop();
  EXPECT_FALSE(fs::exists(root() / "abort"));
}

TEST_F(HazardsTest, ABrokerThatLocksTheFirstByteAsJavaDoesKeepsUsOut) {
  open();
  stop();
  int told[2];
  ASSERT_EQ(::pipe(told), 0);
  const pid_t other = ::fork();
  ASSERT_GE(other, 0);
  if (other == 0) {
    const int file = ::open((root() / "lock").c_str(), O_RDWR);
    struct flock range {};
    range.l_type = F_WRLCK;
    range.l_whence = SEEK_SET;
    range.l_len = 1;
    const char outcome = ::fcntl(file, F_SETLK, &range) == 0 ? 'y' : 'n';
    (void)!::write(told[1], &outcome, 1);
    ::pause();
    ::_exit(0);
  }
  char outcome = 0;
  ASSERT_EQ(::read(told[0], &outcome, 1), 1);
  EXPECT_EQ(outcome, 'y');
  const auto refused = DefaultMessageStore::open(config_, clock_, FileSystem::real());
  EXPECT_FALSE(refused);
  ::kill(other, SIGKILL);
  ::waitpid(other, nullptr, 0);
  ::close(told[0]);
  ::close(told[1]);
  open();
}

TEST_F(HazardsTest, ARemovedLockFileLetsNoSecondBrokerInAndIsMadeAgain) {
  open();
  fs::remove(root() / "lock");
  const auto refused = DefaultMessageStore::open(config_, clock_, FileSystem::real());
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().remark, ::testing::HasSubstr("Lock failed"));
  store_->clean_files();
  EXPECT_TRUE(fs::exists(root() / "lock"));
  EXPECT_TRUE(store_->figures().writable);
}

TEST_F(HazardsTest, TheStoreTakesNothingMoreOnceAnotherBrokerHasLockedARemovedLockFile) {
  open();
  fs::remove(root() / "lock");
  auto file = FileSystem::real().open(root() / "lock", OpenMode::CreateOrOpen);
  ASSERT_TRUE(file && *(*file)->lock_first_byte());
  store_->clean_files();
  EXPECT_EQ(put(TestMessage{}).status, PutStatus::ServiceNotAvailable);
  EXPECT_THAT(store_->figures().refusal, ::testing::HasSubstr("Lock failed"));
}

TEST_F(HazardsTest, ALockFileThatIsALinkIsRefusedAndItsTargetLeftAlone) {
  fs::create_directories(root());
  const fs::path elsewhere = directory_ / "elsewhere";
  std::ofstream(elsewhere) << "content";
  fs::create_symlink(elsewhere, root() / "lock");
  const auto refused = DefaultMessageStore::open(config_, clock_, FileSystem::real());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().remark,
            (root() / "lock").string() + " is a link: the lock of a store is a file of its own");
  EXPECT_EQ(fs::file_size(elsewhere), 7U);
}

TEST_F(HazardsTest, TwoStoresDoNotShareALog) {
  open();
  StoreConfig other = config_;
  other.store_path_root_dir = directory_ / "other";
  other.store_path_commit_log = config_.commit_log_path();
  const auto refused = DefaultMessageStore::open(other, clock_, FileSystem::real());
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().remark, ::testing::HasSubstr("Lock failed"));
}

}  // namespace
}  // namespace rocketmq::store::test
