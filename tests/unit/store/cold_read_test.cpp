// Reads for threads that may not wait for a disk.

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <fstream>
#include <future>
#include <mutex>
#include <thread>

#include "faulty_file_system.hpp"
#include "store_fixture.hpp"

namespace rocketmq::store::test {
namespace {

using rocketmq::test::FaultyFileSystem;

class ColdReadTest : public StoreFixture {
 protected:
  ~ColdReadTest() override { store_.reset(); }

  GetResult get(std::int64_t queue_offset, bool only_from_memory = true) {
    return store_->get(
        {.topic = "TopicTest", .queue_offset = queue_offset, .only_from_memory = only_from_memory});
  }
  void set_cold(std::string part) {
    disk_.set_cached([part = std::move(part)](const std::filesystem::path& path) {
      return path.string().find(part) == std::string::npos;
    });
  }

  FaultyFileSystem disk_;
};

TEST_F(ColdReadTest, WhatThisProcessHasJustAppendedIsReadWithoutAsking) {
  open(disk_);
  set_cold("commitlog");
  put("TopicTest", 0, "one");
  store_->wait_until_dispatched();
  const GetResult got = get(0);
  EXPECT_EQ(got.status, GetStatus::Found);
  EXPECT_FALSE(got.stopped_at_disk);
}

TEST_F(ColdReadTest, AMessageThatOnlyTheDiskHasEndsTheGet) {
  open(disk_);
  put("TopicTest", 0, "one");
  stop();
  open(disk_);
  set_cold("commitlog");
  const GetResult got = get(0);
  EXPECT_TRUE(got.stopped_at_disk);
  EXPECT_THAT(got.records, ::testing::IsEmpty());
  EXPECT_EQ(got.next_begin_offset, 0);
  EXPECT_EQ(get(0, false).records.size(), 1U) << "read by those who may wait";
  disk_.set_cached(nullptr);
  EXPECT_EQ(get(0).records.size(), 1U);
}

TEST_F(ColdReadTest, AQueueThatOnlyTheDiskHasEndsTheGet) {
  open(disk_);
  put("TopicTest", 0, "one");
  stop();
  open(disk_);
  set_cold("consumequeue");
  const GetResult got = get(0);
  EXPECT_TRUE(got.stopped_at_disk);
  EXPECT_THAT(got.records, ::testing::IsEmpty());
  EXPECT_EQ(store_->is_in_memory("TopicTest", 0, 0, true), std::nullopt);
  EXPECT_EQ(store_->is_in_memory("TopicTest", 0, 0, false), true);
  EXPECT_EQ(get(0, false).records.size(), 1U);
}

TEST_F(ColdReadTest, WhatIsInMemoryBeforeItIsAnswered) {
  config_.max_transfer_bytes_on_message_in_memory = 1024 * 1024;
  open(disk_);
  const std::string body(100'000, 'b');  // two of them fill a file of the log
  for (int i = 0; i < 4; ++i) put("TopicTest", 0, body);
  stop();
  open(disk_);
  set_cold("commitlog/00000000000000262144");
  const GetResult got = get(0);
  EXPECT_EQ(got.status, GetStatus::Found);
  EXPECT_TRUE(got.stopped_at_disk);
  EXPECT_EQ(got.records.size(), 2U);
  EXPECT_EQ(got.next_begin_offset, 2);
  EXPECT_TRUE(get(2).records.empty());
}

TEST_F(ColdReadTest, AQueueWhoseFileIsBeingWrittenIsReadAndGrowsMeanwhile) {
  open(disk_);
  for (const char* body : {"one", "two", "three"}) put("TopicTest", 0, body);
  store_->wait_until_dispatched();
  std::promise<void> is_writing;
  std::promise<void> may_write;
  std::once_flag first;
  disk_.set_fault([&, released = may_write.get_future().share()](
                      FaultyFileSystem::Operation operation, const auto& path, std::size_t&) {
    const bool is_queue = path.string().find("consumequeue") != std::string::npos;
    if (operation != FaultyFileSystem::Operation::Write || !is_queue) return 0;
    std::call_once(first, [&] { is_writing.set_value(); });
    released.wait();
    return 0;
  });
  std::thread writing([this] { (void)store_->checkpoint(); });
  is_writing.get_future().wait();
  EXPECT_EQ(get(0).records.size(), 3U);
  put("TopicTest", 0, "four");
  store_->wait_until_dispatched();
  EXPECT_EQ(get(3).records.size(), 1U);
  may_write.set_value();
  writing.join();
  disk_.set_fault(nullptr);
  EXPECT_EQ(bodies("TopicTest", 0), (std::vector<std::string>{"one", "two", "three", "four"}));
}

TEST_F(ColdReadTest, ADamagedUnitIsMendedByThoseWhoMayWait) {
  open(disk_);
  put("TopicTest", 0, "one");
  put("TopicTest", 0, "two");
  stop();
  {
    std::fstream file(config_.consume_queue_path() / "TopicTest" / "0" / "00000000000000000000",
                      std::ios::binary | std::ios::in | std::ios::out);
    file.seekp(8);  // the size of the first message
    ASSERT_TRUE(file.write("\0\0\0\5", 4));
  }
  open(disk_);
  const GetResult got = get(0);
  EXPECT_TRUE(got.stopped_at_disk);
  EXPECT_THAT(got.records, ::testing::IsEmpty());
  EXPECT_EQ(get(0, false).records.size(), 2U);
  EXPECT_EQ(get(0).records.size(), 2U) << "repaired";
}

/// The real file system: what is dropped from the page cache is told from what is in it.
TEST(PageCacheTest, TellsWhatIsInThePageCache) {
  const rocketmq::test::TempDir directory;
  struct statfs info {};
  ASSERT_EQ(::statfs(directory.path().c_str(), &info), 0);
  if (info.f_type == TMPFS_MAGIC) GTEST_SKIP() << "nothing of a tmpfs can be dropped";
  const auto path = directory / "file";
  auto file = FileSystem::real().open(path, OpenMode::CreateOrOpen);
  ASSERT_TRUE(file);
  constexpr std::size_t bytes = 256 * 1024;
  const std::string content(bytes, 'c');
  ASSERT_TRUE((*file)->write_at(content, 0));
  ASSERT_TRUE((*file)->sync());
  auto mapping = (*file)->map(bytes, MapMode::Read);
  ASSERT_TRUE(mapping);
  std::string into(100, ' ');
  EXPECT_EQ((*mapping)->cached_bytes(5000, bytes - 5000), bytes - 5000);
  EXPECT_EQ((*file)->read_cached(into.data(), into.size(), 7000).value(), into.size());

  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  ASSERT_GE(descriptor, 0);
  ASSERT_EQ(::posix_fadvise(descriptor, 0, 0, POSIX_FADV_DONTNEED), 0);
  ::close(descriptor);
  EXPECT_EQ((*mapping)->cached_bytes(5000, bytes - 5000), 0U);
  EXPECT_EQ((*file)->read_cached(into.data(), into.size(), 7000).value(), 0U);
  EXPECT_EQ((*file)->read_at(into.data(), into.size(), 7000).value(), into.size());
  EXPECT_EQ((*file)->read_cached(into.data(), into.size(), 7000).value(), into.size());
}

/// A file system that cannot be asked to read without waiting: what is in memory is read all the
/// same, and nothing else is.
TEST(PageCacheTest, LooksAtThePagesWhereAReadCannotBeToldNotToWait) {
  struct statfs info {};
  if (::statfs("/dev/shm", &info) != 0 || info.f_type != TMPFS_MAGIC)
    GTEST_SKIP() << "there is no tmpfs";
  const auto path =
      std::filesystem::path("/dev/shm") / ("rocketmq-test-" + std::to_string(::getpid()));
  auto file = FileSystem::real().open(path, OpenMode::CreateOrOpen);
  ASSERT_TRUE(file);
  std::filesystem::remove(path);
  ASSERT_TRUE((*file)->resize(256 * 1024));
  // The page from 8,192 to 12,288 is there, those around it are holes.
  ASSERT_TRUE((*file)->write_at(std::string(4'096, 'c'), 8'192));
  std::string into(100, ' ');
  EXPECT_EQ((*file)->read_cached(into.data(), into.size(), 9'000).value(), into.size());
  EXPECT_EQ(into, std::string(100, 'c'));
  EXPECT_EQ((*file)->read_cached(into.data(), into.size(), 12'248).value(), 40U);
  EXPECT_EQ((*file)->read_cached(into.data(), into.size(), 4'096).value(), 0U);
  EXPECT_EQ((*file)->read_cached(into.data(), into.size(), 8'100).value(), 0U);
}

}  // namespace
}  // namespace rocketmq::store::test
