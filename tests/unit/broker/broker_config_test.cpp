#include "rocketmq/broker/broker_config.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "config/program_text.hpp"
#include "rocketmq/common/config_update.hpp"
#include "rocketmq/common/endpoint.hpp"
#include "rocketmq/common/home.hpp"
#include "rocketmq/common/version.hpp"
#include "temp_dir.hpp"

namespace rocketmq::broker {
namespace {

class BrokerConfigTest : public ::testing::Test {
 protected:
  Result<void> apply(const std::string& text) {
    std::ofstream(file, std::ios::trunc) << text;
    const std::string path = file.string();
    const char* arguments[] = {"mqbroker", "-c", path.c_str()};
    return configure(parse_command_line(3, arguments));
  }
  static DaemonOptions parse_command_line(int argc, const char* const* argv) {
    return parse_options(program_text(), argc, argv);
  }
  Result<void> configure(const DaemonOptions& options) {
    return settings.configure(
        options, [this](std::string warning) { warnings.push_back(std::move(warning)); });
  }
  const int no_name_server = ::unsetenv("NAMESRV_ADDR");
  rocketmq::test::TempDir directory;
  const std::filesystem::path file = directory.path() / "broker.properties";
  BrokerSettings settings;
  std::vector<std::string> warnings;
};

TEST_F(BrokerConfigTest, ReadsKeysOfTheBrokerAndOfItsStore) {
  ASSERT_TRUE(apply(
      "brokerName = broker-b \nlistenPort=20911  \nmaxMessageSize=1024\nbrokerIP1=10.1.2.3\n"));
  EXPECT_EQ(settings.broker.broker_name, "broker-b");
  EXPECT_EQ(settings.broker.listen_port, 20'911) << "trailing blanks do not matter";
  EXPECT_EQ(settings.store.max_message_size, 1'024);
  EXPECT_EQ(settings.broker.address(), "10.1.2.3:20911");
  ASSERT_TRUE(settings.finish());
}

TEST_F(BrokerConfigTest, WarnsOfUnknownKeysAndOnceOfThoseOfOtherReleases) {
  ASSERT_TRUE(
      apply("listenPrt=1\nsendMessageThreadPoolNums=16\nuseEpollNativeSelector="
            "true\npopPollingSize=7\n"));
  ASSERT_EQ(warnings.size(), 2U);
  EXPECT_NE(warnings.front().find("listenPort"), std::string::npos) << warnings.front();
  EXPECT_NE(
      warnings.back().find(
          "no effect here: sendMessageThreadPoolNums, useEpollNativeSelector, popPollingSize"),
      std::string::npos)
      << warnings.back();
}

TEST_F(BrokerConfigTest, RefusesAMalformedValueByFileLineKeyAndReason) {
  const auto refused = apply("brokerName=a\nlistenPort=1024*8\n");
  ASSERT_FALSE(refused);
  for (const std::string part : {"broker.properties", ":2", "listenPort", "1024*8"}) {
    EXPECT_NE(refused.error().remark.find(part), std::string::npos) << refused.error().remark;
  }
}

TEST_F(BrokerConfigTest, ASyncMasterThatWaitsForNoSlaveComesWithACaution) {
  for (const char* role : {"ASYNC_MASTER", "SYNC_MASTER", "SLAVE"}) {
    ASSERT_TRUE(apply("brokerId=1\nbrokerRole=" + std::string(role) + "\n"));
    ASSERT_TRUE(settings.finish());
    EXPECT_TRUE(settings.cautions().empty()) << role;
  }
  ASSERT_TRUE(apply("brokerRole=SYNC_MASTER\ninSyncReplicas=1\n"));
  ASSERT_TRUE(settings.finish());
  ASSERT_EQ(settings.cautions().size(), 1U);
  EXPECT_NE(settings.cautions().front().find("inSyncReplicas=1"), std::string::npos);
}

TEST_F(BrokerConfigTest, SlavesFindTheMasterBesideItsClientsUnlessTheirPortIsConfigured) {
  ASSERT_TRUE(apply("brokerIP2=10.0.0.2\nlistenPort=30000\n"));
  ASSERT_TRUE(settings.finish());
  EXPECT_EQ(settings.broker.ha_address(), "10.0.0.2:30001");
  ASSERT_TRUE(apply("brokerIP2=10.0.0.2\nhaListenPort=40000\n"));
  ASSERT_TRUE(settings.finish());
  EXPECT_EQ(settings.broker.ha_address(), "10.0.0.2:40000");
  for (const char* taken : {"30000", "29998"}) {
    ASSERT_TRUE(apply("haListenPort=" + std::string(taken) + "\n"));
    EXPECT_FALSE(settings.finish()) << taken;
  }
}

TEST_F(BrokerConfigTest, ForcesWhatTheRoleDictates) {
  ASSERT_TRUE(apply("brokerId=7\n"));
  ASSERT_TRUE(settings.finish());
  EXPECT_EQ(settings.broker.broker_id, 0) << "a master has id 0";
  ASSERT_TRUE(apply("brokerRole=SLAVE\nbrokerId=0\n"));
  const auto refused = settings.finish();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().remark, "Slave's brokerId must be > 0");
  ASSERT_TRUE(apply("brokerRole=SLAVE\nbrokerId=1\n"));
  EXPECT_TRUE(settings.finish());
}

TEST_F(BrokerConfigTest, RefusesAnAddressThatIsNone) {
  ASSERT_TRUE(apply("namesrvAddr=127.0.0.1\n"));
  const auto refused = settings.finish();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().remark,
            "The Name Server Address[127.0.0.1] illegal, please set it as follows, "
            "\"127.0.0.1:9876;192.168.0.1:9876\"");
  ASSERT_TRUE(apply("namesrvAddr=127.0.0.1:9876;192.168.0.1:9876\nbrokerIP1=not an address\n"));
  EXPECT_FALSE(settings.finish());
}

TEST_F(BrokerConfigTest, TheCommandLineWinsOverTheFile) {
  std::ofstream(file) << "namesrvAddr=10.0.0.1:9876\n";
  const std::string path = file.string();
  const char* arguments[] = {"mqbroker", "-n", "10.0.0.2:9876", "-c", path.c_str()};
  ASSERT_TRUE(configure(parse_command_line(5, arguments)));
  EXPECT_EQ(settings.broker.namesrv_addr, "10.0.0.2:9876");
}

TEST_F(BrokerConfigTest, NamesTheFileThatCannotBeRead) {
  const char* arguments[] = {"mqbroker", "-c", "/no/such/file"};
  const auto refused = configure(parse_command_line(3, arguments));
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().remark.find("/no/such/file (No such file or directory)"),
            std::string::npos);
}

TEST_F(BrokerConfigTest, PrintsItsUsage) {
  const char* help[] = {"mqbroker", "-h"};
  EXPECT_EQ(parse_command_line(2, help).exit_code, 0);
  EXPECT_EQ(parse_command_line(2, help).output.find(
                "usage: mqbroker [-c <arg>] [-h] [-m] [-n <arg>] [-p] [-v]\n"),
            0U);
  const char* unknown[] = {"mqbroker", "--frobnicate"};
  EXPECT_EQ(parse_command_line(2, unknown).exit_code, 1);
  const char* incomplete[] = {"mqbroker", "-c"};
  EXPECT_EQ(parse_command_line(2, incomplete).exit_code, 1);
}

TEST_F(BrokerConfigTest, RegistersAHostNameAndGivesMessagesItsAddress) {
  ASSERT_TRUE(apply("brokerIP1=localhost\nbrokerIP2=localhost\nlistenPort=20911\n"));
  ASSERT_TRUE(settings.finish());
  EXPECT_EQ(settings.broker.address(), "localhost:20911");
  EXPECT_EQ(settings.broker.ha_address(), "localhost:20912");
  EXPECT_EQ(settings.broker.store_host.get(), Endpoint::v4(127, 0, 0, 1, 20'911));
}

TEST_F(BrokerConfigTest, NamesTheHostThatCannotBeResolved) {
  ASSERT_TRUE(apply("brokerIP1=no-such-host.invalid\n"));
  const auto refused = settings.finish();
  ASSERT_FALSE(refused);
  for (const std::string part : {"brokerIP1", "no-such-host.invalid"})
    EXPECT_NE(refused.error().remark.find(part), std::string::npos) << refused.error().remark;
}

TEST_F(BrokerConfigTest, StartedWithNothingItListensOnThisMachineAndPublishesThatAddress) {
  ASSERT_TRUE(configure({}));
  EXPECT_EQ(settings.broker.bind_address, "127.0.0.1");
  EXPECT_EQ(settings.broker.address(), "127.0.0.1:10911");
  EXPECT_EQ(settings.broker.broker_ip2, "127.0.0.1");
}

TEST_F(BrokerConfigTest, ListensForOtherHostsWhereTheFileNamesOne) {
  for (const std::string key : {"brokerIP1=10.0.0.1", "brokerIP2=10.0.0.1",
                                "namesrvAddr=10.0.0.1:9876", "haMasterAddress=10.0.0.1:10912"}) {
    BrokerSettings fresh;
    std::ofstream(file) << key << "\n";
    ASSERT_TRUE(fresh.configure({.config_file = file.string()}, nullptr));
    EXPECT_EQ(fresh.broker.bind_address, "0.0.0.0") << key;
    EXPECT_FALSE(fresh.broker.administrators.contains(Endpoint::v4(10, 0, 0, 9, 1))) << key;
    if (!key.starts_with("brokerIP1")) {
      EXPECT_EQ(fresh.broker.broker_ip1, local_ip()) << key;
    }
  }
}

TEST_F(BrokerConfigTest, ListensForOtherHostsWhereTheCommandLineNamesTheirNameServer) {
  ASSERT_TRUE(configure({.namesrv_addr = "10.0.0.1:9876"}));
  EXPECT_EQ(settings.broker.bind_address, "0.0.0.0");
}

TEST_F(BrokerConfigTest, PublishesTheOneAddressThatItListensOn) {
  ASSERT_TRUE(apply("bindAddress=10.0.0.1\n"));
  EXPECT_EQ(settings.broker.bind_address, "10.0.0.1");
  EXPECT_EQ(settings.broker.address(), "10.0.0.1:10911");
}

TEST_F(BrokerConfigTest, TheAccountOfItsOwnRequestsRefusesTheStartWhenItCannotBeRead) {
  ASSERT_TRUE(apply("aclCredentialsFile=/no/such/account.yml\n"));
  const auto refused = settings.finish();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().remark,
            "aclCredentialsFile: /no/such/account.yml: there is no such file");
}

/// What a remote request may set at all: no path, address, port or command, and nothing that is
/// read at the start.
TEST_F(BrokerConfigTest, RemoteRequestsChangeOnlyKeysOfTheListWithinTheirRange) {
  const std::string before = settings.table.print();
  const auto update = [this](const std::string& key, const std::string& value) {
    return update_config_remotely(settings.table, key + "=" + value + "\n", {},
                                  [](std::string_view) { return false; });
  };
  std::size_t changeable = 0;
  for (const ConfigKey& key : settings.table.keys()) {
    if (!key.remotely_changeable) {
      const auto refused = update(key.name, key.print());
      ASSERT_FALSE(refused) << key.name;
      EXPECT_EQ(refused.error().code, ResponseCode::NoPermission) << key.name;
      EXPECT_NE(refused.error().remark.find(key.name), std::string::npos) << key.name;
      continue;
    }
    ++changeable;
    EXPECT_EQ(key.changeable, Changeable::AtOnce) << key.name;
    EXPECT_FALSE(names_a_place(key)) << key.name;
    for (const std::string value : {"; rm -rf /tmp/x", "../../etc/passwd", "99999999999999999999"})
      EXPECT_FALSE(update(key.name, value)) << key.name << "=" << value;
  }
  EXPECT_GT(changeable, 50U);
  EXPECT_EQ(settings.table.print(), before);
}

TEST_F(BrokerConfigTest, HoursForDeletingAreHoursOfTheDay) {
  for (const std::string good : {"04", "4", "04;16", "0; 23", "04;"})
    EXPECT_TRUE(apply("deleteWhen=" + good + "\n")) << good;
  for (const std::string bad : {"", "24", "99", "04;x", "4am", "-1", "04,16", ";04"}) {
    const auto refused = apply("deleteWhen=" + bad + "\n");
    ASSERT_FALSE(refused) << bad;
    EXPECT_NE(refused.error().remark.find("deleteWhen"), std::string::npos);
  }
}

TEST_F(BrokerConfigTest, FindsTheHomeDirectoryInPaths) {
  const std::string home = home_directory().string();
  ASSERT_TRUE(
      apply("storePathRootDir=${user.home}/store-a\nstorePathCommitLog=~/log\n"
            "logPath=$HOME/logs\n"));
  EXPECT_EQ(settings.store.store_path_root_dir, home + "/store-a");
  EXPECT_EQ(settings.store.store_path_commit_log, home + "/log");
  EXPECT_EQ(settings.log.directory, home + "/logs");
  EXPECT_FALSE(apply("storePathRootDir=$DATA/store\n"));
}

TEST_F(BrokerConfigTest, PrintsItsVersion) {
  for (const char* option : {"-v", "--version"}) {
    const char* arguments[] = {"mqbroker", option};
    const DaemonOptions asked = parse_command_line(2, arguments);
    EXPECT_EQ(asked.exit_code, 0);
    EXPECT_EQ(asked.output, "mqbroker " + std::string(version()) + "\n");
  }
}

}  // namespace
}  // namespace rocketmq::broker
