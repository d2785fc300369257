#include "filter_servers/filter_server_starter.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "temp_dir.hpp"

namespace rocketmq::broker {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::SizeIs;

/// Programs that write down how they were started.
class FilterServerStarterTest : public testing::Test {
 protected:
  FilterServerStarterTest() {
    config_.listen_port = 20'911;
    config_.filter_server_nums = 1;
    config_.rocketmq_home = "/opt/x; touch /tmp/never";
  }

  std::filesystem::path program(const std::string& then, const std::string& first = {}) {
    const std::string note =
        "echo \"$# $* $ROCKETMQ_FILTERSRV_BROKER $ROCKETMQ_HOME $(ls /proc/self/fd | wc -l)\" >>" +
        (directory_ / "starts").string();
    const auto path =
        directory_.write("mqfiltersrv", "#!/bin/sh\n" + first + "\n" + note + "\n" + then + "\n");
    std::filesystem::permissions(path, std::filesystem::perms::owner_all);
    return path;
  }
  std::vector<std::string> starts() const {
    std::ifstream in(directory_ / "starts");
    std::vector<std::string> lines;
    for (std::string line; std::getline(in, line);) lines.push_back(line);
    return lines;
  }
  /// Lets the starter look after its processes until so many have been started.
  void wait_for(FilterServerStarter& starter, std::size_t count) {
    for (int i = 0; i < 6'000 && starts().size() < count; ++i) {
      starter.tick();
      std::this_thread::sleep_for(10ms);
    }
    ASSERT_THAT(starts(), SizeIs(testing::Ge(count)));
  }

  test::TempDir directory_;
  ManualClock clock_;
  BrokerConfig config_;
};

TEST_F(FilterServerStarterTest, StartsItsProgramWithoutAShell) {
  config_.filter_server_config_path = directory_ / "a b; touch c";
  FilterServerStarter starter(config_, clock_, program("exec sleep 600"));
  wait_for(starter, 1);
  EXPECT_THAT(starts()[0], HasSubstr("2 -c " + config_.filter_server_config_path.string() +
                                     " 127.0.0.1:20911 /opt/x; touch /tmp/never 4"))
      << "the name of a file is one argument, and no descriptor of the broker is inherited";
  starter.stop();
}

TEST_F(FilterServerStarterTest, StartsAgainWhatHasEnded) {
  FilterServerStarter starter(config_, clock_, program("exit 3"));
  wait_for(starter, 1);
  // Until the end has been seen, time stands still: a second start can only come after 1 s.
  for (int i = 0; i < 100; ++i) {
    starter.tick();
    std::this_thread::sleep_for(1ms);
  }
  EXPECT_THAT(starts(), SizeIs(1));
  for (std::size_t count = 2; count < 4; ++count) {
    for (int i = 0; i < 6'000 && starts().size() < count; ++i) {
      clock_.advance(100ms);
      starter.tick();
      std::this_thread::sleep_for(1ms);
    }
    EXPECT_THAT(starts(), SizeIs(testing::Ge(count)));
  }
}

TEST_F(FilterServerStarterTest, EndsThemWithTheBroker) {
  config_.filter_server_nums = 2;
  const std::string note = "echo ended >>" + (directory_ / "ends").string();
  FilterServerStarter starter(
      config_, clock_, program("while :; do sleep 0.05; done", "trap '" + note + "; exit 0' TERM"));
  wait_for(starter, 2);
  starter.stop();
  EXPECT_EQ(directory_.read("ends"), "ended\nended\n");
}

TEST_F(FilterServerStarterTest, GoesOnWithoutAProgram) {
  FilterServerStarter starter(config_, clock_, directory_ / "missing");
  starter.tick();
  clock_.advance(2s);
  starter.tick();
  starter.stop();
}

}  // namespace
}  // namespace rocketmq::broker
