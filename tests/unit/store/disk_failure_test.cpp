// What the store answers, and what it keeps, when the disk fails.

#include <atomic>
#include <condition_variable>
#include <mutex>

#include "faulty_file_system.hpp"
#include "store_fixture.hpp"

namespace rocketmq::store::test {
namespace {

using rocketmq::test::FaultyFileSystem;
using Operation = FaultyFileSystem::Operation;
using ::testing::HasSubstr;

bool is_log(const std::filesystem::path& path) {
  return path.string().find("commitlog") != std::string::npos;
}

class DiskFailureTest : public StoreFixture {
 protected:
  ~DiskFailureTest() override {
    // The store refers to the disk, which is a member of ours.
    disk_.set_fault(nullptr);
    store_.reset();
  }
  FaultyFileSystem disk_;
};

TEST_F(DiskFailureTest, APutBatchIsOneWrite) {
  open(disk_);
  put(TestMessage{});
  store_->wait_until_dispatched();
  disk_.take_write_count();
  std::vector<TestMessage> messages(32);
  {
    PutBatch batch(*store_);
    for (TestMessage& message : messages) store_->put(message.to_put(), [](const PutResult&) {});
  }
  EXPECT_EQ(disk_.take_write_count(), 1);
}

TEST_F(DiskFailureTest, ShortWritesAreContinued) {
  open(disk_);
  disk_.set_fault([](Operation operation, const auto&, std::size_t& bytes) {
    if (operation == Operation::Write && bytes > 7) bytes = 7;
    return 0;
  });
  for (int i = 0; i < 20; ++i)
    ASSERT_EQ(put("TopicTest", 0, std::to_string(i)).status, PutStatus::Ok);
  EXPECT_EQ(bodies("TopicTest", 0).size(), 20U);
}

TEST_F(DiskFailureTest, AFullDiskFailsThePutsKeepsTheReadersAndHealsWhenThereIsSpace) {
  open(disk_);
  for (int i = 0; i < 5; ++i) put("TopicTest", 0, "good" + std::to_string(i));
  // Half of each write succeeds before the disk is full.
  std::atomic<bool> full{true};
  std::atomic<bool> half_done{false};
  disk_.set_fault([&](Operation operation, const auto& path, std::size_t& bytes) {
    if (!full || operation != Operation::Write || !is_log(path)) return 0;
    if (half_done.exchange(true)) return ENOSPC;
    bytes /= 2;
    return 0;
  });
  std::vector<PutResult> results;
  {
    PutBatch batch(*store_);
    std::vector<TestMessage> messages(10);
    for (std::size_t i = 0; i < messages.size(); ++i) {
      messages[i].queue_id = static_cast<std::int32_t>(i % 2);
      store_->put(messages[i].to_put(),
                  [&](const PutResult& result) { results.push_back(result); });
    }
  }
  ASSERT_EQ(results.size(), 10U);
  for (const PutResult& result : results) {
    EXPECT_EQ(result.status, PutStatus::ServiceNotAvailable);
    EXPECT_THAT(result.remark, HasSubstr("injected failure"));
  }
  EXPECT_FALSE(store_->figures().writable);
  EXPECT_THAT(store_->figures().refusal, HasSubstr("injected failure"));
  EXPECT_EQ(put("TopicTest", 0, "refused").status, PutStatus::ServiceNotAvailable);
  EXPECT_EQ(bodies("TopicTest", 0).size(), 5U);
  full = false;
  store_->clean_files();
  const PutResult after = put("TopicTest", 0, "after");
  EXPECT_EQ(after.status, PutStatus::Ok) << after.remark;
  EXPECT_EQ(after.queue_offset, 5);
  EXPECT_EQ(put("TopicTest", 1, "first").queue_offset, 0);
  const auto expected = bodies("TopicTest", 0);
  EXPECT_EQ(expected.back(), "after");
  kill();
  open(disk_);
  EXPECT_EQ(bodies("TopicTest", 0), expected);
  EXPECT_EQ(bodies("TopicTest", 1), std::vector<std::string>{"first"});
}

TEST_F(DiskFailureTest, TheLimitOfAFilesSizeIsLikeAFullDisk) {
  open(disk_);
  disk_.set_fault([](Operation operation, const auto& path, std::size_t&) {
    return operation == Operation::Write && is_log(path) ? EFBIG : 0;
  });
  EXPECT_EQ(put(TestMessage{}).status, PutStatus::ServiceNotAvailable);
  disk_.set_fault(nullptr);
  store_->clean_files();
  EXPECT_EQ(put(TestMessage{}).status, PutStatus::Ok);
}

TEST_F(DiskFailureTest, AFileThatCannotBeMadeIsSaid) {
  open(disk_);
  disk_.set_fault([](Operation operation, const auto& path, std::size_t&) {
    return operation == Operation::Resize && is_log(path) ? ENOSPC : 0;
  });
  const PutResult refused = put(TestMessage{});
  EXPECT_EQ(refused.status, PutStatus::CreateMappedFileFailed);
  EXPECT_THAT(refused.remark, HasSubstr("commitlog"));
  disk_.set_fault(nullptr);
  store_->clean_files();
  EXPECT_EQ(put(TestMessage{}).status, PutStatus::Ok);
}

TEST_F(DiskFailureTest, AWriteErrorOtherThanFullStopsTheWriterUntilRestart) {
  open(disk_);
  put("TopicTest", 0, "good");
  disk_.set_fault([](Operation operation, const auto& path, std::size_t&) {
    return operation == Operation::Write && is_log(path) ? EIO : 0;
  });
  EXPECT_EQ(put("TopicTest", 0, "bad").status, PutStatus::ServiceNotAvailable);
  disk_.set_fault(nullptr);
  store_->clean_files();
  EXPECT_EQ(put("TopicTest", 0, "bad").status, PutStatus::ServiceNotAvailable);
  EXPECT_EQ(bodies("TopicTest", 0), std::vector<std::string>{"good"});
  stop();
  EXPECT_TRUE(std::filesystem::exists(config_.store_path_root_dir / "abort"));
  open(disk_);
  EXPECT_EQ(put("TopicTest", 0, "again").queue_offset, 1);
}

TEST_F(DiskFailureTest, AFailedSyncFlushIsNeverAnsweredOkAndStopsTheWriter) {
  config_.flush_disk_type = FlushDiskType::SyncFlush;
  open(disk_);
  ASSERT_EQ(put("TopicTest", 0, "good").status, PutStatus::Ok);
  store_->wait_until_dispatched();
  disk_.set_fault([](Operation operation, const auto& path, std::size_t&) {
    return operation == Operation::Sync && is_log(path) ? EIO : 0;
  });
  const PutResult failed = put("TopicTest", 0, "lost");
  EXPECT_EQ(failed.status, PutStatus::ServiceNotAvailable);
  EXPECT_THAT(failed.remark, HasSubstr("injected failure"));
  disk_.set_fault(nullptr);
  EXPECT_EQ(put("TopicTest", 0, "refused").status, PutStatus::ServiceNotAvailable);
  EXPECT_EQ(store_->queue_bounds("TopicTest", 0).max_offset, 1);
  EXPECT_EQ(store_->get({.topic = "TopicTest", .queue_offset = 0}).records.size(), 1U);
  EXPECT_THAT(store_->figures().refusal, HasSubstr("injected failure"));
}

TEST_F(DiskFailureTest, UnderSyncFlushNothingIsReadBeforeItIsOnDiskAndALatePutIsToldSo) {
  config_.flush_disk_type = FlushDiskType::SyncFlush;
  open(disk_);
  std::mutex mutex;
  std::condition_variable changed;
  bool hold = true;
  bool held = false;
  disk_.set_fault([&](Operation operation, const auto& path, std::size_t&) {
    if (operation != Operation::Sync || !is_log(path)) return 0;
    std::unique_lock lock(mutex);
    held = true;
    changed.notify_all();
    changed.wait(lock, [&] { return !hold; });
    return 0;
  });
  std::optional<PutResult> answered;
  TestMessage message;
  store_->put(message.to_put(), [&](const PutResult& result) {
    const std::lock_guard lock(mutex);
    answered = result;
    changed.notify_all();
  });
  {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return held; });
    EXPECT_FALSE(answered);
  }
  EXPECT_EQ(store_->get({.topic = "TopicTest"}).status, GetStatus::NoMessageInQueue);
  EXPECT_FALSE(store_->message_at(0));
  clock_.advance(std::chrono::milliseconds(config_.sync_flush_timeout_ms + 1));
  {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return answered.has_value(); });
    EXPECT_EQ(answered->status, PutStatus::FlushDiskTimeout);
    EXPECT_TRUE(answered->is_stored());
    hold = false;
    changed.notify_all();
  }
  EXPECT_EQ(bodies("TopicTest", 0).size(), 1U);
}

