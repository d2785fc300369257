// A broker whose store lies on a small file system of its own, which is then filled. The file
// system is a tmpfs that only the broker sees; the test reaches it through the broker's /proc
// entry.

#include <filesystem>
#include <fstream>
#include <thread>

#include "broker_daemon.hpp"

namespace rocketmq::test {
namespace {

namespace fs = std::filesystem;

constexpr const char* full_topic = "Full";

class FullDiskTest : public BrokerDaemonTest {
 protected:
  FullDiskTest() {
    fs::create_directories(mount());
    port_ = free_broker_port();
  }
  fs::path mount() const { return home_ / "disk"; }
  /// The mounted directory as the broker sees it.
  fs::path disk_of(const Process& broker) const {
    return fs::path("/proc") / std::to_string(broker.pid()) / "root" / mount().relative_path();
  }

  std::unique_ptr<Process> start_on_small_disk() {
    const std::string config =
        configure(port_, "storePathRootDir=" + (mount() / "store").string() +
                             "\nmappedFileSizeCommitLog=1048576\n"
                             "maxMessageSize=65536\n"
                             // Up to the last byte, not up to the mark.
                             "diskSpaceWarningLevelRatio=100\ncleanFileForciblyEnable=false\n"
                             "cleanResourceInterval=50\n");
    return std::make_unique<Process>(
        "/usr/bin/unshare",
        ProcessOptions{
            .arguments = {"--user", "--map-root-user", "--mount", "/bin/sh", "-c",
                          "mount -t tmpfs -o size=24m none \"$1\" && exec \"$2\" -c \"$3\"", "sh",
                          mount().string(), std::string(ROCKETMQ_BIN_DIR) + "/mqbroker", config},
            .environment = {{"HOME", home_.text()}},
            .without_environment = {"ROCKETMQ_HOME", "NAMESRV_ADDR"}});
  }

  /// Leaves `bytes_left` on the disk.
  static void fill(const fs::path& disk, std::uintmax_t bytes_left) {
    const std::uintmax_t bytes = fs::space(disk).available - bytes_left;
    std::ofstream(disk / "filler") << std::string(bytes, 'f');
  }
};

TEST_F(FullDiskTest, SendsAreRefusedReadsGoOnAndSpaceBringsTheWriterBack) {
  if (!fs::exists("/usr/bin/unshare")) GTEST_SKIP() << "there is no unshare program";
  const auto broker = start_on_small_disk();
  if (!broker->wait_for_line(boot_text)) {
    GTEST_SKIP() << "this user may not mount a file system in a namespace: "
                 << broker->error_output();
  }
  const fs::path disk = disk_of(*broker);
  BrokerClient client(port_);
  ASSERT_EQ(client.create_topic(full_topic, 1).response_code(), ResponseCode::Success);
  std::vector<std::string> acknowledged;
  const auto send_until_refused = [&] {
    for (;;) {
      std::string body = std::to_string(acknowledged.size()) + ":" + std::string(50'000, 'b');
      auto answer = client.send(full_topic, 0, body);
      if (answer.response_code() != ResponseCode::Success) return answer;
      acknowledged.push_back(std::move(body));
    }
  };
  for (int round = 0; round < 3; ++round) {
    fill(disk, 1'500'000);
    const auto refused = send_until_refused();
    EXPECT_TRUE(refused.response_code() == ResponseCode::ServiceNotAvailable ||
                refused.remark.find("CREATE_MAPEDFILE_FAILED") != std::string::npos ||
                refused.remark.find("sends are slowed down") != std::string::npos ||
                refused.response_code() == ResponseCode::SystemError)
        << static_cast<int>(refused.response_code()) << ' ' << refused.remark;
    EXPECT_EQ(client.pull_all(full_topic, 0, acknowledged.size()), acknowledged)
        << "reads continue";
    const auto once_more = client.send(full_topic, 0, std::string(60'000, 'x'));
    EXPECT_NE(once_more.response_code(), ResponseCode::Success);

    fs::remove(disk / "filler");
    auto answer = client.send(full_topic, 0, "after");
    for (int tries = 0; tries < 3'000 && answer.response_code() != ResponseCode::Success; ++tries) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
      answer = client.send(full_topic, 0, "after");
    }
    ASSERT_EQ(answer.response_code(), ResponseCode::Success) << answer.remark;
    acknowledged.emplace_back("after");
    EXPECT_EQ(client.pull_all(full_topic, 0, acknowledged.size()), acknowledged);
  }
  EXPECT_EQ(broker->stop(), 0);
}

}  // namespace
}  // namespace rocketmq::test
