// What the store answers, and what it keeps, when the disk fails.

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <fstream>
#include <mutex>
#include <thread>

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
    // The store refers to the disk, which is our member.
    disk_.set_fault(nullptr);
    store_.reset();
  }
  static bool is_index(const std::filesystem::path& path) {
    return path.string().find("/index/") != std::string::npos;
  }
  static bool is_queue(const std::filesystem::path& path) {
    return path.string().find("/consumequeue/") != std::string::npos;
  }
  static std::string read_file(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  /// From now on there is room for nothing but what lies in the log's file.
  void fill_disk() {
    disk_.set_fault([](Operation operation, const auto& path, std::size_t&) {
      switch (operation) {
        case Operation::Open: return std::filesystem::exists(path) ? 0 : ENOSPC;
        case Operation::Write: return is_log(path) ? 0 : ENOSPC;
        case Operation::Resize:
        case Operation::Reserve: return ENOSPC;
        case Operation::Read:
        case Operation::Sync: return 0;
      }
      return 0;
    });
  }
  /// Messages with the keys k0, k1, ... by one write.
  void put_gathered(int count) {
    std::vector<TestMessage> messages(static_cast<std::size_t>(count));
    PutBatch batch(*store_);
    for (std::size_t i = 0; i < messages.size(); ++i) {
      messages[i].keys = "k" + std::to_string(i);
      store_->put(messages[i].to_put(), &batch,
                  [](const PutResult& result) { ASSERT_EQ(result.status, PutStatus::Ok); });
    }
  }
  /// How many of the keys k0, k1, ... are found.
  int found_keys(int count) {
    int found = 0;
    for (int i = 0; i < count; ++i) {
      const auto messages =
          store_->query("TopicTest", "k" + std::to_string(i), 64, 0, INT64_MAX).messages;
      found += std::any_of(messages.begin(), messages.end(), [&](const auto& message) {
        return find_property(message.record.properties, property::keys) == "k" + std::to_string(i);
      });
    }
    return found;
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
    for (TestMessage& message : messages)
      store_->put(message.to_put(), &batch, [](const PutResult&) {});
  }
  EXPECT_EQ(disk_.take_write_count(), 1);
}

