#include "rocketmq/filtersrv/filter_server_settings.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "rocketmq/filtersrv/filter_server.hpp"
#include "temp_dir.hpp"

namespace rocketmq::filtersrv {
namespace {

class FilterServerSettingsTest : public testing::Test {
 protected:
  std::string at_line(int line) const {
    return (directory_ / "filter.properties").string() + ":" + std::to_string(line) + ": ";
  }
  /// What check() says of the text's keys.
  std::string refusal(const std::string& text) {
    EXPECT_TRUE(load(text));
    const auto checked = settings_.check();
    return checked ? "taken" : checked.error().remark;
  }
  /// Why a filter server with these keys does not start.
  std::string refused_start(const std::string& text) {
    EXPECT_TRUE(load(text));
    const SystemClock clock;
    const auto server = FilterServer::open(settings_, clock);
    return server ? "started" : server.error().remark;
  }

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

TEST_F(FilterServerSettingsTest, ListenAsTheBrokerThatStartsThem) {
  const auto bind_address_with = [](const char* of_broker) {
    ::setenv("NAMESRV_ADDR", "10.0.0.1:9876", 1);
    if (of_broker != nullptr) ::setenv("ROCKETMQ_FILTERSRV_BIND", of_broker, 1);
    FilterServerSettings settings;
    EXPECT_TRUE(settings.configure(DaemonOptions(), [](const std::string& /*line*/) {}));
    ::unsetenv("NAMESRV_ADDR");
    ::unsetenv("ROCKETMQ_FILTERSRV_BIND");
    return settings.config.bind_address;
  };
  EXPECT_EQ(bind_address_with("127.0.0.1"), "127.0.0.1") << "its name servers are the broker's";
  EXPECT_EQ(bind_address_with("10.0.0.5"), "10.0.0.5");
  EXPECT_EQ(bind_address_with(nullptr), "0.0.0.0");
}

TEST_F(FilterServerSettingsTest, HoldInstalledFiltersByTheirClass) {
  ASSERT_TRUE(load("filterClass.com.example.Every=expr:SequenceId % 3 = 0\n"));
  EXPECT_TRUE(warnings_.empty());
  EXPECT_EQ(settings_.config.filter_classes.at("com.example.Every"), "expr:SequenceId % 3 = 0");
  EXPECT_THAT(settings_.print(false),
              testing::HasSubstr("filterClass.com.example.Every=expr:SequenceId % 3 = 0\n"));
}

TEST_F(FilterServerSettingsTest, RefuseTheStartWithTheKeyAndThePlaceOfAnInstalledFilter) {
  EXPECT_EQ(refused_start("# a\nfilterClass.a.B=expr:a % = 0\n"),
            at_line(2) +
                "filterClass.a.B: at column 5: expected a property, a value or '(' "
                "instead of '='");
  EXPECT_EQ(refused_start("filterClass.a.B=a % 3 = 0\n"),
            at_line(1) +
                "filterClass.a.B: expected expr: and an expression, or lib: and the path "
                "of a library, not 'a % 3 = 0'");
  EXPECT_EQ(load("\n\nfilterClass.../etc/x=expr:a = 1\n").error().remark,
            at_line(3) +
                "filterClass.../etc/x: '../etc/x' is no name of a class: letters, digits, "
                "'_', '$', '-' and dots");
}

TEST_F(FilterServerSettingsTest, RefuseTheStartWithAnEngineThatIsNotThere) {
  EXPECT_EQ(
      refused_start("filterServerIP=127.0.0.1\nfilterEngines=expr;basic\n"),
      at_line(2) + "filterEngines: there is no engine 'basic'; there are expr, lua, cpp, java");
}

TEST_F(FilterServerSettingsTest, RefuseTheStartWithAFileOfKeysThatIsDamaged) {
  const std::string keys = directory_.write("keys.pem", "# keys\nAAAA\n").string();
  EXPECT_EQ(refused_start("filterUploadKeys=" + keys + "\n"),
            at_line(1) + "filterUploadKeys: " + keys +
                ":2: expected -----BEGIN PUBLIC KEY-----, an empty line or one that begins with #");
  EXPECT_THAT(refused_start("filterUploadKeys=/nowhere/keys.pem\n"),
              testing::StartsWith(at_line(1) + "filterUploadKeys: the file /nowhere/keys.pem"));
}

TEST_F(FilterServerSettingsTest, RefuseAMessageDeadlineThatIsNoneWithinItsBatch) {
  EXPECT_EQ(refusal("filterMessageDeadlineMillis=4999\n"), "taken");
  EXPECT_EQ(refusal("\nfilterMessageDeadlineMillis=5000\n"),
            at_line(2) +
                "filterMessageDeadlineMillis: expected less than "
                "filterBatchDeadlineMillis, which is 5000, not 5000");
}

TEST_F(FilterServerSettingsTest, RefuseAWorkerWithMoreMemoryThanAllOfThem) {
  EXPECT_EQ(refusal("filterWorkersMemoryBytesMax=67108864\n"), "taken");
  EXPECT_EQ(refusal("filterWorkersMemoryBytesMax=67108864\nfilterWorkerMemoryBytes=67108865\n"),
            at_line(2) +
                "filterWorkerMemoryBytes: expected no more than "
                "filterWorkersMemoryBytesMax, which is 67108864, not 67108865");
  EXPECT_EQ(refusal("filterWorkerMemoryBytes=67108864\nfilterEngines=expr; java\n"),
            "filterJavaMemoryBytes: expected no more than filterWorkersMemoryBytesMax, which is "
            "67108864, not 536870912");
}

TEST_F(FilterServerSettingsTest, RefuseToPublishAnAddressThatNobodyCanConnectTo) {
  EXPECT_EQ(refusal("filterServerIP=10.0.0.1\n"), "taken");
  EXPECT_THAT(refusal("filterServerIP=0.0.0.0\n"),
              testing::StartsWith(at_line(1) + "filterServerIP: 0.0.0.0 is no address that"));
  EXPECT_EQ(refusal("filterServerIP=filter.example.com\n"),
            at_line(1) + "filterServerIP: 'filter.example.com' is no IPv4 or IPv6 address");
}

TEST_F(FilterServerSettingsTest, NameKeysWithoutEffectAndUnknownOnes) {
  ASSERT_TRUE(load("filterClassRepertoryUrl=http://example.com\nfilterServerIp=10.0.0.1\n"));
  EXPECT_THAT(warnings_,
              testing::UnorderedElementsAre(testing::HasSubstr("filterClassRepertoryUrl"),
                                            testing::HasSubstr("filterServerIP")));
}

}  // namespace
}  // namespace rocketmq::filtersrv
