// Loss of power: of what was not flushed, the disk keeps any pages it likes. Many seeds.

#include <algorithm>
#include <atomic>
#include <map>
#include <set>

#include "faulty_file_system.hpp"
#include "seed.hpp"
#include "store_fixture.hpp"

namespace rocketmq::store::test {
namespace {

using rocketmq::test::FaultyFileSystem;
using rocketmq::test::random_between;

constexpr int seeds = 150;
constexpr std::int32_t lossy_queues = 3;

class PowerLossTest : public StoreFixture {
 protected:
  PowerLossTest() {
    // One flush service, driven by the test's own choice of moments.
    config_.flush_interval_commit_log_ms = 1;
    config_.flush_interval_consume_queue_ms = 1;
  }
  ~PowerLossTest() override { store_.reset(); }

  struct Sent {
    std::int32_t queue_id = 0;
    std::string body;
    std::string key;
  };
  struct Answered {
    Sent sent;
    PutResult result;
  };

  /// A message whose body says who it is.
  Sent next_message() {
    Sent sent{.queue_id = static_cast<std::int32_t>(random_between(random_, 0, lossy_queues - 1)),
              .key = "k" + std::to_string(next_)};
    sent.body = std::to_string(next_++) + ":";
    // Mostly small, so that pages hold many; some over many pages.
    const std::size_t most = random_between(random_, 0, 9) == 0 ? 30'000 : 600;
    sent.body.append(random_between(random_, 0, most), 'b');
    return sent;
  }
  /// Puts a group, and returns those that were told Ok before the store was abandoned.
  void put_group(int count, std::vector<Answered>& answered) {
    PutBatch batch(*store_);
    for (int i = 0; i < count; ++i) {
      Sent sent = next_message();
      TestMessage message{.queue_id = sent.queue_id, .body = sent.body, .keys = sent.key};
      store_->put(message.to_put(), &batch, [this, &answered, sent](const PutResult& result) {
        const std::lock_guard lock(mutex_);
        if (result.status == PutStatus::Ok) answered.push_back({sent, result});
      });
    }
  }
  void kill_and_lose_power() {
    kill();
    const std::size_t percent_kept = random_between(random_, 0, 100);
    disk_.lose_power([&] { return random_between(random_, 1, 100) <= percent_kept; });
  }

  /// The same; remembers how far the log was flushed at least.
  void kill_after_last_flush() {
    flushed_ = store_->figures().flushed_offset;
    kill_and_lose_power();
  }

  /// Every queue, entry by entry; each message whole.
  std::map<std::int32_t, std::vector<std::string>> read_all() {
    std::map<std::int32_t, std::vector<std::string>> all;
    for (std::int32_t queue = 0; queue < lossy_queues; ++queue) {
      all[queue] = bodies("TopicTest", queue);
      EXPECT_EQ(store_->queue_bounds("TopicTest", queue).max_offset, std::ssize(all[queue]))
          << "entries of queue " << queue << " have no message";
    }
    return all;
  }
  void expect_found_by_key_and_place(const Answered& message) {
    const auto at = store_->message_at(message.result.physical_offset);
    ASSERT_TRUE(at) << message.sent.key;
    EXPECT_EQ(at->record.body, message.sent.body);
    const auto found = store_->query("TopicTest", message.sent.key, 64, 0, INT64_MAX).messages;
    EXPECT_EQ(std::count_if(found.begin(), found.end(),
                            [&](const auto& one) { return one.record.body == message.sent.body; }),
              1)
        << message.sent.key;
  }

