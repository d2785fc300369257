// Opens stores that the Java brokers 4.9.8 and 5.3.3 wrote, and has an independent decoder read
// what we write.

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <map>
#include <set>
#include <tuple>

#include "rocketmq/common/tags.hpp"
#include "store_fixture.hpp"

namespace rocketmq::store::test {
namespace {

namespace fs = std::filesystem;

struct Golden {
  const char* archive;
  std::int64_t log_end;
  /// Entries of queues by "topic/queue".
  std::map<std::string, std::int64_t> max_offsets;
};

const std::map<std::string, std::int64_t> offsets_49{{"%RETRY%GoldGroup/0", 1},
                                                     {"GoldTopicA/0", 16},
                                                     {"GoldTopicA/1", 15},
                                                     {"GoldTopicB/0", 12},
                                                     {"RMQ_SYS_TRANS_HALF_TOPIC/0", 3},
                                                     {"RMQ_SYS_TRANS_OP_HALF_TOPIC/0", 2},
                                                     {"SCHEDULE_TOPIC_XXXX/0", 1},
                                                     {"SCHEDULE_TOPIC_XXXX/13", 1},
                                                     {"SCHEDULE_TOPIC_XXXX/2", 1}};

std::map<std::string, std::int64_t> with_one_op(std::map<std::string, std::int64_t> offsets) {
  offsets["RMQ_SYS_TRANS_OP_HALF_TOPIC/0"] = 1;
  return offsets;
}

const std::vector<Golden> goldens{{"store-java-4.9.8-clean", 386'295, offsets_49},
                                  {"store-java-4.9.8-killed", 386'295, offsets_49},
                                  {"store-java-5.3.3-clean", 387'144, with_one_op(offsets_49)},
                                  {"store-java-5.3.3-killed", 387'144, with_one_op(offsets_49)},
                                  {"store-java-4.9.8-slave",
                                   387'468,
                                   {{"%RETRY%GoldGroup/0", 1},
                                    {"GoldTopicA/0", 16},
                                    {"GoldTopicA/1", 15},
                                    {"GoldTopicB/0", 13},
                                    {"RMQ_SYS_TRANS_HALF_TOPIC/0", 3},
                                    {"RMQ_SYS_TRANS_OP_HALF_TOPIC/0", 1},
                                    {"SCHEDULE_TOPIC_XXXX/2", 1}}},
                                  {"store-java-4.9.8-ipv6", 690, {{"GoldV6/0", 3}}}};

/// The queue files of a store, without the zeros at their end.
std::map<std::string, std::string> queue_files(const fs::path& root) {
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(root / "consumequeue")) {
    if (!entry.is_regular_file()) continue;
    std::ifstream in(entry.path(), std::ios::binary);
    files[fs::relative(entry.path(), root).string()] = {std::istreambuf_iterator<char>(in), {}};
  }
  return files;
}

class GoldenStoreTest : public StoreFixture, public ::testing::WithParamInterface<Golden> {
 protected:
  GoldenStoreTest() { unpack(GetParam().archive); }

  void unpack(const std::string& archive) {
    const std::string command = "tar -xzf '" + std::string(ROCKETMQ_TEST_VECTORS) + "/store/" +
                                archive + ".tar.gz' -C '" + directory_.text() + "'";
    if (std::system(command.c_str()) != 0) throw std::runtime_error("cannot unpack " + archive);
  }

  void expect_queues_as_listed() {
    std::map<std::string, std::int64_t> found;
    for (const QueueId& id : store_->queues())
      found[id.topic + "/" + std::to_string(id.queue_id)] =
          store_->queue_bounds(id.topic, id.queue_id).max_offset;
    EXPECT_EQ(found, GetParam().max_offsets);
  }

  /// Every entry between minimum and maximum leads to the record that says it is that entry.
  void expect_every_entry_readable() {
    for (const QueueId& id : store_->queues()) {
      const QueueBounds bounds = store_->queue_bounds(id.topic, id.queue_id);
      std::int64_t offset = bounds.min_offset;
      while (offset < bounds.max_offset) {
        const GetResult got =
            store_->get({.topic = id.topic, .queue_id = id.queue_id, .queue_offset = offset});
        ASSERT_EQ(got.status, GetStatus::Found) << id.topic << '/' << id.queue_id << '@' << offset;
        for (const std::string_view bytes : got.records) {
          const auto record = message_record::decode(bytes, message_record::Check::BodyCrc);
          ASSERT_TRUE(record) << record.error().remark;
          EXPECT_EQ(record->topic, id.topic);
          EXPECT_EQ(record->queue_offset, offset++);
        }
      }
    }
  }
};

TEST_P(GoldenStoreTest, OpensWithEveryMessageAndEveryQueueOfTheTable) {
  open();
  EXPECT_EQ(store_->figures().commit_log_max_offset, GetParam().log_end);
  expect_queues_as_listed();
  expect_every_entry_readable();
}

TEST_P(GoldenStoreTest, KeepsJavasQueueFilesByteForByte) {
  const auto before = queue_files(config_.store_path_root_dir);
  open();
  stop();
  EXPECT_EQ(queue_files(config_.store_path_root_dir), before);
}

TEST_P(GoldenStoreTest, MakesTheSameQueueFilesFromTheLogAlone) {
  const auto before = queue_files(config_.store_path_root_dir);
  fs::remove_all(config_.store_path_root_dir / "consumequeue");
  fs::remove_all(config_.store_path_root_dir / "index");
  open();
  expect_queues_as_listed();
  expect_every_entry_readable();
  stop();
  EXPECT_EQ(queue_files(config_.store_path_root_dir), before);
}

TEST_P(GoldenStoreTest, GoesOnAppendingAndSurvivesRestartAndKill) {
  open();
  std::int64_t next = store_->queue_bounds("GoldTopicA", 0).max_offset;
  for (int i = 0; i < 30; ++i)
    ASSERT_EQ(put(TestMessage{.topic = "GoldTopicA", .body = std::to_string(i), .keys = "more"})
                  .queue_offset,
              next++);
  stop();
  open();
  ASSERT_EQ(put(TestMessage{.topic = "GoldTopicA", .body = "30", .keys = "more"}).queue_offset,
            next++);
  kill();
  open();
  ASSERT_EQ(put(TestMessage{.topic = "GoldTopicA", .body = "31", .keys = "more"}).queue_offset,
            next++);
  store_->wait_until_dispatched();
  expect_every_entry_readable();
  EXPECT_EQ(store_->query("GoldTopicA", "more", 64, 0, INT64_MAX).messages.size(), 32U);
}

TEST_P(GoldenStoreTest, FindsEveryKey) {
  open();
  for (const QueueId& id : store_->queues()) {
    const QueueBounds bounds = store_->queue_bounds(id.topic, id.queue_id);
    for (std::int64_t offset = bounds.min_offset; offset < bounds.max_offset; ++offset) {
      const GetResult got = store_->get(
          {.topic = id.topic, .queue_id = id.queue_id, .queue_offset = offset, .count_max = 1});
      ASSERT_EQ(got.records.size(), 1U);
      const auto record = message_record::decode(got.records.front(), message_record::Check::None);
      const auto key = find_property(record->properties, property::unique_key);
      if (!key) continue;
      const auto found = store_->query(id.topic, *key, 64, 0, INT64_MAX).messages;
      EXPECT_TRUE(std::any_of(found.begin(), found.end(),
                              [&](const StoredMessage& m) {
                                return m.record.physical_offset == record->physical_offset;
                              }))
          << id.topic << ' ' << *key;
    }
  }
}

TEST_P(GoldenStoreTest, IsReadByTheIndependentDecoderAfterOurWrites) {
  if (std::system("python3 --version > /dev/null 2>&1") != 0) GTEST_SKIP() << "python3 is missing";
  open();
  for (int i = 0; i < 70; ++i)
    put(TestMessage{.topic = "OurTopic",
                    .queue_id = i % 2,
                    .body = std::string(5000, 'b') + std::to_string(i),
                    .tags = i % 2 == 0 ? "TagA" : "标签",
                    .keys = "our" + std::to_string(i)});
  stop();
  const fs::path out = directory_ / "dump.txt";
  const std::string command = "python3 '" + std::string(ROCKETMQ_TEST_VECTORS) +
                              "/store/dumpstore.py' '" + config_.store_path_root_dir.string() +
                              "' > '" + out.string() + "' 2>&1";
  const int status = std::system(command.c_str());
  const std::string text = directory_.read("dump.txt");
  ASSERT_EQ(status, 0) << text;
  EXPECT_EQ(text.find("MISMATCH"), std::string::npos) << text;
  EXPECT_EQ(text.find("INDEX MISS"), std::string::npos) << text;
  EXPECT_NE(text.find("abort False"), std::string::npos) << text.substr(0, 200);
  EXPECT_NE(text.find("OurTopic"), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(Archives, GoldenStoreTest, ::testing::ValuesIn(goldens),
                         [](const auto& golden) {
                           std::string name = golden.param.archive;
                           std::replace_if(
                               name.begin(), name.end(),
                               [](char c) { return c == '-' || c == '.'; }, '_');
                           return name;
                         });

TEST(GoldenSlaveStore, HasTheMinimumOffsetsOfItsFirstRecords) {
  rocketmq::test::TempDir directory;
  const std::string command = "tar -xzf '" + std::string(ROCKETMQ_TEST_VECTORS) +
                              "/store/store-java-4.9.8-slave.tar.gz' -C '" + directory.text() + "'";
  ASSERT_EQ(std::system(command.c_str()), 0);
  const StoreConfig config = small_config(directory / "store");
  SystemClock clock;
  const auto store = MessageStore::open(config, clock);
  ASSERT_TRUE(store) << store.error().remark;
  EXPECT_EQ((*store)->queue_bounds("GoldTopicA", 0).min_offset, 13);
  EXPECT_EQ((*store)->queue_bounds("GoldTopicA", 1).min_offset, 12);
  EXPECT_EQ((*store)->queue_bounds("GoldTopicB", 0).min_offset, 8);
  EXPECT_EQ((*store)->queue_bounds("RMQ_SYS_TRANS_HALF_TOPIC", 0).min_offset, 0);
}

}  // namespace
}  // namespace rocketmq::store::test
