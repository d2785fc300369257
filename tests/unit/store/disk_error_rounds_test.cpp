// Disks that fail, 200 times each: once, always, slowly, full, or when read. No put returns Ok
// that is not kept, reading continues, and the store comes back by itself where that is safe.

#include <atomic>
#include <map>
#include <thread>

#include "faulty_file_system.hpp"
#include "seed.hpp"
#include "store_fixture.hpp"

namespace rocketmq::store::test {
namespace {

using rocketmq::test::FaultyFileSystem;
using rocketmq::test::random_between;
using Operation = FaultyFileSystem::Operation;

constexpr int rounds = 200;
constexpr std::int32_t queues = 2;

class DiskErrorRoundsTest : public StoreFixture {
 protected:
  ~DiskErrorRoundsTest() override {
    disk_.set_fault(nullptr);
    store_.reset();
  }
  static bool is_log(const std::filesystem::path& path) {
    return path.string().find("commitlog") != std::string::npos;
  }

  /// Puts messages; remembers what is said to be stored, at its place. Returns how many were not.
  int put_some(int count) {
    int refused = 0;
    // Shared, since a callback may still notify when the last answer has been counted.
    const auto open_answers = std::make_shared<std::atomic<int>>(count);
    for (int i = 0; i < count; ++i) {
      const auto queue = static_cast<std::int32_t>(random_between(random_, 0, queues - 1));
      std::string body =
          std::to_string(next_++) + ":" + std::string(random_between(random_, 0, 2'000), 'b');
      TestMessage message{.queue_id = queue, .body = body};
      store_->put(message.to_put(), [&, queue, body, open_answers](const PutResult& result) {
        {
          const std::lock_guard lock(mutex_);
          if (result.is_stored())
            promised_[{queue, result.queue_offset}] = body;
          else
            ++refused;
        }
        --*open_answers;
        open_answers->notify_all();
      });
    }
    for (int left = *open_answers; left > 0; left = *open_answers) open_answers->wait(left);
    return refused;
  }
  /// Everything that was promised is there.
  void expect_promises_kept() {
    for (std::int32_t queue = 0; queue < queues; ++queue) {
      const auto found = bodies("TopicTest", queue);
      for (const auto& [place, body] : promised_) {
        if (place.first != queue) continue;
        ASSERT_LT(static_cast<std::size_t>(place.second), found.size());
        ASSERT_EQ(found[static_cast<std::size_t>(place.second)], body);
      }
    }
  }
  std::size_t readable() {
    std::size_t count = 0;
    for (std::int32_t queue = 0; queue < queues; ++queue)
      count += bodies("TopicTest", queue).size();
    return count;
  }

  std::mt19937_64 random_ = rocketmq::test::seeded_random();
  std::mutex delay_mutex_;
  std::mt19937_64 delays_{random_()};  // guarded by delay_mutex_
  int next_ = 0;
  std::mutex mutex_;
  std::map<std::pair<std::int32_t, std::int64_t>, std::string> promised_;
  FaultyFileSystem disk_;
};

TEST_F(DiskErrorRoundsTest, AFlushThatFailsOnceOrAlwaysEndsEveryOkUntilTheRestart) {
  config_.flush_disk_type = FlushDiskType::SyncFlush;
  for (int round = 0; round < rounds; ++round) {
    SCOPED_TRACE("round " + std::to_string(round));
    open(disk_);
    const bool only_once = round % 2 == 0;
    ASSERT_EQ(put_some(static_cast<int>(random_between(random_, 1, 10))), 0);
    store_->wait_until_dispatched();
    const std::size_t readable_before = readable();
    std::atomic<int> failures{0};
    disk_.set_fault([&](Operation operation, const auto& path, std::size_t&) {
      if (operation != Operation::Sync || !is_log(path)) return 0;
      return failures++ == 0 || !only_once ? EIO : 0;
    });
    const int count = static_cast<int>(random_between(random_, 1, 10));
    ASSERT_GT(put_some(count), 0) << "the first of them met the failure";
    ASSERT_GE(failures, 1);
    ASSERT_EQ(put_some(count), count) << "never again Ok, though the disk works again";
    EXPECT_FALSE(store_->figures().writable);
    ASSERT_EQ(readable(), readable_before) << "reads continue, of what is on the disk";
    disk_.set_fault(nullptr);
    stop();
    if (random_between(random_, 0, 1) == 0) {
      // The kernel takes what it could not flush for clean: what is stored behind it must not
      // depend on it.
      open(disk_);
      ASSERT_EQ(put_some(static_cast<int>(random_between(random_, 1, 5))), 0);
      kill();
    }
    disk_.lose_power();
    open(disk_);
    ASSERT_NO_FATAL_FAILURE(expect_promises_kept());
  }
}

TEST_F(DiskErrorRoundsTest, ASlowFlushDelaysTheAnswersOrSaysThatTheyAreLate) {
  config_.flush_disk_type = FlushDiskType::SyncFlush;
  config_.sync_flush_timeout_ms = 2'000;
  open(disk_);
  disk_.set_fault([this](Operation operation, const auto& path, std::size_t&) {
    if (operation == Operation::Sync && is_log(path)) {
      const std::lock_guard lock(delay_mutex_);
      clock_.advance(std::chrono::milliseconds(random_between(delays_, 500, 5'000)));
    }
    return 0;
  });
  for (int round = 0; round < rounds; ++round)
    ASSERT_EQ(put_some(static_cast<int>(random_between(random_, 1, 10))), 0) << "late is stored";
  ASSERT_NO_FATAL_FAILURE(expect_promises_kept());
  EXPECT_TRUE(store_->figures().writable);
  kill();
  disk_.set_fault(nullptr);
  open(disk_);
  ASSERT_NO_FATAL_FAILURE(expect_promises_kept());
}

TEST_F(DiskErrorRoundsTest, ADiskThatIsFullForAWhileRefusesAndTakesAgainWithoutARestart) {
  open(disk_);
  for (int round = 0; round < rounds; ++round) {
    SCOPED_TRACE("round " + std::to_string(round));
    ASSERT_EQ(put_some(static_cast<int>(random_between(random_, 1, 10))), 0);
    const std::size_t readable_before = readable();
    // Some of a write may still fit.
    const std::size_t fits = random_between(random_, 0, 3'000);
    std::atomic<bool> has_fitted{false};
    disk_.set_fault([&](Operation operation, const auto& path, std::size_t& bytes) {
      if (!is_log(path) || operation == Operation::Open || operation == Operation::Sync) return 0;
      if (operation == Operation::Write && fits > 0 && fits < bytes && !has_fitted.exchange(true)) {
        bytes = fits;
        return 0;
      }
      return ENOSPC;
    });
    const int count = static_cast<int>(random_between(random_, 1, 10));
    ASSERT_EQ(put_some(count), count);
    EXPECT_FALSE(store_->figures().writable);
    ASSERT_EQ(readable(), readable_before) << "reads continue";
    disk_.set_fault(nullptr);
    if (random_between(random_, 0, 3) == 0) {
      kill();
      open(disk_);
    } else {
      store_->clean_files();
    }
    ASSERT_TRUE(store_->figures().writable) << store_->figures().refusal;
  }
  ASSERT_NO_FATAL_FAILURE(expect_promises_kept());
}

TEST_F(DiskErrorRoundsTest, AQueueThatTheDiskCannotReadForAWhileLosesItsReaderNothing) {
  open(disk_);
  ASSERT_EQ(put_some(200), 0);
  stop();
  open(disk_);
  const std::size_t all = readable();
  // What has come since the start is still in memory.
  const auto on_disk = std::min(store_->queue_bounds("TopicTest", 0).max_offset,
                                store_->queue_bounds("TopicTest", 1).max_offset);
  for (int round = 0; round < rounds; ++round) {
    SCOPED_TRACE("round " + std::to_string(round));
    const auto queue = static_cast<std::int32_t>(random_between(random_, 0, queues - 1));
    const auto offset = static_cast<std::int64_t>(
        random_between(random_, 0, static_cast<std::size_t>(on_disk) - 1));
    disk_.set_fault([](Operation operation, const auto&, std::size_t&) {
      return operation == Operation::Read ? EIO : 0;
    });
    const GetResult got =
        store_->get({.topic = "TopicTest", .queue_id = queue, .queue_offset = offset});
    EXPECT_TRUE(got.records.empty());
    EXPECT_EQ(got.next_begin_offset, offset) << "a reader must not be led past what is there";
    ASSERT_EQ(put_some(1), 0) << "writing continues";
    disk_.set_fault(nullptr);
    ASSERT_EQ(readable(), all + static_cast<std::size_t>(round) + 1);
  }
  ASSERT_NO_FATAL_FAILURE(expect_promises_kept());
}

}  // namespace
}  // namespace rocketmq::store::test
