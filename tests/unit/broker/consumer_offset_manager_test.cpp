#include "groups/consumer_offset_manager.hpp"

#include <fstream>
#include <sstream>
#include <thread>

#include "fixture.hpp"

namespace rocketmq::broker::test {
namespace {

class ConsumerOffsetManagerTest : public BrokerFixture {
 protected:
  const std::filesystem::path file = directory.path() / "consumerOffset.json";
  std::unique_ptr<ConsumerOffsetManager> restarted() {
    auto again = std::make_unique<ConsumerOffsetManager>(file);
    EXPECT_TRUE(again->load());
    return again;
  }
};

TEST_F(ConsumerOffsetManagerTest, KeepsTheNewestCommitEvenWhenItGoesBack) {
  EXPECT_FALSE(offsets.query({"cg", "T", 0}));
  ASSERT_TRUE(offsets.commit({"cg", "T", 0}, 12));
  ASSERT_TRUE(offsets.commit({"cg", "T", 0}, 5));
  ASSERT_TRUE(offsets.commit({"cg", "T", 3}, 7));
  EXPECT_EQ(offsets.query({"cg", "T", 0}), 5);
  EXPECT_EQ(offsets.offsets_of("cg", "T"), (std::map<std::int32_t, std::int64_t>{{0, 5}, {3, 7}}));
}

TEST_F(ConsumerOffsetManagerTest, RefusesNumbersThatCannotBe) {
  EXPECT_FALSE(offsets.commit({"cg", "T", 0}, -1));
  EXPECT_FALSE(offsets.commit({"cg", "T", -1}, 1));
  EXPECT_FALSE(offsets.commit({"cg", "T", 70'000}, 1));
}

TEST_F(ConsumerOffsetManagerTest, KeepsOffsetsOverARestart) {
  ASSERT_TRUE(offsets.commit({"cg", "%RETRY%cg", 2}, 4'000'000'000));
  ASSERT_TRUE(offsets.commit({"cg", "T", 0}, 1));
  ASSERT_TRUE(offsets.flush());
  const auto again = restarted();
  EXPECT_EQ(again->query({"cg", "%RETRY%cg", 2}), 4'000'000'000);
  EXPECT_EQ(again->query({"cg", "T", 0}), 1);
}

TEST_F(ConsumerOffsetManagerTest, ReadsTheBareKeysThatJavaWrites) {
  std::ofstream(file)
      << "{\n\t\"offsetTable\":{\n\t\t\"T@cg\":{0:12,1:9\n\t\t},\"bad\":{0:1},\"../x@cg\":{0:1}}}";
  const auto again = restarted();
  EXPECT_EQ(again->query({"cg", "T", 0}), 12);
  EXPECT_EQ(again->query({"cg", "T", 1}), 9);
  EXPECT_FALSE(again->query({"cg", "../x", 0}));
}

TEST_F(ConsumerOffsetManagerTest, WritesNothingWhenNothingHasChanged) {
  ASSERT_TRUE(offsets.flush());
  EXPECT_FALSE(std::filesystem::exists(file));
  ASSERT_TRUE(offsets.commit({"cg", "T", 0}, 1));
  ASSERT_TRUE(offsets.flush());
  std::filesystem::remove(file);
  ASSERT_TRUE(offsets.commit({"cg", "T", 0}, 1));
  ASSERT_TRUE(offsets.flush());
  EXPECT_FALSE(std::filesystem::exists(file)) << "the same offset again is no change";
}

TEST_F(ConsumerOffsetManagerTest, SavesOnceAtATimeWhateverThreadAsksForIt) {
  const auto commit_and_save = [this](std::int32_t queue_id) {
    for (std::int64_t offset = 1; offset <= 50; ++offset) {
      ASSERT_TRUE(offsets.commit({"g", "T", queue_id}, offset));
      const auto saved = offsets.flush();
      ASSERT_TRUE(saved) << saved.error().remark;
    }
  };
  std::thread other([&] { commit_and_save(1); });
  commit_and_save(0);
  other.join();
  EXPECT_EQ(restarted()->offsets_of("g", "T"), offsets.offsets_of("g", "T"));
}

TEST_F(ConsumerOffsetManagerTest, ForgetsAGroup) {
  ASSERT_TRUE(offsets.commit({"cg", "T", 0}, 1));
  ASSERT_TRUE(offsets.commit({"other", "T", 0}, 2));
  offsets.remove_group("cg");
  EXPECT_FALSE(offsets.query({"cg", "T", 0}));
  EXPECT_EQ(offsets.query({"other", "T", 0}), 2);
}

}  // namespace
}  // namespace rocketmq::broker::test