TEST_F(DiskFailureTest, UnderSyncFlushWhatWasAnsweredOkSurvivesALossOfPower) {
  config_.flush_disk_type = FlushDiskType::SyncFlush;
  for (int round = 0; round < 10; ++round) {
    open(disk_);
    for (int i = 0; i < 40; ++i) {
      ASSERT_EQ(
          put("TopicTest", i % 2, std::string(3000, 'b') + std::to_string(round * 40 + i)).status,
          PutStatus::Ok);
    }
    TestMessage careless{.topic = "Careless", .wait_store_ok = false};
    store_->put(careless.to_put(), [](const PutResult&) {});
    kill();
    int number = 0;
    disk_.lose_power([&] { return (number++ * 7 + round) % 3 == 0; });
  }
  open(disk_);
  for (int queue = 0; queue < 2; ++queue) {
    const auto found = bodies("TopicTest", queue);
    ASSERT_EQ(found.size(), 200U);
    for (std::size_t i = 0; i < found.size(); ++i)
      EXPECT_EQ(found[i].substr(3000), std::to_string(2 * static_cast<int>(i) + queue));
  }
}

TEST_F(DiskFailureTest, AFullDiskUnderTheQueuesRefusesPutsAndLosesNothing) {
  open(disk_);
  disk_.set_fault([](Operation operation, const auto& path, std::size_t&) {
    return operation == Operation::Reserve && path.string().find("/index/") != std::string::npos
               ? ENOSPC
               : 0;
  });
  EXPECT_EQ(put(TestMessage{.keys = "k"}).status, PutStatus::Ok);
  store_->wait_until_dispatched();
  EXPECT_EQ(put(TestMessage{.keys = "k"}).status, PutStatus::ServiceNotAvailable);
  disk_.set_fault(nullptr);
  // The dispatcher tries again by itself.
  while (!store_->figures().writable) store_->wait_until_dispatched();
  EXPECT_EQ(put(TestMessage{.keys = "k"}).status, PutStatus::Ok);
  store_->wait_until_dispatched();
  EXPECT_EQ(store_->query("TopicTest", "k", 10, 0, INT64_MAX).messages.size(), 2U);
}

TEST_F(DiskFailureTest, AboveTheWarningMarkPutsAreRefusedUntilThereIsSpace) {
  open(disk_);
  disk_.set_disk_ratio(0.95);
  store_->clean_files();
  const PutResult refused = put(TestMessage{});
  EXPECT_EQ(refused.status, PutStatus::ServiceNotAvailable);
  EXPECT_THAT(refused.remark, HasSubstr("full"));
  disk_.set_disk_ratio(0.5);
  store_->clean_files();
  EXPECT_EQ(put(TestMessage{}).status, PutStatus::Ok);
  EXPECT_DOUBLE_EQ(store_->figures().commit_log_disk_ratio, 0.5);
}

}  // namespace
}  // namespace rocketmq::store::test
