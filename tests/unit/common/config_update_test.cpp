#include "rocketmq/common/config_update.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <thread>

#include "rocketmq/common/atomic_file.hpp"
#include "temp_dir.hpp"

namespace rocketmq {
namespace {

class ConfigUpdateTest : public testing::Test {
 protected:
  ConfigUpdateTest() {
    table.add("size", size, "bytes", "live", 0, 100).aliases = {"oldSize"};
    table.add("enabled", enabled, "bool", "live");
    table.add("hours", hours, "hours", "live");
    table.add("port", port, "port", "read at the start");
    table.add("servers", servers, "ip:port;ip:port", "read at the start");
    table.add("levels", levels, "list", "read at the start");
    table.accept_silently({"javaOnly"});
    std::ofstream(file) << "# sizes\nsize = 5\n\n! the end\nunknown=kept\n";
  }
  Result<ConfigChanges> update(std::string_view text) {
    return update_config_remotely(table, text, file,
                                  [](std::string_view key) { return key == "home"; });
  }
  std::string content() { return read_file(file)->value_or(""); }

  test::TempDir directory;
  const std::filesystem::path file = directory.path() / "broker.properties";
  Live<std::int32_t> size = 5;
  Live<bool> enabled = false;
  LiveText hours = "04";
  std::int32_t port = 1;
  std::string servers;
  std::string levels;
  ConfigTable table;
};

TEST_F(ConfigUpdateTest, ChangesLiveValuesAndWritesThemBetweenTheFilesComments) {
  const auto changes = update("size=9\nenabled=true\nhours=04;16\n");
  ASSERT_TRUE(changes) << changes.error().remark;
  EXPECT_EQ(size, 9);
  EXPECT_TRUE(enabled);
  EXPECT_EQ(hours.get(), "04;16");
  ASSERT_EQ(changes->size(), 3U);
  EXPECT_EQ(changes->at("size").before, "5");
  EXPECT_EQ(changes->at("size").after, "9");
  const std::string text = content();
  EXPECT_NE(text.find("# sizes\n"), std::string::npos) << text;
  EXPECT_NE(text.find("! the end\n"), std::string::npos) << text;
  EXPECT_NE(text.find("unknown=kept\n"), std::string::npos) << text;
  EXPECT_NE(text.find("9"), std::string::npos) << text;
  EXPECT_NE(text.find("enabled=true"), std::string::npos) << text;
}

TEST_F(ConfigUpdateTest, LeavesTheFileAloneWhenNothingChanges) {
  const auto before = std::filesystem::last_write_time(file);
  const auto changes = update("size=5\njavaOnly=7\n");
  ASSERT_TRUE(changes);
  EXPECT_TRUE(changes->empty());
  EXPECT_EQ(std::filesystem::last_write_time(file), before);
}

TEST_F(ConfigUpdateTest, ChangesNothingWhenOneValueIsMalformedOrUnknown) {
  for (const std::string bad : {"enabled=maybe", "size=101", "sizee=3", "enabled"}) {
    const auto changes = update("size=9\n" + bad + "\n");
    ASSERT_FALSE(changes) << bad;
    EXPECT_EQ(changes.error().code, ResponseCode::SystemError);
    EXPECT_EQ(size, 5) << bad;
  }
  EXPECT_NE(content().find("size = 5"), std::string::npos);
}

TEST_F(ConfigUpdateTest, RefusesBlackListedKeysAndThoseOfTheStart) {
  for (const std::string key : {"home", "port"}) {
    const auto changes = update("size=9\n" + key + "=1\n");
    ASSERT_FALSE(changes) << key;
    EXPECT_EQ(changes.error().code, ResponseCode::NoPermission);
    EXPECT_NE(changes.error().remark.find(key), std::string::npos);
    EXPECT_EQ(size, 5);
  }
  EXPECT_NE(update("home=1").error().remark.find("black list"), std::string::npos);
}

TEST_F(ConfigUpdateTest, SaysWhyAKeyIsNotChangedRemotely) {
  for (const std::string key : {"port", "servers"})
    EXPECT_THAT(update(key + "=1").error().remark, testing::HasSubstr("an address or a port"));
  EXPECT_THAT(update("levels=1s").error().remark,
              testing::AllOf(testing::HasSubstr("read at the start only"),
                             testing::Not(testing::HasSubstr("address"))));
}

TEST_F(ConfigUpdateTest, TakesAnAliasForItsKey) {
  const auto changes = update("oldSize=8\n");
  ASSERT_TRUE(changes);
  EXPECT_EQ(size, 8);
  EXPECT_TRUE(changes->contains("size"));
}

TEST_F(ConfigUpdateTest, ChangesInMemoryOnlyWithoutAFile) {
  const auto changes = update_config_remotely(table, "size=8", {}, [](auto) { return false; });
  ASSERT_TRUE(changes);
  EXPECT_EQ(size, 8);
}

TEST_F(ConfigUpdateTest, TakesTheChangeBackWhenTheFileCannotBeWritten) {
  const auto changes =
      update_config_remotely(table, "size=8", file / "below", [](auto) { return false; });
  ASSERT_FALSE(changes);
  EXPECT_EQ(size, 5);
}

TEST_F(ConfigUpdateTest, CanBeReadByOtherThreadsMeanwhile) {
  std::atomic<bool> stop{false};
  std::thread reader([&] {
    while (!stop) {
      const int seen = size;  // once: it may change between two reads
      ASSERT_TRUE(seen == 5 || seen == 6);
      ASSERT_EQ(hours.get().size(), 2U);
    }
  });
  for (int i = 0; i < 200; ++i)
    ASSERT_TRUE(update_config_remotely(table, i % 2 == 0 ? "size=6\nhours=11" : "size=5\nhours=22",
                                       {}, [](auto) { return false; }));
  stop = true;
  reader.join();
}

}  // namespace
}  // namespace rocketmq
