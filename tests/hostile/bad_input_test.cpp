// The tables of bad inputs, sent to the real daemons and given to mqadmin.
#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "case_table.hpp"
#include "daemon_under_test.hpp"
#include "hostile_peer.hpp"

namespace rocketmq::test {
namespace {

using Variables = std::map<std::string, std::string>;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool memory_is_bounded = false;  // sanitizers keep what is freed
#else
constexpr bool memory_is_bounded = true;
#endif

/// What the lines of one group may leave in memory: a table that is full, buffers of one frame.
constexpr std::size_t group_bytes_max = 32 * 1024 * 1024;

std::vector<BadInputGroup> table(const std::string& name, const Variables& variables = {}) {
  return read_bad_inputs(std::filesystem::path(ROCKETMQ_HOSTILE_DIR) / name, variables);
}

void expect_outcome(const BadInput& line, const std::string& outcome) {
  EXPECT_TRUE(is_expected(outcome, line.expected))
      << line.place << ": " << line.description << "\n  expected: " << line.expected
      << "\n  came:     " << outcome.substr(0, 300);
}

void expect_unchanged(DaemonUnderTest& daemon, const Snapshot& before, const BadInputGroup& group) {
  ASSERT_TRUE(daemon.process().is_running()) << daemon.process().error_output();
  EXPECT_TRUE(daemon.serves_honest_clients());
  for (const std::string& part : changed_parts(before, daemon.snapshot(), group.may_change))
    ADD_FAILURE() << group.place << ": \"" << group.name << "\" changed " << part;
}

/// Sends a table to a daemon, or to another of its ports.
void run(DaemonUnderTest& daemon, const std::string& name, int port_offset = 0) {
  for (const BadInputGroup& group : table(name)) {
    SCOPED_TRACE(group.place + ": " + group.name);
    const Snapshot before = daemon.snapshot();
    const std::size_t memory = anonymous_memory_of(daemon.process());
    HostilePeer peer(static_cast<std::uint16_t>(daemon.port() + port_offset));
    for (const BadInput& line : group.cases) {
      expect_outcome(line, peer.outcome_of(line));
    }
    ASSERT_NO_FATAL_FAILURE(expect_unchanged(daemon, before, group));
    if (memory_is_bounded) {
      EXPECT_LT(anonymous_memory_of(daemon.process()), memory + group_bytes_max);
    }
  }
  EXPECT_EQ(daemon.process().stop(), 0) << daemon.process().error_output();
}

TEST(BadInputTest, ABrokerRefusesWhatItsTableLists) {
  BrokerUnderTest broker;
  run(broker, "broker.cases");
}

TEST(BadInputTest, ANameServerRefusesWhatItsTableLists) {
  NameServerUnderTest name_server;
  run(name_server, "namesrv.cases");
}

TEST(BadInputTest, AFilterServerRefusesWhatItsTableLists) {
  FilterServerUnderTest filter_server;
  run(filter_server, "filtersrv.cases");
}

TEST(BadInputTest, AMasterClosesTheConnectionsOfWhatIsNoSlave) {
  BrokerUnderTest broker;
  run(broker, "ha.cases", 1);
}

/// The exit status, and all that it wrote.
std::string outcome_of_mqadmin(const BadInput& line, const TempDir& home) {
  std::vector<std::string> arguments;
  for (const std::string& word : line.words) arguments.push_back(bytes_of_value(word));
  Process mqadmin(std::string(ROCKETMQ_BIN_DIR) + "/mqadmin",
                  ProcessOptions{.arguments = std::move(arguments),
                                 .environment = {{"HOME", home.text()}},
                                 .without_environment = {"ROCKETMQ_HOME", "NAMESRV_ADDR"}});
  const auto status = mqadmin.wait();
  return std::to_string(status.value_or(-1)) + " " + mqadmin.error_output() + mqadmin.output();
}

TEST(BadInputTest, MqadminRefusesWhatItsTableLists) {
  BrokerUnderTest broker;
  NameServerUnderTest name_server;
  const TempDir home;
  home.write("garbage", "\xff\xfe{[");
  home.write("deep.json", bytes_of_value("'['*10000"));
  home.write("path.json", R"([{"topicName":"../x"}])");
  const Variables variables{
      {"BROKER", broker.address()}, {"NAMESRV", name_server.address()}, {"HOME", home.text()}};
  for (const BadInputGroup& group : table("mqadmin.cases", variables)) {
    SCOPED_TRACE(group.place + ": " + group.name);
    const Snapshot before = broker.snapshot();
    const Snapshot routes_before = name_server.snapshot();
    for (const BadInput& line : group.cases) expect_outcome(line, outcome_of_mqadmin(line, home));
    expect_unchanged(broker, before, group);
    expect_unchanged(name_server, routes_before, group);
  }
}

TEST(BadInputTest, TheTablesHaveMoreThanSixHundredLines) {
  std::size_t lines = 0;
  for (const char* name : {"broker.cases", "filtersrv.cases", "frames.cases", "ha.cases",
                           "mqadmin.cases", "namesrv.cases"}) {
    for (const BadInputGroup& group : table(name)) lines += group.cases.size();
  }
  EXPECT_GT(lines, 600U);
}

TEST(BadInputTest, ABrokerSurvivesMalformedFrames) {
  BrokerUnderTest broker;
  run(broker, "frames.cases");
}

TEST(BadInputTest, ANameServerSurvivesMalformedFrames) {
  NameServerUnderTest name_server;
  run(name_server, "frames.cases");
}

TEST(BadInputTest, AFilterServerSurvivesMalformedFrames) {
  FilterServerUnderTest filter_server;
  run(filter_server, "frames.cases");
}

}  // namespace
}  // namespace rocketmq::test
