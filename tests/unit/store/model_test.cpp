// The store against a model in memory, under random puts, reads, restarts, deletions of old files
// and of topics.

#include <algorithm>
#include <cstdlib>
#include <map>
#include <thread>

#include "faulty_file_system.hpp"
#include "seed.hpp"
#include "store_fixture.hpp"

namespace rocketmq::store::test {
namespace {

using rocketmq::test::FaultyFileSystem;
using rocketmq::test::random_between;

struct ModelEntry {
  std::string body;
  std::string key;
  std::int64_t physical_offset = 0;
};

/// What the store has to show: all entries ever put; those before `log_min` have expired.
struct Model {
  std::map<std::pair<std::string, std::int32_t>, std::vector<ModelEntry>> queues;
  std::int64_t log_min = 0;

  static std::int64_t first_kept(const std::vector<ModelEntry>& entries, std::int64_t log_min) {
    const auto kept = std::find_if(entries.begin(), entries.end(), [&](const ModelEntry& entry) {
      return entry.physical_offset >= log_min;
    });
    return kept - entries.begin();
  }
};

class ModelTest : public StoreFixture {
 protected:
  ModelTest() {
    // Nothing is deleted but when the test wants it.
    config_.delete_when = "99";
    config_.file_reserved_time_hours = 1'000'000;
    config_.clean_resource_interval_ms = 1'000'000'000;
  }
  ~ModelTest() override { store_.reset(); }

  std::int64_t below(std::int64_t limit) {
    return static_cast<std::int64_t>(
        random_between(random_, 0, static_cast<std::size_t>(limit) - 1));
  }

