#include <ctime>
#include <filesystem>
#include <set>
#include <string>

#include "faulty_file_system.hpp"
#include "store_fixture.hpp"

namespace rocketmq::store::test {
namespace {

namespace fs = std::filesystem;
using std::chrono::hours;

class RetentionTest : public StoreFixture {
 protected:
  RetentionTest() {
    // Files get the machine's time: the store's clock has to follow it.
    SystemClock now;
    clock_.set_wall(now.now_ms());
    config_.delete_when = "99";
  }
  ~RetentionTest() override { store_.reset(); }

  void fill(int count) {
    for (int i = 0; i < count; ++i)
      put(TestMessage{
          .queue_id = i % 2, .body = std::string(20'000, 'x'), .keys = "k" + std::to_string(i)});
    store_->wait_until_dispatched();
    ASSERT_TRUE(store_->checkpoint());
  }
  std::size_t log_files() const {
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator(config_.commit_log_path()), {}));
  }
  std::string current_hour() const {
    const std::time_t seconds = clock_.now_ms() / 1000;
    std::tm local{};
    ::localtime_r(&seconds, &local);
    return std::to_string(local.tm_hour);
  }

  rocketmq::test::FaultyFileSystem disk_;
};

TEST_F(RetentionTest, ExpiredFilesGoAtTheHourAndQueuesAndIndexFollow) {
  open(disk_);
  fill(60);
  clock_.advance(hours(73));
  store_->clean_files();
  EXPECT_EQ(store_->figures().commit_log_min_offset, 0) << "it is not the hour";
  config_.delete_when = "77;" + current_hour();
  store_->clean_files();
  const std::int64_t min = store_->figures().commit_log_min_offset;
  EXPECT_GT(min, 0);
  EXPECT_EQ(min, store_->figures().commit_log_max_offset / config_.mapped_file_size_commit_log *
                     config_.mapped_file_size_commit_log)
      << "all but the last file";
  for (int queue = 0; queue < 2; ++queue) {
    const QueueBounds bounds = store_->queue_bounds("TopicTest", queue);
    EXPECT_EQ(bounds.max_offset, 30);
    EXPECT_GT(bounds.min_offset, 10);
    const GetResult got =
        store_->get({.topic = "TopicTest", .queue_id = queue, .queue_offset = bounds.min_offset});
    ASSERT_EQ(got.status, GetStatus::Found);
    const auto first = message_record::decode(got.records.front(), message_record::Check::BodyCrc);
    EXPECT_GE(first->physical_offset, min);
    EXPECT_EQ(store_->get({.topic = "TopicTest", .queue_id = queue, .queue_offset = 0}).status,
              GetStatus::OffsetTooSmall);
    EXPECT_FALSE(fs::exists(config_.consume_queue_path() / "TopicTest" / std::to_string(queue) /
                            "00000000000000000000"));
  }
  EXPECT_TRUE(store_->query("TopicTest", "k0", 9, 0, INT64_MAX).messages.empty());
  const auto bounds = store_->queue_bounds("TopicTest", 0);
  kill();
  open(disk_);
  EXPECT_EQ(store_->queue_bounds("TopicTest", 0).min_offset, bounds.min_offset);
  EXPECT_EQ(store_->queue_bounds("TopicTest", 0).max_offset, bounds.max_offset);
}

TEST_F(RetentionTest, WhoReadsADeletedFileLastDoesNotFreeItsBlocks) {
  open(disk_);
  fill(60);
  std::set<std::string> unmapped;
  disk_.set_unmapped([&](const fs::path& file) { unmapped.insert(file.filename().string()); });
  GetResult reading = store_->get({.topic = "TopicTest", .queue_offset = 0});
  ASSERT_EQ(reading.status, GetStatus::Found);
  clock_.advance(hours(73));
  store_->delete_expired_files();
  store_->clean_files();
  ASSERT_GT(store_->figures().commit_log_min_offset, 0);
  const std::string first(20, '0');
  EXPECT_FALSE(unmapped.contains(first)) << "it is being read";
  EXPECT_TRUE(message_record::decode(reading.records.front(), message_record::Check::BodyCrc));
  reading = {};
  EXPECT_FALSE(unmapped.contains(first)) << "the reader may be a thread that does not wait";
  store_->clean_files();
  EXPECT_TRUE(unmapped.contains(first));
  disk_.set_unmapped(nullptr);
}

TEST_F(RetentionTest, ExpiredFilesGoAtAnyHourWhenAnOperatorAsks) {
  open(disk_);
  fill(60);
  store_->delete_expired_files();
  store_->clean_files();
  EXPECT_EQ(store_->figures().commit_log_min_offset, 0) << "none is expired";
  clock_.advance(hours(73));
  store_->clean_files();
  EXPECT_EQ(store_->figures().commit_log_min_offset, 0) << "one request is for one round";
  store_->delete_expired_files();
  store_->clean_files();
  EXPECT_GT(store_->figures().commit_log_min_offset, 0);
}

TEST_F(RetentionTest, QueuesAreLookedThroughAgainWhenAnOperatorAsks) {
  open(disk_);
  fill(60);
  disk_.set_disk_ratio(0.87);
  store_->clean_files();
  const auto stale = config_.consume_queue_path() / "TopicTest" / "0" / "00000000000000000000";
  ASSERT_FALSE(fs::exists(stale));
  const auto bounds = store_->queue_bounds("TopicTest", 0);
  store_->clean_queues();
  store_->clean_files();
  EXPECT_EQ(store_->queue_bounds("TopicTest", 0).min_offset, bounds.min_offset);
  EXPECT_EQ(store_->queue_bounds("TopicTest", 0).max_offset, bounds.max_offset);
}

TEST_F(RetentionTest, AQueueWhoseMessagesAreAllGoneKeepsItsNumbersAlsoWhenAnOperatorAsks) {
  open(disk_);
  for (int i = 0; i < 3; ++i) put("Rare", 0, "old");
  fill(60);
  disk_.set_disk_ratio(0.87);
  store_->clean_queues();
  store_->clean_files();
  ASSERT_GT(store_->figures().commit_log_min_offset, 0);
  EXPECT_EQ(store_->queue_bounds("Rare", 0).min_offset, 3);
  EXPECT_EQ(store_->queue_bounds("Rare", 0).max_offset, 3);
  // Numbered from 0 they would pass groups by that have got to entry 3.
  disk_.set_disk_ratio(0.5);
  EXPECT_EQ(put("Rare", 0, "new").queue_offset, 3);
  EXPECT_EQ(bodies("Rare", 0, 3), std::vector<std::string>{"new"});
}

TEST_F(RetentionTest, YoungFilesStayUnlessTheDiskIsNearlyFull) {
  open(disk_);
  fill(60);
  config_.delete_when = current_hour();
  store_->clean_files();
  EXPECT_EQ(store_->figures().commit_log_min_offset, 0);
  disk_.set_disk_ratio(0.80);
  store_->clean_files();
  EXPECT_EQ(store_->figures().commit_log_min_offset, 0) << "above 75 % only expired files go";
  disk_.set_disk_ratio(0.87);
  config_.clean_file_forcibly_enable = false;
  store_->clean_files();
  EXPECT_EQ(store_->figures().commit_log_min_offset, 0);
  config_.clean_file_forcibly_enable = true;
  store_->clean_files();
  EXPECT_GT(store_->figures().commit_log_min_offset, 0);
}

TEST_F(RetentionTest, AReaderKeepsTheFileItReads) {
  open(disk_);
  fill(60);
  const GetResult held = store_->get({.topic = "TopicTest", .queue_id = 0, .count_max = 1});
  ASSERT_EQ(held.status, GetStatus::Found);
  disk_.set_disk_ratio(0.87);
  store_->clean_files();
  ASSERT_GT(store_->figures().commit_log_min_offset, 0);
  EXPECT_TRUE(message_record::decode(held.records.front(), message_record::Check::BodyCrc));
  EXPECT_FALSE(store_->message_at(0));
}

TEST_F(RetentionTest, TheLastFileIsNeverDeleted) {
  open(disk_);
  fill(2);
  clock_.advance(hours(1000));
  disk_.set_disk_ratio(0.89);
  store_->clean_files();
  EXPECT_GE(log_files(), 1U);
  EXPECT_EQ(bodies("TopicTest", 0).size(), 1U);
}

}  // namespace
}  // namespace rocketmq::store::test
