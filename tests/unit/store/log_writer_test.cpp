// Puts of threads that may not wait for a disk.

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

#include "faulty_file_system.hpp"
#include "rocketmq/store/put_thread.hpp"
#include "store_fixture.hpp"

namespace rocketmq::store::test {
namespace {

using rocketmq::test::FaultyFileSystem;
using Operation = FaultyFileSystem::Operation;
using ::testing::HasSubstr;

/// A thread whose tasks run when the test says so.
class TestThread final : public PutThread {
 public:
  bool post(UniqueFunction<void()>& task) override {
    const std::lock_guard lock(mutex_);
    tasks_.push_back(std::move(task));
    changed_.notify_all();
    return true;
  }
  Wait begin_wait() override { return 0; }
  bool end_wait(Wait) override { return !loses_waits; }

  /// Waits for a task and runs it.
  void run_task() {
    UniqueFunction<void()> task;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return !tasks_.empty(); });
      task = std::move(tasks_.front());
      tasks_.pop_front();
    }
    task();
  }
  bool has_tasks() {
    const std::lock_guard lock(mutex_);
    return !tasks_.empty();
  }
  /// Another thread takes its place whenever it waits.
  bool loses_waits = false;

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<UniqueFunction<void()>> tasks_;  // guarded by mutex_
};

/// A thread with its batch, and what its callbacks were told.
struct Putter {
  explicit Putter(MessageStore& store) : batch(store, thread) {}

  void gather(MessageStore& store, int count, std::uint64_t sender = 0, std::string body = "b") {
    for (int i = 0; i < count; ++i) {
      TestMessage message{.body = body};
      MessageToPut put = message.to_put();
      put.sender = sender;
      store.put(put, &batch, [this](const PutResult& result) { results.push_back(result); });
    }
  }
  /// As a reactor does it.
  void write() {
    if (batch.write()) batch.complete();
  }
  void run_until_finished() {
    while (batch.is_waiting()) thread.run_task();
  }

  TestThread thread;
  std::vector<PutResult> results;
  PutBatch batch;
};

class LogWriterTest : public StoreFixture {
 protected:
  ~LogWriterTest() override {
    release();
    disk_.set_fault(nullptr);
    store_.reset();
  }

  /// From now on the disk holds threads that write, or take space for, the log.
  void hold_disk() {
    const std::lock_guard lock(mutex_);
    is_held_ = true;
    is_asked_ = false;
    disk_.set_fault([this](Operation operation, const auto& path, std::size_t&) {
      const bool is_log = path.string().find("commitlog") != std::string::npos;
      if (!is_log || operation == Operation::Sync || operation == Operation::Read) return 0;
      std::unique_lock lock_here(mutex_);
      is_asked_ = is_held_;
      changed_.notify_all();
      changed_.wait(lock_here, [this] { return !is_held_; });
      return error_;
    });
  }
  void release(int error = 0) {
    const std::lock_guard lock(mutex_);
    is_held_ = false;
    error_ = error;
    changed_.notify_all();
  }
  void wait_until_disk_is_asked() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return is_asked_; });
  }

  /// A thread that hangs in a write of its batch until release().
  class Hanging {
   public:
    explicit Hanging(LogWriterTest& test) : putter(*test.store_), test_(test) {
      test.hold_disk();
      thread_ = std::thread([this, &test] {
        putter.gather(*test.store_, 1);
        putter.write();
      });
      test.wait_until_disk_is_asked();
    }
    ~Hanging() {
      if (!thread_.joinable()) return;
      test_.release();
      thread_.join();
    }
    void join() { thread_.join(); }
    Putter putter;

   private:
    LogWriterTest& test_;
    std::thread thread_;
  };

  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_held_ = false;   // guarded by mutex_
  bool is_asked_ = false;  // guarded by mutex_
  int error_ = 0;          // guarded by mutex_
  FaultyFileSystem disk_;
};

TEST_F(LogWriterTest, AThreadWritesItsBatchItselfWhileTheDiskIsQuick) {
  open(disk_);
  Putter putter(*store_);
  putter.gather(*store_, 3);
  EXPECT_TRUE(putter.results.empty());
  disk_.take_write_count();
  putter.write();
  EXPECT_EQ(disk_.take_write_count(), 1);
  ASSERT_EQ(putter.results.size(), 3U);
  for (const PutResult& result : putter.results) EXPECT_EQ(result.status, PutStatus::Ok);
  EXPECT_FALSE(putter.batch.is_waiting());
  EXPECT_FALSE(putter.thread.has_tasks());
}

