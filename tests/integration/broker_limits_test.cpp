// The real daemons with few descriptors.
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "broker_daemon.hpp"

namespace rocketmq::test {
namespace {

using remoting::RequestCode;

class BrokerLimitsTest : public BrokerDaemonTest {
 protected:
  /// Starts a daemon after `ulimit` has been run with these options.
  std::unique_ptr<Process> run_limited(const std::string& ulimit, const std::string& daemon,
                                       const std::string& configuration) const {
    return std::make_unique<Process>(
        "/bin/sh",
        ProcessOptions{.arguments = {"-c", "ulimit " + ulimit + " && exec \"$0\" -c \"$1\"",
                                     std::string(ROCKETMQ_BIN_DIR) + "/" + daemon, configuration},
                       .environment = {{"HOME", home_.text()}},
                       .without_environment = {"ROCKETMQ_HOME", "NAMESRV_ADDR"}});
  }
  /// "soft hard" of the open files of a process.
  static std::string open_files_of(const Process& process) {
    std::ifstream limits("/proc/" + std::to_string(process.pid()) + "/limits");
    const std::string name = "Max open files";
    for (std::string line; std::getline(limits, line);) {
      if (!line.starts_with(name)) continue;
      std::istringstream values(line.substr(name.size()));
      std::string soft;
      std::string hard;
      values >> soft >> hard;
      return soft + " " + hard;
    }
    return "unknown";
  }
};

TEST_F(BrokerLimitsTest, RaisesItsLimitOfOpenFilesToTheHardOneAndLogsIt) {
  port_ = free_broker_port();
  const auto broker = run_limited("-Sn 300 && ulimit -Hn 900", "mqbroker", configure(port_));
  ASSERT_TRUE(broker->wait_for_line(boot_text)) << broker->error_output();
  EXPECT_EQ(open_files_of(*broker), "900 900");
  EXPECT_EQ(broker->stop(), 0);
  EXPECT_NE(home_.read("logs/rocketmqlogs/broker.log").find("limit of open files: 900 (was 300)"),
            std::string::npos);
}

TEST_F(BrokerLimitsTest, RaisesTheLimitOfANameServerAsWell) {
  const auto file = home_.write("ns.properties", "listenPort=0\nbindAddress=127.0.0.1\n");
  const auto server = run_limited("-Sn 300 && ulimit -Hn 900", "mqnamesrv", file.string());
  ASSERT_TRUE(server->wait_for_line("boot success")) << server->error_output();
  EXPECT_EQ(open_files_of(*server), "900 900");
}

TEST_F(BrokerLimitsTest, KeepsDescriptorsForItsFilesWhenPeersTakeAllConnections) {
  port_ = free_broker_port();
  const auto broker = run_limited("-n 600", "mqbroker", configure(port_));
  ASSERT_TRUE(broker->wait_for_line(boot_text)) << broker->error_output();
  BrokerClient client(port_);
  ASSERT_EQ(client.send("Orders", 0, "before").response_code(), ResponseCode::Success);
  std::vector<RawConnection> strangers;
  for (int k = 0; k < 700; ++k) strangers.emplace_back(port_);
  for (int k = 0; k < 20; ++k) {
    const auto answer = client.send("New" + std::to_string(k), 0, "first");
    EXPECT_EQ(answer.response_code(), ResponseCode::Success) << answer.remark;
  }
  EXPECT_EQ(client.send("Orders", 0, "after").response_code(), ResponseCode::Success);
  EXPECT_EQ(client.pull_all("Orders", 0, 2), (std::vector<std::string>{"before", "after"}));
}

}  // namespace
}  // namespace rocketmq::test
