#include "kv_config_manager.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "rocketmq/common/atomic_file.hpp"
#include "temp_dir.hpp"

namespace rocketmq::namesrv {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

class KvConfigManagerTest : public testing::Test {
 protected:
  test::TempDir directory_;
  std::filesystem::path file_ = directory_ / "state/kvConfig.json";
  KvConfigManager kv_{file_};
};

TEST_F(KvConfigManagerTest, AMissingFileIsAnEmptyTable) {
  EXPECT_TRUE(kv_.load());
  EXPECT_EQ(kv_.get("ns", "k").error().code, ResponseCode::QueryNotFound);
}

TEST_F(KvConfigManagerTest, PairsArePutReadListedAndRemoved) {
  ASSERT_TRUE(kv_.put("ns", "k", "v"));
  ASSERT_TRUE(kv_.put("ns", "k", "w"));
  ASSERT_TRUE(kv_.put("ns", "k2", "x"));

  EXPECT_EQ(kv_.get("ns", "k").value(), "w");
  EXPECT_THAT(kv_.list("ns")->table, ElementsAre(Pair("k", "w"), Pair("k2", "x")));
  EXPECT_EQ(kv_.get("other", "k").error().code, ResponseCode::QueryNotFound);
  EXPECT_EQ(kv_.list("other").error().code, ResponseCode::QueryNotFound);

  ASSERT_TRUE(kv_.remove("ns", "k"));
  EXPECT_TRUE(kv_.get("ns", "k").has_error());
  EXPECT_TRUE(kv_.remove("ns", "k")) << "what is not there is gone";
  EXPECT_TRUE(kv_.remove("nowhere", "k"));
  ASSERT_TRUE(kv_.remove("ns", "k2"));
  EXPECT_TRUE(kv_.list("ns").has_error()) << "an empty name space does not exist";
}

TEST_F(KvConfigManagerTest, EveryChangeIsOnDiskInTheFormOldServersRead) {
  ASSERT_TRUE(kv_.put("ORDER_TOPIC_CONFIG", "T", "broker-a:4;broker-b:4"));
  EXPECT_EQ(directory_.read("state/kvConfig.json"),
            R"({"configTable":{"ORDER_TOPIC_CONFIG":{"T":"broker-a:4;broker-b:4"}}})");

  ASSERT_TRUE(kv_.remove("ORDER_TOPIC_CONFIG", "T"));
  EXPECT_EQ(directory_.read("state/kvConfig.json"), R"({"configTable":{}})");
  EXPECT_THAT(directory_.read("state/kvConfig.json.bak"), HasSubstr("broker-a:4"))
      << "the content before";
}

TEST_F(KvConfigManagerTest, ARestartFindsThePairsAgain) {
  ASSERT_TRUE(kv_.put("ns", "k\x01", "v\n\"\\"));

  KvConfigManager restarted(file_);
  ASSERT_TRUE(restarted.load());

  EXPECT_EQ(restarted.get("ns", "k\x01").value(), "v\n\"\\");
}

TEST_F(KvConfigManagerTest, AFileThatAJavaServerWroteIsRead) {
  directory_.write("state/kvConfig.json",
                   "{\n\t\"configTable\":{\n\t\t\"ns\":{\"k\":\"v\"}\n\t,\"ORDER_TOPIC_CONFIG\":{"
                   "\"T\":\"a:8\"}}\n}");

  ASSERT_TRUE(kv_.load());

  EXPECT_EQ(kv_.get("ns", "k").value(), "v");
  EXPECT_EQ(kv_.get("ORDER_TOPIC_CONFIG", "T").value(), "a:8");
}

TEST_F(KvConfigManagerTest, ADamagedFileIsReplacedByItsCopy) {
  for (const std::string damaged :
       {"", "{\"configTable\":{\"ns\":", "[]", R"({"configTable":{"ns":3}})"}) {
    directory_.write("state/kvConfig.json", damaged);
    directory_.write("state/kvConfig.json.bak", R"({"configTable":{"ns":{"k":"v"}}})");
    KvConfigManager kv(file_);

    ASSERT_TRUE(kv.load()) << damaged;
    EXPECT_EQ(kv.get("ns", "k").value(), "v");
    EXPECT_EQ(directory_.read("state/kvConfig.json.damaged"), damaged);
    ASSERT_TRUE(kv.put("ns", "k", "w"));
    EXPECT_FALSE(std::filesystem::exists(backup_of(file_)) &&
                 directory_.read("state/kvConfig.json.bak") == damaged)
        << "the good copy is not replaced by the damaged file";
  }
}

TEST_F(KvConfigManagerTest, TheCopyOfALinkedFileIsFoundWhereItWasKept) {
  directory_.write("elsewhere/kv.json", R"({"configTable":{"ns":{"k":"old"}}})");
  std::filesystem::create_directories(file_.parent_path());
  std::filesystem::create_symlink(directory_ / "elsewhere/kv.json", file_);
  ASSERT_TRUE(write_file_atomically(file_, "nonsense"));

  ASSERT_TRUE(kv_.load());

  EXPECT_EQ(kv_.get("ns", "k").value(), "old");
}

TEST_F(KvConfigManagerTest, WithoutAReadableFileOrCopyTheStartIsRefused) {
  directory_.write("state/kvConfig.json", "{{{");
  EXPECT_THAT(kv_.load().error().remark, HasSubstr(file_.string()));

  directory_.write("state/kvConfig.json.bak", "nonsense");
  EXPECT_THAT(kv_.load().error().remark, HasSubstr(file_.string()));
  EXPECT_EQ(directory_.read("state/kvConfig.json"), "{{{") << "nothing was overwritten";
}

TEST_F(KvConfigManagerTest, AChangeThatCannotBeWrittenIsNotMade) {
  ASSERT_TRUE(kv_.put("ns", "k", "v"));
  std::filesystem::remove_all(directory_ / "state");
  directory_.write("state", "a file where the directory was");

  EXPECT_TRUE(kv_.put("ns", "k", "w").has_error());
  EXPECT_TRUE(kv_.remove("ns", "k").has_error());
  EXPECT_EQ(kv_.get("ns", "k").value(), "v");
}

TEST_F(KvConfigManagerTest, KeysAreFoundAndRemovedByTheirValue) {
  ASSERT_TRUE(kv_.put("ns", "10.0.0.1", "group"));
  ASSERT_TRUE(kv_.put("ns", "10.0.0.2", "group"));
  ASSERT_TRUE(kv_.put("ns", "10.0.0.3", "other"));

  EXPECT_EQ(kv_.keys_of_value("ns", "group").value(), "10.0.0.1;10.0.0.2");
  EXPECT_EQ(kv_.keys_of_value("ns", "nobody").error().code, ResponseCode::QueryNotFound);
  ASSERT_TRUE(kv_.remove_by_value("ns", "group"));
  EXPECT_THAT(kv_.list("ns")->table, ElementsAre(Pair("10.0.0.3", "other")));
  EXPECT_TRUE(kv_.remove_by_value("nowhere", "group"));
}

TEST_F(KvConfigManagerTest, ANameSpaceAndAllOfThemFitWhatIsSentAndKept) {
  KvConfigManager kv(file_, {.name_space_bytes_max = 1'000, .bytes_max = 2'000});
  const std::string escaped(150, '\n');  // 900 bytes as JSON

  EXPECT_TRUE(kv.put("a", "k", escaped));
  EXPECT_THAT(kv.put("a", "l", escaped).error().remark, HasSubstr("name space"));
  EXPECT_TRUE(kv.put("a", "k", escaped)) << "what is held may be put again";
  EXPECT_TRUE(kv.put("b", "k", escaped));
  EXPECT_THAT(kv.put("c", "k", escaped).error().remark, HasSubstr("all KV pairs"));
  EXPECT_TRUE(kv.remove("a", "k"));
  EXPECT_TRUE(kv.put("c", "k", escaped));
}

TEST_F(KvConfigManagerTest, TextsAreBounded) {
  const std::string longest(KvConfigManager::text_bytes_max, 'x');

  EXPECT_TRUE(kv_.put("ns", "k", longest));
  EXPECT_TRUE(kv_.put("ns", "k", longest + "x").has_error());
  EXPECT_TRUE(kv_.put("ns", longest + "x", "v").has_error());
  EXPECT_TRUE(kv_.put(longest + "x", "k", "v").has_error());
}

}  // namespace
}  // namespace rocketmq::namesrv