TEST_F(LogWriterTest, AWriteThatHangsKeepsNoOtherThread) {
  open(disk_);
  Hanging hanging(*this);
  Putter other(*store_);
  for (int turn = 0; turn < 5; ++turn) {
    other.gather(*store_, 4);
    other.write();
  }
  EXPECT_TRUE(other.results.empty()) << "nothing is acknowledged before it is written";
  EXPECT_TRUE(other.batch.is_waiting());
  EXPECT_EQ(store_->queue_bounds("TopicTest", 0).max_offset, 0);
  disk_.take_write_count();
  release();
  hanging.join();
  other.run_until_finished();
  EXPECT_EQ(disk_.take_write_count(), 2) << "the first, and what came meanwhile together";
  ASSERT_EQ(other.results.size(), 20U);
  for (std::size_t i = 0; i < 20; ++i) {
    EXPECT_EQ(other.results[i].status, PutStatus::Ok) << other.results[i].remark;
    EXPECT_EQ(other.results[i].queue_offset, static_cast<std::int64_t>(i + 1)) << "in order";
  }
  EXPECT_EQ(hanging.putter.results.size(), 1U);
  EXPECT_EQ(bodies("TopicTest", 0).size(), 21U);
}

TEST_F(LogWriterTest, WhatIsPutWhileAWriteHangsIsNeverCopiedAgain) {
  config_.mapped_file_size_commit_log = 64 * 1024 * 1024;
  open(disk_);
  Hanging hanging(*this);
  Putter other(*store_);
  // More than fits into one piece, with records that are larger than a piece usually is.
  other.gather(*store_, 20, 0, std::string(100'000, 'x'));
  other.gather(*store_, 2, 0, std::string(2'000'000, 'y'));
  other.gather(*store_, 20, 0, std::string(100'000, 'z'));
  other.write();
  release();
  hanging.join();
  other.run_until_finished();
  ASSERT_EQ(other.results.size(), 42U);
  for (const PutResult& result : other.results) EXPECT_EQ(result.status, PutStatus::Ok);
  const auto found = bodies("TopicTest", 0);
  ASSERT_EQ(found.size(), 43U);
  EXPECT_EQ(found[20], std::string(100'000, 'x'));
  EXPECT_EQ(found[21], std::string(2'000'000, 'y'));
  EXPECT_EQ(found[42], std::string(100'000, 'z'));
}

TEST_F(LogWriterTest, AThreadThatHasLostItsPlaceHasItsPutsCompletedByATask) {
  open(disk_);
  Putter putter(*store_);
  putter.thread.loses_waits = true;
  putter.gather(*store_, 2);
  EXPECT_FALSE(putter.batch.write());
  EXPECT_TRUE(putter.results.empty());
  putter.run_until_finished();
  ASSERT_EQ(putter.results.size(), 2U);
  EXPECT_EQ(putter.results.back().status, PutStatus::Ok);
  // The disk is slow: others write from here on, until it has been quick for a while.
  putter.gather(*store_, 1);
  EXPECT_TRUE(putter.batch.write()) << "no wait that could be lost";
  putter.run_until_finished();
  EXPECT_EQ(putter.results.size(), 3U);
  clock_.advance(std::chrono::seconds(1));
  // Then it writes by itself again.
  std::size_t expected = 3;
  bool writes_itself = false;
  while (!writes_itself) {
    putter.gather(*store_, 1);
    writes_itself = !putter.batch.write();
    putter.run_until_finished();
    EXPECT_EQ(putter.results.size(), ++expected);
  }
}

TEST_F(LogWriterTest, ARefusalDoesNotWaitForTheDisk) {
  open(disk_);
  Hanging hanging(*this);
  Putter other(*store_);
  TestMessage illegal{.topic = "no topic"};
  store_->put(illegal.to_put(), &other.batch,
              [&](const PutResult& result) { other.results.push_back(result); });
  other.write();
  ASSERT_EQ(other.results.size(), 1U);
  EXPECT_EQ(other.results.front().status, PutStatus::MessageIllegal);
  clock_.advance(std::chrono::milliseconds(config_.os_page_cache_busy_timeout_ms + 1));
  other.gather(*store_, 1);
  other.write();
  ASSERT_EQ(other.results.size(), 2U);
  EXPECT_EQ(other.results.back().status, PutStatus::OsPageCacheBusy);
  release();
}

TEST_F(LogWriterTest, OneSenderTakesItsShareOfWhatMayWaitAndNoMore) {
  config_.mapped_file_size_commit_log = 64 * 1024 * 1024;
  config_.mapped_file_size_consume_queue = 6'000'000;
  open(disk_);
  Hanging hanging(*this);
  Putter other(*store_);
  other.gather(*store_, PutBatch::share_puts_max, 7);
  other.write();
  other.gather(*store_, 1, 7);
  other.write();
  ASSERT_EQ(other.results.size(), 1U);
  EXPECT_EQ(other.results.front().status, PutStatus::OsPageCacheBusy);
  EXPECT_THAT(other.results.front().remark, HasSubstr("of this connection"));
  other.gather(*store_, 1, 8);
  other.write();
  EXPECT_EQ(other.results.size(), 1U) << "another one's waits";
  release();
  hanging.join();
  other.run_until_finished();
  EXPECT_EQ(other.results.back().status, PutStatus::Ok);
  other.gather(*store_, 1, 7);
  other.write();
  other.run_until_finished();
  EXPECT_EQ(other.results.back().status, PutStatus::Ok) << "the share is free again";
}

TEST_F(LogWriterTest, AFailedWriteFailsEveryPutThatWaitsForIt) {
  open(disk_);
  put("TopicTest", 0, "before");
  Hanging hanging(*this);
  Putter other(*store_);
  other.gather(*store_, 3);
  other.write();
  release(ENOSPC);
  hanging.join();
  other.run_until_finished();
  ASSERT_EQ(other.results.size(), 3U);
  for (const PutResult& result : other.results) {
    EXPECT_EQ(result.status, PutStatus::ServiceNotAvailable);
    EXPECT_THAT(result.remark, HasSubstr("injected failure"));
  }
  disk_.set_fault(nullptr);
  store_->clean_files();
  EXPECT_EQ(put("TopicTest", 0, "after").queue_offset, 1);
}

TEST_F(LogWriterTest, AStopWritesWhatWaits) {
  open(disk_);
  Hanging hanging(*this);
  Putter other(*store_);
  other.gather(*store_, 3);
  other.write();
  std::thread releasing([this] { release(); });
  store_->shutdown();
  releasing.join();
  hanging.join();
  other.run_until_finished();
  ASSERT_EQ(other.results.size(), 3U);
  for (const PutResult& result : other.results) EXPECT_EQ(result.status, PutStatus::Ok);
  disk_.set_fault(nullptr);
  open(disk_);
  EXPECT_EQ(bodies("TopicTest", 0).size(), 4U);
}

TEST_F(LogWriterTest, UnderSyncFlushAPutIsCompletedWhenItIsOnTheDisk) {
  config_.flush_disk_type = FlushDiskType::SyncFlush;
  open(disk_);
  Putter putter(*store_);
  std::mutex mutex;
  std::condition_variable changed;
  std::size_t flushed = 0;
  for (int i = 0; i < 50; ++i) {
    TestMessage message;
    store_->put(message.to_put(), &putter.batch, [&](const PutResult& result) {
      const std::lock_guard lock(mutex);
      EXPECT_EQ(result.status, PutStatus::Ok);
      ++flushed;
      changed.notify_all();
    });
  }
  putter.write();
  {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return flushed == 50; });
  }
  kill();
  disk_.lose_power();
  open(disk_);
  EXPECT_EQ(bodies("TopicTest", 0).size(), 50U);
}

TEST_F(LogWriterTest, SeveralThreadsGetTheirResultsEachInItsOrder) {
  open(disk_);
  constexpr int threads = 3;
  std::vector<std::unique_ptr<Putter>> putters;
  for (int number = 0; number < threads; ++number)
    putters.push_back(std::make_unique<Putter>(*store_));
  std::vector<std::thread> running;
  for (int number = 0; number < threads; ++number) {
    running.emplace_back([this, number, &putter = *putters[static_cast<std::size_t>(number)]] {
      for (int turn = 0; turn < 200; ++turn) {
        for (int i = 0; i < 5; ++i) {
          TestMessage message{.queue_id = number};
          store_->put(message.to_put(), &putter.batch,
                      [&putter](const PutResult& result) { putter.results.push_back(result); });
        }
        putter.write();
        while (putter.thread.has_tasks()) putter.thread.run_task();
      }
      putter.run_until_finished();
    });
  }
  for (std::thread& thread : running) thread.join();
  for (const auto& putter : putters) {
    ASSERT_EQ(putter->results.size(), 1'000U);
    for (std::size_t i = 0; i < putter->results.size(); ++i) {
      ASSERT_EQ(putter->results[i].status, PutStatus::Ok);
      ASSERT_EQ(putter->results[i].queue_offset, static_cast<std::int64_t>(i));
    }
  }
}

}  // namespace
}  // namespace rocketmq::store::test
