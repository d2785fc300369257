// A master and a slave as daemons, killed and started again.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "broker_daemon.hpp"

namespace rocketmq::test {
namespace {

class HaTest : public BrokerDaemonTest {
 protected:
  HaTest() : master_port_(free_broker_port()), slave_port_(free_broker_port()) {}

  std::unique_ptr<Process> start_at(std::uint16_t port, const std::string& store,
                                    const std::string& keys) {
    auto broker = run({"-c", configure(port, "storePathRootDir=" + (home_ / store).string() +
                                                 "\nstorePathCommitLog=\nlogPath=" +
                                                 (home_ / ("logs-" + store)).string() +
                                                 "\nflushDiskType=SYNC_FLUSH\n"
                                                 // A machine under load is not what is tested.
                                                 "syncFlushTimeout=60000\nslaveTimeout=60000\n"
                                                 "waitTimeMillsInSendQueue=60000\n" +
                                                 keys)});
    EXPECT_TRUE(broker->wait_for_line(boot_text)) << broker->error_output();
    return broker;
  }
  std::unique_ptr<Process> start_master(const std::string& role) {
    return start_at(master_port_, "master", "brokerRole=" + role + "\n");
  }
  std::unique_ptr<Process> start_slave(const std::string& more_keys = {}) {
    return start_at(slave_port_, "slave",
                    "brokerRole=SLAVE\nbrokerId=1\nhaMasterAddress=127.0.0.1:" +
                        std::to_string(master_port_ + 1) + "\n" + more_keys);
  }
  /// Sends until the master says that the slave has a message.
  static void wait_until_followed(BrokerClient& client) {
    while (client.send("Orders", 0, "who follows?").response_code() != ResponseCode::Success) {
    }
  }
  /// Whether this broker's log of a subject has a line with `text`.
  bool logs(const std::string& store, const std::string& subject, const std::string& text) const {
    return home_.read("logs-" + store + "/" + subject + ".log").find(text) != std::string::npos;
  }
  static bool has_thread(const Process& process, const std::string& name) {
    const auto tasks = std::filesystem::path("/proc") / std::to_string(process.pid()) / "task";
    for (const auto& task : std::filesystem::directory_iterator(tasks)) {
      std::ifstream comm(task.path() / "comm");
      if (std::string found; std::getline(comm, found) && found == name) return true;
    }
    return false;
  }
  std::string log_of(const std::string& store) const {
    return home_.read(store + "/commitlog/00000000000000000000");
  }

  const std::uint16_t master_port_;
  const std::uint16_t slave_port_;
};

TEST_F(HaTest, WhatASyncMasterAcknowledgedIsOnItsSlaveWhenItIsKilledAndItsDiskThrownAway) {
  auto master = start_master("SYNC_MASTER");
  auto slave = start_slave();
  std::vector<std::string> acknowledged;
  {
    BrokerClient client(master_port_);
    wait_until_followed(client);
    for (int i = 0; i < 200; ++i) {
      const std::string body = "message " + std::to_string(i);
      ASSERT_EQ(client.send("Bills", 0, body).response_code(), ResponseCode::Success);
      acknowledged.push_back(body);
    }
  }
  master->kill();
  std::filesystem::remove_all(home_ / "master");
  slave->kill();
  slave = start_at(slave_port_, "slave", "brokerRole=SYNC_MASTER\n");
  BrokerClient client(slave_port_);
  EXPECT_EQ(client.pull_all("Bills", 0, acknowledged.size()), acknowledged);
  // No slave follows the new master.
  EXPECT_EQ(client.send("Bills", 0, "one more").response_code(), ResponseCode::SlaveNotAvailable);
}

TEST_F(HaTest, ASlaveThatIsKilledAgainAndAgainHasItsMastersLog) {
  auto master = start_master("SYNC_MASTER");
  BrokerClient client(master_port_);
  for (int round = 0; round < 5; ++round) {
    auto slave = start_slave();
    wait_until_followed(client);
    for (int i = 0; i < 20 * round; ++i)
      client.post(BrokerClient::send_request("Orders", 0, std::string(3'000, 'x')));
    wait_until_followed(client);
    slave->kill();
  }
  auto slave = start_slave();
  wait_until_followed(client);
  EXPECT_EQ(master->stop(), 0);
  EXPECT_EQ(slave->stop(), 0);
  const std::string log = log_of("master");
  ASSERT_FALSE(log.empty());
  EXPECT_TRUE(log_of("slave") == log) << "the logs differ";
}

TEST_F(HaTest, ReplicationIsLoggedInAFileOfItsOwnAtALevelOfItsOwn) {
  auto master = start_master("SYNC_MASTER");
  auto slave = start_slave("logLevelHa=error\n");
  {
    BrokerClient client(master_port_);
    wait_until_followed(client);
  }
  EXPECT_EQ(master->stop(), 0);
  while (!logs("slave", "ha", "next try in")) std::this_thread::yield();
  EXPECT_EQ(slave->stop(), 0);
  for (const char* line : {"listening for slaves on", " follows from "}) {
    EXPECT_TRUE(logs("master", "ha", line)) << line;
    EXPECT_FALSE(logs("master", "broker", line)) << line;
    EXPECT_FALSE(logs("slave", "ha", line)) << "it is of the level INFO";
  }
  EXPECT_FALSE(logs("slave", "ha", "following master")) << "it is of the level INFO";
}

TEST_F(HaTest, AThreadLooksForOverduePutsOnlyWherePutsWait) {
  const std::string async = "brokerRole=ASYNC_MASTER\nflushDiskType=ASYNC_FLUSH\n";
  const auto paced = start_at(master_port_, "paced", async);
  // A thread takes its name when it first runs.
  while (!has_thread(*paced, "store-flush-due")) std::this_thread::yield();
  const std::string unpaced = async + "asyncSlaveLagMax=0\n";
  EXPECT_FALSE(has_thread(*start_at(slave_port_, "unpaced", unpaced), "store-flush-due"));
}

TEST_F(HaTest, ASlaveTakesNoMessages) {
  auto slave = start_slave();
  BrokerClient client(slave_port_);
  const auto refused = client.send("TBW102", 0, "x");
  EXPECT_EQ(refused.response_code(), ResponseCode::ServiceNotAvailable);
  EXPECT_NE(refused.remark.find("slave"), std::string::npos) << refused.remark;
}

}  // namespace
}  // namespace rocketmq::test
