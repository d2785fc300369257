// One bit flipped at random places of the tables in config/: the broker starts, with the table or
// with the copy of it that was kept, and never with what cannot be.

#include <fstream>
#include <functional>
#include <map>
#include <optional>
#include <string>

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
  ASSERT_TRUE(groups.flush());
  ASSERT_TRUE(groups.update({.group_name = "two", .retry_max_times = 4}));
  ASSERT_TRUE(groups.flush());
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
                                  .reader = store,
                                  .writer = store,
                                  .set_aside = set_aside,
                                  .file = table("delayOffset.json")});
    const auto loaded = again.load();
    ASSERT_TRUE(loaded) << loaded.error().remark;
  });
}

/// Loads a table of which there are only these texts; "loaded", "nothing", or the reason.
class DamagedTableFileTest : public DamagedTablesTest {
 protected:
  std::string load(const std::string& name, const std::string& content,
                   const std::string& backup = "") {
    const auto write_or_remove = [&](const std::string& file, const std::string& text) {
      if (text.empty()) {
        std::filesystem::remove(table(file));
      } else {
        directory.write(file, text);
      }
    };
    write_or_remove(name, content);
    write_or_remove(name + ".bak", backup);
    const Result<void> loaded = loader(name)();
    return loaded ? "" : loaded.error().remark;
  }

  std::function<Result<void>()> loader(const std::string& name) {
    if (name == "topics.json")
      return [this] {
        topics_again.emplace(config, clock, table("topics.json"));
        return topics_again->load();
      };
    if (name == "subscriptionGroup.json")
      return [this] {
        return SubscriptionGroupManager(config, clock, table("subscriptionGroup.json")).load();
      };
    if (name == "consumerOffset.json")
      return [this] {
        offsets_again.emplace(table("consumerOffset.json"));
        return offsets_again->load();
      };
    return [this] {
      return ScheduleMessageService({.clock = clock,
                                     .levels = delay_levels,
                                     .topics = topics,
                                     .reader = store,
                                     .writer = store,
                                     .set_aside = set_aside,
                                     .file = table("delayOffset.json")})
          .load();
    };
  }

  std::optional<TopicConfigManager> topics_again;
  std::optional<ConsumerOffsetManager> offsets_again;
};

constexpr const char* tables[] = {"topics.json", "subscriptionGroup.json", "consumerOffset.json",
                                  "delayOffset.json"};

TEST_F(DamagedTableFileTest, AFileOfTheWrongShapeIsNoEmptyTable) {
  for (const char* name : tables) {
    for (const char* content : {"[]", "{}", "3", "\"text\"", "null", " ", "{\"a\":{}}",
                                "{\"topicConfigTable\":[],\"subscriptionGroupTable\":[],"
                                "\"offsetTable\":[]}"}) {
      const std::string reason = load(name, content);
      EXPECT_NE(reason.find(std::string(name) + " cannot be used"), std::string::npos)
          << name << " " << content << ": " << reason;
    }
  }
}

TEST_F(DamagedTableFileTest, AFileOfTheWrongShapeLeavesItsBackupInForce) {
  for (const char* content :
       {"[]", "{}", R"({"topicConfigTable":[]})", R"({"topicConfigTable":{"T":5}})",
        R"({"topicConfigTable":{"T":{"perm":"six"}}})", R"({"topicConfigTable":{"T":{}})"}) {
    EXPECT_EQ(load("topics.json", content, R"({"topicConfigTable":{"Kept":{"perm":4}}})"), "")
        << content;
    ASSERT_TRUE(topics_again->find("Kept")) << content;
    EXPECT_FALSE(topics_again->find("T")) << "what is damaged gives nothing, not a part";
    EXPECT_EQ(directory.read("topics.json.damaged"), content);
  }
  EXPECT_EQ(load("consumerOffset.json", R"({"offsetTable":{"T@g":{"0":"many"}}})",
                 R"({"offsetTable":{"T@g":{0:7}}})"),
            "");
  EXPECT_EQ(offsets_again->query({"g", "T", 0}), 7);
}

TEST_F(DamagedTableFileTest, ADamagedFileWithoutBackupRefusesTheStartAndNamesThePlace) {
  const std::string reason =
      load("consumerOffset.json", "{\n\t\"offsetTable\":{\n\t\t\"T@g\":{0:12,1;9}\n\t}\n}");
  EXPECT_NE(
      reason.find("consumerOffset.json cannot be used: JSON: ':' expected at line 3, column 16"),
      std::string::npos)
      << reason;
  EXPECT_NE(reason.find("startWithDamagedTables=true"), std::string::npos) << reason;
  EXPECT_FALSE(directory.read("consumerOffset.json").empty()) << "nothing has overwritten it";
}

TEST_F(DamagedTableFileTest, MissingFilesAreAnEmptyTable) {
  for (const char* name : tables) EXPECT_EQ(load(name, ""), "") << name;
}

TEST_F(DamagedTableFileTest, OffsetsAreReadInEveryFormThatJavaReads) {
  EXPECT_EQ(load("consumerOffset.json",
                 "\xEF\xBB\xBF{\"OffsetTable\":{\"T@g\":{\"0\":\"12\",+1:9.0,2L:\"1,000\",3:7L}}}"),
            "");
  EXPECT_EQ(offsets_again->offsets_of("g", "T"),
            (std::map<std::int32_t, std::int64_t>{{0, 12}, {1, 9}, {2, 1000}, {3, 7}}));
}

TEST_F(DamagedTableFileTest, AnOperatorMayBeginWithoutADamagedTable) {
  directory.write("consumerOffset.json", "damaged");
  directory.write("consumerOffset.json.bak", "damaged as well");
  ConsumerOffsetManager again(table("consumerOffset.json"));
  ASSERT_TRUE(again.load(DamagedTable::SetAside));
  EXPECT_FALSE(again.query({"g", "T", 0}));
  EXPECT_EQ(directory.read("consumerOffset.json.damaged"), "damaged");
  EXPECT_EQ(directory.read("consumerOffset.json.bak.damaged"), "damaged as well");
  ASSERT_TRUE(again.commit({"g", "T", 0}, 1));
  ASSERT_TRUE(again.flush());
  EXPECT_EQ(directory.read("consumerOffset.json.damaged"), "damaged");
}

}  // namespace
}  // namespace rocketmq::broker::test