  std::mt19937_64 random_ = rocketmq::test::seeded_random();
  int next_ = 0;
  std::int64_t flushed_ = 0;
  std::mutex mutex_;
  FaultyFileSystem disk_;
};

TEST_F(PowerLossTest, UnderSyncFlushNothingAcknowledgedOrServedIsLost) {
  config_.flush_disk_type = FlushDiskType::SyncFlush;
  std::vector<Answered> answered;
  std::map<std::int32_t, std::vector<std::string>> served;
  for (int round = 0; round < seeds; ++round) {
    SCOPED_TRACE("round " + std::to_string(round));
    open(disk_);
    for (auto groups = random_between(random_, 1, 8); groups > 0; --groups) {
      put_group(static_cast<int>(random_between(random_, 1, 20)), answered);
      // Waits for what was put before as well: the log is flushed from its beginning on.
      if (random_between(random_, 0, 1) == 0) put("TopicTest", 0, std::to_string(next_++) + ":");
      if (random_between(random_, 0, 5) == 0) {
        ASSERT_TRUE(store_->checkpoint());
      }
    }
    for (std::int32_t queue = 0; queue < lossy_queues; ++queue) {
      auto& before = served[queue];
      const auto now = bodies("TopicTest", queue);
      ASSERT_GE(now.size(), before.size()) << "queue " << queue;
      ASSERT_TRUE(std::equal(before.begin(), before.end(), now.begin())) << "queue " << queue;
      before = now;
    }
    // A kill alone leaves what it has written in the page cache, for the next loss of power.
    if (random_between(random_, 0, 2) == 0)
      kill();
    else
      kill_and_lose_power();
    if (random_between(random_, 0, 3) == 0) {
      open(disk_);
      const auto now = read_all();
      for (const auto& [queue, before] : served)
        ASSERT_TRUE(before.size() <= now.at(queue).size() &&
                    std::equal(before.begin(), before.end(), now.at(queue).begin()))
            << "queue " << queue;
      served = now;
      kill_and_lose_power();
    }
  }
  open(disk_);
  const auto all = read_all();
  std::set<std::string> once;
  for (const auto& [queue, found] : all) {
    for (const std::string& body : found) EXPECT_TRUE(once.insert(body).second) << body;
  }
  EXPECT_GT(answered.size(), 500U);
  for (const Answered& message : answered) {
    const auto& found = all.at(message.sent.queue_id);
    const auto at = static_cast<std::size_t>(message.result.queue_offset);
    ASSERT_LT(at, found.size()) << message.sent.body << " is lost";
    ASSERT_EQ(found[at], message.sent.body);
    ASSERT_NO_FATAL_FAILURE(expect_found_by_key_and_place(message));
  }
}

TEST_F(PowerLossTest, UnderAsyncFlushWhatIsLeftIsAPrefixWithAllThatWasFlushed) {
  for (int seed = 0; seed < seeds; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    // A new disk.
    ASSERT_TRUE(disk_.sync_all(directory_.path()));
    std::filesystem::remove_all(config_.store_path_root_dir);
    std::vector<Answered> kept;
    for (int round = 0; round < 3; ++round) {
      open(disk_);
      for (auto groups = random_between(random_, 1, 10); groups > 0; --groups) {
        put_group(static_cast<int>(random_between(random_, 1, 12)), kept);
        if (random_between(random_, 0, 6) == 0) {
          ASSERT_TRUE(store_->checkpoint());
        }
      }
      kill_after_last_flush();
      open(disk_);
      // All puts are acknowledged in the log's order: what is left has to be the first ones.
      const auto all = read_all();
      std::size_t count = 0;
      for (const auto& [queue, found] : all) count += found.size();
      ASSERT_LE(count, kept.size());
      std::map<std::int32_t, std::vector<std::string>> expected{{0, {}}, {1, {}}, {2, {}}};
      for (std::size_t i = 0; i < count; ++i)
        expected[kept[i].sent.queue_id].push_back(kept[i].sent.body);
      ASSERT_EQ(all, expected);
      for (std::size_t i = count; i < kept.size(); ++i)
        ASSERT_GT(kept[i].result.physical_offset + kept[i].result.size_bytes, flushed_)
            << "it was flushed, but is gone";
      kept.resize(count);
      for (const Answered& message : kept)
        ASSERT_NO_FATAL_FAILURE(expect_found_by_key_and_place(message));
      kill();
    }
  }
}

}  // namespace
}  // namespace rocketmq::store::test