TEST_F(DiskFailureTest, ATopicDeletedWhileAWriteFailsTakesMessagesAgain) {
  open(disk_);
  ASSERT_EQ(put("Kept", 0, "before").status, PutStatus::Ok);
  TestMessage lost{.topic = "Again", .body = std::string(5'000, 'x')};
  PutResult result;
  {
    PutBatch batch(*store_);
    store_->put(lost.to_put(), &batch, [&](const PutResult& put) { result = put; });
    disk_.set_fault([](Operation operation, const auto& path, std::size_t&) {
      return operation == Operation::Write && is_log(path) ? ENOSPC : 0;
    });
    store_->delete_topic("Again");
  }
  EXPECT_NE(result.status, PutStatus::Ok);
  disk_.set_fault(nullptr);
  store_->clean_files();
  // It takes the place in the log that the lost one had.
  ASSERT_EQ(put("Again", 0, "after").status, PutStatus::Ok);
  EXPECT_EQ(bodies("Again", 0), std::vector<std::string>{"after"});
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
      store_->put(messages[i].to_put(), &batch,
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

TEST_F(DiskFailureTest, AnIndexWithoutSpaceHoldsNoMessageBackAndCatchesUp) {
  open(disk_);
  disk_.set_fault([](Operation operation, const auto& path, std::size_t&) {
    return operation == Operation::Reserve && is_index(path) ? ENOSPC : 0;
  });
  put_gathered(5);
  EXPECT_EQ(bodies("TopicTest", 0).size(), 5U);
  EXPECT_FALSE(store_->figures().writable);
  disk_.set_fault(nullptr);
  while (!store_->figures().writable) std::this_thread::yield();
  EXPECT_EQ(found_keys(5), 5);
  kill();
  open(disk_);
  EXPECT_EQ(found_keys(5), 5);
}

TEST_F(DiskFailureTest, QueuesWithoutSpaceHoldNoMessageBackAndAreWrittenLater) {
  open(disk_);
  std::atomic<bool> is_full{true};
  disk_.set_fault([&](Operation operation, const auto& path, std::size_t&) {
    return is_full && operation == Operation::Write && is_queue(path) ? ENOSPC : 0;
  });
  put_gathered(1'800);
  EXPECT_EQ(bodies("TopicTest", 0).size(), 1'800U);
  EXPECT_EQ(put(TestMessage{}).status, PutStatus::ServiceNotAvailable);
  is_full = false;
  while (!store_->figures().writable) std::this_thread::yield();
  EXPECT_EQ(put(TestMessage{}).queue_offset, 1'800);
  ASSERT_TRUE(store_->checkpoint());
  kill();
  open(disk_);
  EXPECT_EQ(bodies("TopicTest", 0).size(), 1'801U);
}

TEST_F(DiskFailureTest, AStoreOnAFullDiskStartsForReadingAndTakesMessagesWhenThereIsSpace) {
  for (const bool orderly : {true, false}) {
    SCOPED_TRACE(orderly ? "stopped" : "killed");
    std::filesystem::remove_all(config_.store_path_root_dir);
    open(disk_);
    for (int i = 0; i < 40; ++i)
      put(TestMessage{.body = std::to_string(i), .keys = "k" + std::to_string(i)});
    if (orderly)
      stop();
    else
      kill();
    fill_disk();
    for (int starts = 0; starts < 2; ++starts) {
      open(disk_);
      EXPECT_EQ(bodies("TopicTest", 0).size(), 40U);
      EXPECT_EQ(put(TestMessage{}).status, PutStatus::ServiceNotAvailable);
      if (starts == 0) kill();
    }
    disk_.set_fault(nullptr);
    while (!store_->figures().writable) store_->clean_files();
    EXPECT_EQ(put(TestMessage{.body = "40", .keys = "k40"}).queue_offset, 40);
    EXPECT_EQ(bodies("TopicTest", 0).size(), 41U);
    EXPECT_EQ(found_keys(41), 41);
    kill();
    open(disk_);
    EXPECT_EQ(bodies("TopicTest", 0).size(), 41U);
    EXPECT_EQ(found_keys(41), 41);
    stop();
    EXPECT_FALSE(std::filesystem::exists(config_.store_path_root_dir / "abort"));
  }
}

TEST_F(DiskFailureTest, SpaceIsKeptForAStartOnAFullDiskAndTakenBackBeforeMessagesAreTaken) {
  open(disk_);
  const auto kept = config_.store_path_root_dir / "reserve";
  EXPECT_EQ(std::filesystem::file_size(kept),
            static_cast<std::uintmax_t>(config_.mapped_file_size_commit_log));
  put(TestMessage{});
  kill();
  // Full but for what was kept.
  disk_.set_fault([&](Operation operation, const auto& path, std::size_t&) {
    const bool needs_space = operation == Operation::Write || operation == Operation::Resize ||
                             operation == Operation::Reserve;
    return needs_space && !is_log(path) && (path == kept || std::filesystem::exists(kept)) ? ENOSPC
                                                                                           : 0;
  });
  open(disk_);
  EXPECT_FALSE(std::filesystem::exists(kept) && std::filesystem::file_size(kept) > 0);
  EXPECT_EQ(put(TestMessage{}).status, PutStatus::ServiceNotAvailable);
  EXPECT_TRUE(store_->checkpoint());
  disk_.set_fault(nullptr);
  while (!store_->figures().writable) store_->clean_files();
  EXPECT_EQ(std::filesystem::file_size(kept),
            static_cast<std::uintmax_t>(config_.mapped_file_size_commit_log));
  EXPECT_EQ(put(TestMessage{}).queue_offset, 1);
}

TEST_F(DiskFailureTest, WithoutSpaceToKeepWhatStandsBehindTheLogsEndTheStoreIsForReading) {
  open(disk_);
  std::vector<PutResult> stored;
  for (int i = 0; i < 5; ++i) stored.push_back(put("TopicTest", 0, std::to_string(i)));
  ASSERT_TRUE(disk_.sync_all(config_.store_path_root_dir));
  kill();
  const auto log = config_.commit_log_path() / "00000000000000000000";
  const std::string whole = read_file(log);
  std::fstream(log, std::ios::binary | std::ios::in | std::ios::out)
      .seekp(stored[2].physical_offset + 4)
      .write("xxxx", 4);
  // With the power gone in between, the damage may be a page that was not written.
  disk_.lose_power();
  fill_disk();
  open(disk_);
  EXPECT_EQ(bodies("TopicTest", 0).size(), 2U);
  disk_.set_fault(nullptr);
  store_->clean_files();
  EXPECT_EQ(put(TestMessage{}).status, PutStatus::ServiceNotAvailable);
  EXPECT_EQ(read_file(log).substr(static_cast<std::size_t>(stored[3].physical_offset), 100),
            whole.substr(static_cast<std::size_t>(stored[3].physical_offset), 100));
  stop();
  open(disk_);
  EXPECT_TRUE(std::filesystem::exists(config_.store_path_root_dir / "rescued"));
  EXPECT_EQ(put("TopicTest", 0, "2").queue_offset, 2);
}

TEST_F(DiskFailureTest, APageOfTheLogThatCannotBeReadWhenItIsDispatchedCostsItsMessages) {
#ifdef __SANITIZE_THREAD__
  GTEST_SKIP() << "the thread sanitizer ends the process at SIGBUS before its handler runs";
#endif
  config_.flush_disk_type = FlushDiskType::SyncFlush;
  open(disk_);
  ASSERT_EQ(put("TopicTest", 0, "0").status, PutStatus::Ok);
  store_->wait_until_dispatched();
  // Written and not yet on the disk: not dispatched.
  std::mutex mutex;
  std::condition_variable changed;
  bool is_held = true;
  disk_.set_fault([&](Operation operation, const auto& path, std::size_t&) {
    if (operation != Operation::Sync || !is_log(path)) return 0;
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return !is_held; });
    return 0;
  });
  for (const char* body : {"1", "2"}) {
    TestMessage message{.body = body, .wait_store_ok = false};
    store_->put(message.to_put(), [](const PutResult& result) { ASSERT_TRUE(result.is_stored()); });
  }
  const auto log = config_.commit_log_path() / "00000000000000000000";
  // Pages behind the end of a file raise the signal that a failing disk raises.
  std::filesystem::resize_file(log, 0);
  {
    const std::lock_guard lock(mutex);
    is_held = false;
  }
  changed.notify_all();
  store_->wait_until_dispatched();
  std::filesystem::resize_file(log,
                               static_cast<std::uintmax_t>(config_.mapped_file_size_commit_log));
  EXPECT_EQ(put("TopicTest", 0, "3").queue_offset, 3);
  EXPECT_EQ(bodies("TopicTest", 0, 3), std::vector<std::string>{"3"});
}

TEST_F(DiskFailureTest, AnIndexFileThatCannotBeReadUnderTheRunningStoreIsMadeAgain) {
#ifdef __SANITIZE_THREAD__
  GTEST_SKIP() << "the thread sanitizer ends the process at SIGBUS before its handler runs";
#endif
  config_.max_index_num = 20;
  open();
  for (int i = 0; i < 30; ++i) put(TestMessage{.keys = "k" + std::to_string(i)});
  store_->wait_until_dispatched();
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(config_.index_path()))
    files.push_back(entry.path());
  ASSERT_EQ(files.size(), 2U);
  // Pages behind the end of a file raise the signal that a failing disk raises.
  std::filesystem::resize_file(*std::max_element(files.begin(), files.end()), 0);
  EXPECT_EQ(found_keys(30), 19) << "those of the other file";
  put(TestMessage{.keys = "k30"});
  store_->wait_until_dispatched();
  while (!store_->figures().writable) std::this_thread::yield();
  EXPECT_EQ(found_keys(31), 31);
  EXPECT_TRUE(store_->checkpoint());
  kill();
  open();
  EXPECT_EQ(found_keys(31), 31);
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
