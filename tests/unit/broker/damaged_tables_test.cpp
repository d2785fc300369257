// One bit flipped at random places of the tables in config/: the broker starts, with the table or
// with the copy of it that was kept, and never with what can not be.

#include <fstream>
#include <functional>

#include "fixture.hpp"
#include "limits.hpp"
#include "schedule/schedule_message_service.hpp"
#include "seed.hpp"

namespace rocketmq::broker::test {
namespace {

using rocketmq::test::random_between;

constexpr int flips = 625;

class DamagedTablesTest : public BrokerFixture {
 protected:
  std::filesystem::path table(const std::string& name) const { return directory.path() / name; }

  /// Flips a bit of the table, loads it, and puts it back, many times.
  void flip_and_load(const std::string& name, const std::function<void()>& load) {
    const std::string content = directory.read(name);
    const std::string backup = directory.read(name + ".bak");
    ASSERT_FALSE(content.empty());
    ASSERT_FALSE(backup.empty());
    for (int flip = 0; flip < flips; ++flip) {
      const std::size_t at = random_between(random_, 0, content.size() - 1);
      const auto bit = random_between(random_, 0, 7);
      std::string damaged = content;
      damaged[at] = static_cast<char>(damaged[at] ^ (1 << bit));
      SCOPED_TRACE(name + " byte " + std::to_string(at) + " bit " + std::to_string(bit));
      directory.write(name, damaged);
      directory.write(name + ".bak", backup);
      ASSERT_NO_FATAL_FAILURE(load());
    }
  }

  std::mt19937_64 random_ = rocketmq::test::seeded_random();
};

TEST_F(DamagedTablesTest, TopicsAreLoadedWithinTheirLimits) {
  for (const char* topic : {"Orders", "Payments"}) {
    ASSERT_TRUE(topics.find_or_create_for_send(topic, "TBW102", 4, 0));
    ASSERT_TRUE(topics.flush());
  }
  flip_and_load("topics.json", [&] {
    TopicConfigManager again(config, clock, table("topics.json"));
    const auto loaded = again.load();
    ASSERT_TRUE(loaded) << loaded.error().remark;
    for (const char* topic : {"Orders", "Payments"}) {
      const auto shape = again.shape_of(topic);
      if (!shape) continue;
      EXPECT_GE(shape->write_queue_nums, 0);
      EXPECT_LE(shape->write_queue_nums, limits::queues_per_topic_max);
      EXPECT_GE(shape->read_queue_nums, 0);
      EXPECT_LE(shape->read_queue_nums, limits::queues_per_topic_max);
    }
  });
}

TEST_F(DamagedTablesTest, SubscriptionGroupsAreLoaded) {
  ASSERT_TRUE(groups.update({.group_name = "one", .retry_max_times = 3}));
  ASSERT_TRUE(groups.update({.group_name = "two", .retry_max_times = 4}));
  flip_and_load("subscriptionGroup.json", [&] {
    SubscriptionGroupManager again(config, clock, table("subscriptionGroup.json"));
    const auto loaded = again.load();
    ASSERT_TRUE(loaded) << loaded.error().remark;
  });
}

TEST_F(DamagedTablesTest, ConsumerOffsetsAreLoadedAndNeverNegative) {
  for (std::int64_t offset : {100, 200}) {
    ASSERT_TRUE(offsets.commit({"cg", "T", 0}, offset));
    ASSERT_TRUE(offsets.commit({"cg", "T", 1}, offset + 7));
    ASSERT_TRUE(offsets.flush());
  }
  flip_and_load("consumerOffset.json", [&] {
    ConsumerOffsetManager again(table("consumerOffset.json"));
    const auto loaded = again.load();
    ASSERT_TRUE(loaded) << loaded.error().remark;
    for (const auto& [queue, offset] : again.offsets_of("cg", "T")) EXPECT_GE(offset, 0) << queue;
  });
}

TEST_F(DamagedTablesTest, DelayOffsetsAreLoaded) {
  directory.write("delayOffset.json", R"({"offsetTable":{"1":12,"3":4}})");
  directory.write("delayOffset.json.bak", R"({"offsetTable":{"1":11,"3":4}})");
  flip_and_load("delayOffset.json", [&] {
    ScheduleMessageService again({.clock = clock,
                                  .levels = delay_levels,
                                  .topics = topics,
                                  .store = store,
                                  .set_aside = set_aside,
                                  .file = table("delayOffset.json")});
    const auto loaded = again.load();
    ASSERT_TRUE(loaded) << loaded.error().remark;
  });
}

}  // namespace
}  // namespace rocketmq::broker::test
