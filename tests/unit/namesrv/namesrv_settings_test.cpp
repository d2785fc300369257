#include "rocketmq/namesrv/namesrv_settings.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "rocketmq/common/properties_file.hpp"
#include "temp_dir.hpp"

namespace rocketmq::namesrv {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class NamesrvSettingsTest : public testing::Test {
 protected:
  Result<void> load(const std::string& content) {
    file_ = directory_.write("conf/namesrv.properties", content);
    return configure({.config_file = file_.string()});
  }
  Result<void> configure(const DaemonOptions& options) {
    return settings_.configure(options,
                               [this](std::string text) { warnings_.push_back(std::move(text)); });
  }
  std::string stored() const { return directory_.read("conf/namesrv.properties"); }

  const int no_name_server_ = ::unsetenv("NAMESRV_ADDR");
  test::TempDir directory_;
  NamesrvSettings settings_{directory_ / "home", "/opt/rocketmq"};
  std::filesystem::path file_;
  std::vector<std::string> warnings_;
};

TEST_F(NamesrvSettingsTest, DefaultsAreThoseOfPublishedServers) {
  const NamesrvConfig& config = settings_.config();

  EXPECT_EQ(config.listen_port, 9'876);
  EXPECT_EQ(config.bind_address, "127.0.0.1");
  EXPECT_EQ(config.rocketmq_home, "/opt/rocketmq");
  EXPECT_EQ(config.kv_config_path, (directory_ / "home/namesrv/kvConfig.json").string());
  EXPECT_EQ(config.config_store_path, (directory_ / "home/namesrv/namesrv.properties").string());
  EXPECT_EQ(config.server_channel_max_idle_time_seconds, 120);
  EXPECT_FALSE(config.order_message_enable);
}

TEST_F(NamesrvSettingsTest, AFilesValuesAreAppliedAndTheFileIsWhereChangesGo) {
  ASSERT_TRUE(load("listenPort = 19876 \nkvConfigPath=/data/kv.json\norderMessageEnable=TRUE\n"));

  EXPECT_EQ(settings_.config().listen_port, 19'876);
  EXPECT_EQ(settings_.config().kv_config_path, "/data/kv.json");
  EXPECT_TRUE(settings_.order_message_enable());
  EXPECT_EQ(settings_.config().config_store_path, file_.string());
  EXPECT_THAT(warnings_, IsEmpty());
}

TEST_F(NamesrvSettingsTest, AMalformedValueIsRefusedWithFileLineKeyAndReason) {
  const auto loaded = load("# comment\nlistenPort=98x6\n");

  ASSERT_FALSE(loaded);
  EXPECT_THAT(loaded.error().remark,
              AllOf(HasSubstr(file_.string() + ":2"), HasSubstr("listenPort=98x6"),
                    HasSubstr("whole number")));
  EXPECT_TRUE(load("listenPort=65536\n").has_error());
  EXPECT_TRUE(load("serverWorkerThreads=0\n").has_error());
  EXPECT_TRUE(load("orderMessageEnable=yes\n").has_error());
}

TEST_F(NamesrvSettingsTest, AnUnknownKeyIsNamedWithItsNearestNeighbour) {
  ASSERT_TRUE(load("listenPrt=1\n"));

  EXPECT_THAT(warnings_,
              ElementsAre(AllOf(HasSubstr("listenPrt"), HasSubstr("did you mean listenPort"))));
  EXPECT_THAT(settings_.print(), HasSubstr("listenPrt=(unknown key, value not shown)\n"));
}

TEST_F(NamesrvSettingsTest, KeysOfOtherReleasesGetOneWarningTogether) {
  ASSERT_TRUE(load(
      "useEpollNativeSelector=true\nscanNotActiveBrokerInterval=5000\nneedWaitForService=false\n"));

  EXPECT_THAT(warnings_, ElementsAre(HasSubstr("no effect here: useEpollNativeSelector, "
                                               "scanNotActiveBrokerInterval, needWaitForService")));
}

TEST_F(NamesrvSettingsTest, AMissingFileIsNamed) {
  const auto loaded =
      settings_.configure({.config_file = (directory_ / "nowhere.properties").string()}, nullptr);

  EXPECT_EQ(loaded.error().remark,
            (directory_ / "nowhere.properties").string() + " (No such file or directory)");
}

TEST_F(NamesrvSettingsTest, EveryKeyIsPrintedWithItsValue) {
  EXPECT_THAT(settings_.print(),
              AllOf(HasSubstr("listenPort=9876\n"), HasSubstr("orderMessageEnable=false\n"),
                    HasSubstr("rocketmqHome=/opt/rocketmq\n")));
}

TEST_F(NamesrvSettingsTest, ARemoteChangeTakesEffectAndIsWrittenBesideTheComments) {
  ASSERT_TRUE(load("# our name server\nlistenPort=19876\norderMessageEnable = false\n# end\n"));

  ASSERT_TRUE(settings_.update("orderMessageEnable=true\n"));

  EXPECT_TRUE(settings_.order_message_enable());
  EXPECT_EQ(stored(), "# our name server\nlistenPort=19876\norderMessageEnable=true\n# end\n");
  EXPECT_THAT(directory_.read("conf/namesrv.properties.bak"),
              HasSubstr("orderMessageEnable = false"));
}

TEST_F(NamesrvSettingsTest, WithoutAFileChangesGoToTheOneInTheHomeDirectory) {
  ASSERT_TRUE(settings_.update("productEnvName=test\n"));

  EXPECT_EQ(directory_.read("home/namesrv/namesrv.properties"), "productEnvName=test\n");
}

TEST_F(NamesrvSettingsTest, AChangeToTheSameValueWritesNothing) {
  ASSERT_TRUE(settings_.update("orderMessageEnable=false\nproductEnvName=center\n"));
  ASSERT_TRUE(settings_.update(""));

  EXPECT_FALSE(std::filesystem::exists(directory_ / "home"));
}

TEST_F(NamesrvSettingsTest, BlackListedKeysAreRefusedWithEverythingBesideThem) {
  ASSERT_TRUE(load("configBlackList=configBlackList;productEnvName\n"));

  for (const std::string key :
       {"configStorePath", "kvConfigPath", "rocketmqHome", "configBlackList", "productEnvName"}) {
    const auto updated = settings_.update("orderMessageEnable=true\n" + key + "=/tmp/x\n");
    ASSERT_FALSE(updated) << key;
    EXPECT_EQ(updated.error().code, ResponseCode::NoPermission) << key;
    EXPECT_THAT(updated.error().remark, HasSubstr("black list"));
  }
  EXPECT_FALSE(settings_.order_message_enable());
  EXPECT_EQ(stored(), "configBlackList=configBlackList;productEnvName\n");
}

TEST_F(NamesrvSettingsTest, AddressesAndSizesAreForTheStartOnly) {
  for (const std::string key :
       {"listenPort", "bindAddress", "serverWorkerThreads", "serverSelectorThreads"}) {
    EXPECT_EQ(settings_.update(key + "=1\n").error().code, ResponseCode::NoPermission) << key;
  }
  EXPECT_EQ(settings_.config().listen_port, 9'876);
}

TEST_F(NamesrvSettingsTest, ListensForOtherHostsWhereOneIsNamed) {
  ASSERT_TRUE(configure({}));
  EXPECT_EQ(settings_.config().bind_address, "127.0.0.1");
  ASSERT_TRUE(configure({.namesrv_addr = "localhost:9876"}));
  EXPECT_EQ(settings_.config().bind_address, "127.0.0.1");
  ASSERT_TRUE(configure({.namesrv_addr = "10.0.0.1:9876"}));
  EXPECT_EQ(settings_.config().bind_address, "0.0.0.0");
  ASSERT_TRUE(load("namesrvAddr=10.0.0.1:9876;10.0.0.2:9876\n"));
  EXPECT_EQ(settings_.config().bind_address, "0.0.0.0");
  ASSERT_TRUE(load("namesrvAddr=10.0.0.1:9876\nbindAddress=127.0.0.1\n"));
  EXPECT_EQ(settings_.config().bind_address, "127.0.0.1");
}

TEST_F(NamesrvSettingsTest, RemoteRequestsChangeOnlyKeysOfTheListWithinTheirRange) {
  const std::string before = settings_.print();
  const auto keys = parse_properties(before);
  ASSERT_TRUE(keys);
  const std::set<std::string> allowed{"productEnvName", "orderMessageEnable",
                                      "logLevel",       "logLevelRemoting",
                                      "logLevelSlow",   "slowRequestThresholdMills"};
  for (const Property& key : *keys) {
    const auto refused = settings_.update(key.key + "=" + std::string(300, '/') + "\n");
    ASSERT_FALSE(refused) << key.key;
    EXPECT_EQ(refused.error().code == ResponseCode::NoPermission, !allowed.contains(key.key))
        << key.key << ": " << refused.error().remark;
  }
  EXPECT_EQ(settings_.print(), before);
}

TEST_F(NamesrvSettingsTest, AMalformedOrUnknownKeyChangesNothing) {
  EXPECT_TRUE(settings_.update("orderMessageEnable=true\nclusterTst=true\n").has_error());
  EXPECT_TRUE(settings_.update("productEnvName=x\norderMessageEnable=maybe\n").has_error());
  EXPECT_TRUE(settings_.update("productEnvName=\\u00\n").has_error());

  EXPECT_FALSE(settings_.order_message_enable());
  EXPECT_EQ(settings_.config().product_env_name, "center");
}

TEST_F(NamesrvSettingsTest, AChangeThatCannotBeWrittenIsNotMade) {
  directory_.write("home", "a file where a directory should be");

  EXPECT_TRUE(settings_.update("orderMessageEnable=true\n").has_error());
  EXPECT_FALSE(settings_.order_message_enable());
  EXPECT_FALSE(settings_.config().order_message_enable);
}

TEST_F(NamesrvSettingsTest, AValueCannotSmuggleALineIntoTheFile) {
  ASSERT_TRUE(settings_.update("productEnvName=a\\nkvConfigPath=/etc/x\n"));

  EXPECT_EQ(directory_.read("home/namesrv/namesrv.properties"),
            "productEnvName=a\\nkvConfigPath=/etc/x\n");
}

}  // namespace
}  // namespace rocketmq::namesrv
