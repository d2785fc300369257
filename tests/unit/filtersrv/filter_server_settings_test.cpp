#include "rocketmq/filtersrv/filter_server_settings.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "rocketmq/filtersrv/filter_server.hpp"
#include "temp_dir.hpp"

namespace rocketmq::filtersrv {
namespace {

class FilterServerSettingsTest : public testing::Test {
 protected:
  Result<void> load(const std::string& text) {
    DaemonOptions options;
    options.config_file = directory_.write("filter.properties", text).string();
    return settings_.configure(options, [this](std::string line) { warnings_.push_back(line); });
  }

  test::TempDir directory_;
  FilterServerSettings settings_;
  std::vector<std::string> warnings_;
};

TEST_F(FilterServerSettingsTest, TakeTheBrokersPortFromItsOwnFile) {
  EXPECT_EQ(settings_.config.broker_address(), "127.0.0.1:10911");
  ASSERT_TRUE(load("listenPort=20911\n"));
  EXPECT_EQ(settings_.config.broker_address(), "127.0.0.1:20911");
  EXPECT_THAT(settings_.print(true), testing::HasSubstr("connectWhichBroker=127.0.0.1:20911\n"));
}

TEST_F(FilterServerSettingsTest, NameTheBrokerByItsAddressFirst) {
  ASSERT_TRUE(load("connectWhichBroker=10.0.0.1:10911\nlistenPort=20911\n"));
  EXPECT_EQ(settings_.config.broker_address(), "10.0.0.1:10911");
  EXPECT_FALSE(load("connectWhichBroker=broker\n"));
}

TEST_F(FilterServerSettingsTest, HoldInstalledFiltersByTheirClass) {
  ASSERT_TRUE(load("filterClass.com.example.Every=expr:SequenceId % 3 = 0\n"));
  EXPECT_TRUE(warnings_.empty());
  EXPECT_EQ(settings_.config.filter_classes.at("com.example.Every"), "expr:SequenceId % 3 = 0");
  EXPECT_THAT(settings_.print(false),
              testing::HasSubstr("filterClass.com.example.Every=expr:SequenceId % 3 = 0\n"));
  EXPECT_FALSE(load("filterClass.../etc/x=expr:a = 1\n"));
}

TEST_F(FilterServerSettingsTest, RefuseTheStartWithAnInstalledFilterThatDoesNotCompile) {
  const SystemClock clock;
  ASSERT_TRUE(load("filterClass.a.B=expr:a % = 0\n"));
  const auto server = FilterServer::open(settings_, clock);
  ASSERT_FALSE(server);
  EXPECT_EQ(server.error().remark,
            "filterClass.a.B: at column 5: expected a property, a value or '(' instead of '='");
}

TEST_F(FilterServerSettingsTest, RefuseTheStartWithAnEngineThatIsNotThere) {
  const SystemClock clock;
  ASSERT_TRUE(load("filterEngines=expr;basic\n"));
  const auto server = FilterServer::open(settings_, clock);
  ASSERT_FALSE(server);
  EXPECT_THAT(server.error().remark, testing::HasSubstr("there is no engine 'basic'"));
}

TEST_F(FilterServerSettingsTest, NameKeysWithoutEffectAndUnknownOnes) {
  ASSERT_TRUE(load("filterClassRepertoryUrl=http://example.com\nfilterServerIp=10.0.0.1\n"));
  EXPECT_THAT(warnings_,
              testing::UnorderedElementsAre(testing::HasSubstr("filterClassRepertoryUrl"),
                                            testing::HasSubstr("filterServerIP")));
}

}  // namespace
}  // namespace rocketmq::filtersrv