  void put_one(const std::string& topic, std::int32_t queue) {
    auto& expected = model_.queues[{topic, queue}];
    const std::string number = std::to_string(++last_);
    ModelEntry entry{
        .body = number + ":" + std::string(static_cast<std::size_t>(below(9'000)), 'r'),
        .key = "k" + number};
    const PutResult stored =
        put(TestMessage{.topic = topic, .queue_id = queue, .body = entry.body, .keys = entry.key});
    ASSERT_EQ(stored.status, PutStatus::Ok) << stored.remark;
    ASSERT_EQ(stored.queue_offset, std::ssize(expected));
    entry.physical_offset = stored.physical_offset;
    expected.push_back(std::move(entry));
  }

  void put_batch(const std::string& topic, std::int32_t queue) {
    auto& expected = model_.queues[{topic, queue}];
    std::string body;
    std::vector<ModelEntry> entries;
    for (auto left = 1 + below(10); left > 0; --left) {
      const std::string number = std::to_string(++last_);
      entries.push_back({.body = number + ":", .key = "k" + number});
      body += batch_entry(entries.back().body, "KEYS\x01" + entries.back().key + "\x02");
    }
    TestMessage message{.topic = topic, .queue_id = queue, .body = body};
    store_->put_batch(message.to_put(), [&](const PutResult& stored) {
      ASSERT_EQ(stored.status, PutStatus::Ok) << stored.remark;
      ASSERT_EQ(stored.queue_offset, std::ssize(expected));
      ASSERT_EQ(stored.batch_physical_offsets.size(), entries.size());
      for (std::size_t i = 0; i < entries.size(); ++i) {
        entries[i].physical_offset = stored.batch_physical_offsets[i];
        expected.push_back(std::move(entries[i]));
      }
    });
  }

  /// Reads from any offset, and compares the answer as well as the bounds.
  void read_somewhere(const std::string& topic, std::int32_t queue) {
    store_->wait_until_dispatched();
    const auto& expected = model_.queues[{topic, queue}];
    const std::int64_t max = std::ssize(expected);
    const std::int64_t min = Model::first_kept(expected, model_.log_min);
    const QueueBounds bounds = store_->queue_bounds(topic, queue);
    ASSERT_EQ(bounds.max_offset, max);
    ASSERT_EQ(bounds.min_offset, min);
    const std::int64_t offset = below(max + 3);
    const GetResult got = store_->get({.topic = topic, .queue_id = queue, .queue_offset = offset});
    if (offset < min || offset >= max) {
      ASSERT_NE(got.status, GetStatus::Found);
      return;
    }
    ASSERT_EQ(got.status, GetStatus::Found) << offset << " of " << min << " to " << max;
    std::int64_t at = offset;
    for (const std::string_view bytes : got.records) {
      const auto record = message_record::decode(bytes, message_record::Check::BodyCrc);
      ASSERT_TRUE(record);
      ASSERT_EQ(record->queue_offset, at);
      ASSERT_EQ(record->body, expected[static_cast<std::size_t>(at)].body);
      ++at;
    }
    ASSERT_EQ(got.next_begin_offset, at);
    const ModelEntry& entry = expected[static_cast<std::size_t>(offset)];
    const auto found = store_->query(topic, entry.key, 64, 0, INT64_MAX).messages;
    ASSERT_TRUE(std::any_of(found.begin(), found.end(), [&](const StoredMessage& one) {
      return one.record.physical_offset == entry.physical_offset;
    })) << entry.key;
  }

  void delete_old_files() {
    store_->wait_until_dispatched();
    ASSERT_TRUE(store_->checkpoint());
    disk_.set_disk_ratio(0.88);
    store_->clean_files();
    disk_.set_disk_ratio(0.1);
    store_->clean_files();
    ASSERT_TRUE(store_->figures().writable);
    const std::int64_t min = store_->figures().commit_log_min_offset;
    ASSERT_GE(min, model_.log_min);
    model_.log_min = min;
  }

  void delete_topic(const std::string& topic) {
    store_->wait_until_dispatched();
    store_->delete_topic(topic);
    for (auto& [id, entries] : model_.queues) {
      if (id.first == topic) entries.clear();
    }
  }

  void step() {
    const std::string topic = "Topic" + std::to_string(below(3));
    const auto queue = static_cast<std::int32_t>(below(4));
    switch (below(60)) {
      case 0: stop(); return open(disk_);
      case 1: kill(); return open(disk_);
      case 2: ASSERT_TRUE(store_->checkpoint()); return;
      case 3: return delete_old_files();
      case 4: return below(4) == 0 ? delete_topic(topic) : void();
      case 5:
      case 6:
      case 7: return put_batch(topic, queue);
      default: return below(3) == 0 ? read_somewhere(topic, queue) : put_one(topic, queue);
    }
  }

  std::mt19937_64 random_ = rocketmq::test::seeded_random();
  FaultyFileSystem disk_;
  Model model_;
  int last_ = 0;
};

TEST_F(ModelTest, RandomPutsReadsRestartsAndDeletionsAgreeWithIt) {
  const int steps = std::getenv("ROCKETMQ_TEST_LONG") != nullptr ? 100'000 : 3'000;
  open(disk_);
  for (int done = 0; done < steps; ++done) {
    SCOPED_TRACE("step " + std::to_string(done));
    step();
    ASSERT_FALSE(HasFatalFailure());
  }
  std::vector<std::pair<std::string, std::int32_t>> ids;
  for (const auto& [id, entries] : model_.queues) ids.push_back(id);
  for (const auto& [topic, queue] : ids) {
    for (int i = 0; i < 20; ++i) ASSERT_NO_FATAL_FAILURE(read_somewhere(topic, queue));
  }
}

/// A reader at the queue's end meets units that come while it reads.
TEST_F(ModelTest, AReaderAtTheEndOfAGrowingQueueMissesNothing) {
  config_.mapped_file_size_commit_log = 16 * 1024 * 1024;
  config_.mapped_file_size_consume_queue = 20 * 1000;
  open();
  constexpr std::int64_t count = 60'000;
  std::thread writer([&] {
    for (std::int64_t sent = 0; sent < count;) {
      PutBatch batch(*store_);
      for (int i = 0; i < 3; ++i, ++sent)
        store_->put(TestMessage{.body = std::to_string(sent)}.to_put(), &batch,
                    [](const PutResult&) {});
    }
  });
  std::int64_t next = 0;
  while (next < count && !HasFailure()) {
    const GetResult got = store_->get({.topic = "TopicTest", .queue_offset = next});
    for (const std::string_view bytes : got.records) {
      const auto record = message_record::decode(bytes, message_record::Check::BodyCrc);
      EXPECT_EQ(record->queue_offset, next) << "a message was passed over";
      next = record->queue_offset + 1;
    }
    if (got.status != GetStatus::NoMatchedLogicQueue && got.status != GetStatus::NoMessageInQueue) {
      EXPECT_EQ(got.next_begin_offset, next);
    }
  }
  writer.join();
}

}  // namespace
}  // namespace rocketmq::store::test
