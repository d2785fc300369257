#include "consumer/local_offset_store.hpp"

#include <gtest/gtest.h>

#include "temp_dir.hpp"

namespace rocketmq::client {
namespace {

const MessageQueue queue("TopicTest", "broker-a", 0);

TEST(LocalOffsetStore, FindsAfterARestartWhatItStored) {
  const test::TempDir dir;
  LocalOffsetStore before(dir.path(), "1.2.3.4@DEFAULT", "group");
  ASSERT_TRUE(before.load());
  EXPECT_EQ(before.read_stored(queue).value(), std::nullopt);
  before.cell(queue)->set(25);
  before.persist(std::set{queue});

  LocalOffsetStore after(dir.path(), "1.2.3.4@DEFAULT", "group");
  ASSERT_TRUE(after.load());
  EXPECT_EQ(after.read_stored(queue).value(), 25);
}

TEST(LocalOffsetStore, ReadsTheFileOfAJavaClient) {
  const test::TempDir dir;
  dir.write("id/group/offsets.json",
            "{\n\t\"offsetTable\":{{\n\t\t\t\"brokerName\":\"broker-a\",\n\t\t\t\"queueId\":0,\n"
            "\t\t\t\"topic\":\"TopicTest\"\n\t\t}:25\n\t}\n}");
  LocalOffsetStore store(dir.path(), "id", "group");
  ASSERT_TRUE(store.load());
  EXPECT_EQ(store.read_stored(queue).value(), 25);
}

TEST(LocalOffsetStore, TakesTheBackupWhenTheFileIsDamaged) {
  const test::TempDir dir;
  dir.write("id/group/offsets.json", "{\"offsetTab");
  dir.write("id/group/offsets.json.bak",
            R"({"offsetTable":{{"brokerName":"broker-a","queueId":0,"topic":"TopicTest"}:7}})");
  LocalOffsetStore store(dir.path(), "id", "group");
  ASSERT_TRUE(store.load());
  EXPECT_EQ(store.read_stored(queue).value(), 7);
}

TEST(LocalOffsetStore, SaysSoWhenNothingCanBeRead) {
  const test::TempDir dir;
  dir.write("id/group/offsets.json", "nonsense");
  LocalOffsetStore store(dir.path(), "id", "group");
  EXPECT_FALSE(store.load());
}

TEST(OffsetCell, IsRaisedButNotLoweredByResults) {
  OffsetCell cell;
  cell.raise(5);
  cell.raise(3);
  EXPECT_EQ(cell.get(), 5);
  cell.set(3);
  EXPECT_EQ(cell.get(), 3);
}

}  // namespace
}  // namespace rocketmq::client
