// A master and its slave as daemons, and what breaks one of them or the link between them.

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <limits>
#include <ostream>
#include <string>
#include <thread>

#include "replication_pair.hpp"

namespace rocketmq::test {
namespace {

using Way = TcpProxy::Way;

class SyncMasterTest : public ReplicationPair {
 protected:
  SyncMasterTest() {
    role_ = "SYNC_MASTER";
    flush_ = "SYNC_FLUSH";
    more_keys_ = "slaveTimeout=60000\n";
  }
  /// Until so much of the log has gone to the slave.
  bool have_passed(std::int64_t bytes) {
    const std::int64_t enough = master_->link.passed(Way::ToClient) + bytes;
    return comes_true([this, enough] { return master_->link.passed(Way::ToClient) >= enough; });
  }
};

TEST_F(SyncMasterTest, WithItsDiskThrownAwayTheSlaveHasEveryAcknowledgedMessage) {
  ASSERT_NO_FATAL_FAILURE(start_pair());
  // A master that did not wait for the slave would be far ahead of it.
  master_->link.limit(2'000'000);
  begin_traffic(100'000);
  ASSERT_TRUE(have_passed(BrokerNode::log_file_bytes * 3 / 2));
  master_->broker.kill();
  finish_traffic();
  master_->broker.wipe();
  EXPECT_GT(ledger_.count(), 500U) << "hardly anything was acknowledged";

  EXPECT_EQ(slave_->broker.stop(), 0);
  swap_roles();
  role_ = "ASYNC_MASTER";  // it is alone
  start_master();
  ASSERT_NO_FATAL_FAILURE(check_queues(master_->broker));
  // It continues as a master, and a copy of it is its slave.
  traffic(50);
  ASSERT_NO_FATAL_FAILURE(check_queues(master_->broker));
  EXPECT_EQ(master_->broker.stop(), 0);
  copy_master_to_slave();
  role_ = "SYNC_MASTER";
  start_master();
  start_slave();
  ASSERT_NO_FATAL_FAILURE(expect_slave_follows());
  ASSERT_TRUE(comes_true([this] {
    BrokerClient client(master_->broker.port());
    return client.send("Probe", 0, "probe").response_code() == ResponseCode::Success;
  })) << "the copy is not taken for a slave";
}

TEST_F(SyncMasterTest, ASlaveThatIsAwayOrSilentIsSaidToBeAndHoldsNothingElseUp) {
  more_keys_ = "slaveTimeout=300\n";
  ASSERT_NO_FATAL_FAILURE(start_pair());
  const auto outcome = [this](BrokerClient& client) {
    return client.send(topic, 0, "body").response_code();
  };
  BrokerClient client(master_->broker.port());
  ASSERT_TRUE(comes_true([&] { return outcome(client) == ResponseCode::Success; }));

  master_->link.hold(Way::ToClient);
  const std::int32_t waiting = client.post(BrokerClient::send_request(topic, 1, "waits"));
  // The same connection is served while its send waits.
  EXPECT_EQ(client.pull_all(topic, 0, 1).front(), "body");
  const ResponseCode late = client.answer_to(waiting).response_code();
  EXPECT_TRUE(late == ResponseCode::FlushSlaveTimeout || late == ResponseCode::SlaveNotAvailable)
      << static_cast<int>(late);

  slave_->broker.kill();
  master_->link.heal();
  EXPECT_TRUE(comes_true([&] { return outcome(client) == ResponseCode::SlaveNotAvailable; }));
  start_slave();
  EXPECT_TRUE(comes_true([&] { return outcome(client) == ResponseCode::Success; }));
  ASSERT_NO_FATAL_FAILURE(expect_slave_follows());
}

class AsyncMasterTest : public ReplicationPair {
 protected:
  /// Of the line that says that a slave is no longer waited for.
  static constexpr const char* given_up = "does not come nearer";
};

TEST_F(AsyncMasterTest, WithItsDiskThrownAwayNoMoreIsLostThanTheLagThatItShowed) {
  more_keys_ = "haHousekeepingInterval=600000\n";
  ASSERT_NO_FATAL_FAILURE(start_pair());
  traffic(100);
  ASSERT_NO_FATAL_FAILURE(expect_slave_follows());
  master_->link.limit(20'000);
  traffic(1'000);
  // What is on its way does not arrive any more.
  master_->link.hold_both();
  const std::int64_t lag = master_->broker.state_figure("slaveLagMax");
  const std::int64_t end = master_->broker.log_end();
  EXPECT_GT(lag, 0);
  master_->broker.kill();
  EXPECT_EQ(slave_->broker.stop(), 0);
  swap_roles();
  start_master();
  const std::int64_t kept = master_->broker.log_end();
  ASSERT_LT(kept, end) << "nothing was lost: this shows nothing";
  // The first record that is missing was not whole in what the lag leaves.
  EXPECT_GT(slave_->broker.end_of_record(kept), end - lag);
  slave_->broker.wipe();
  ledger_.forget_from(kept);
  EXPECT_GT(ledger_.count(), 0U);
  ASSERT_NO_FATAL_FAILURE(check_queues(master_->broker));
}

TEST_F(AsyncMasterTest, ASlaveInStepIsNeverFurtherBehindThanTheBoundAndOneThatIsNotHoldsNothingUp) {
  constexpr std::int64_t bound = 100'000;
  more_keys_ = "haHousekeepingInterval=600000\nasyncSlaveLagMax=" + std::to_string(bound) + "\n";
  ASSERT_NO_FATAL_FAILURE(start_pair());
  // Any machine sends more in this time than the link carries, and what is under way beyond the
  // bound arrives within a fraction of the second that a send waits. A request has 700 bytes on
  // average, and 4,000 at most.
  constexpr std::size_t window = 4;
  constexpr std::int64_t in_flight = writers * std::int64_t{window} * 4'000;
  master_->link.limit(100'000);
  begin_traffic(150, window);
  std::int64_t lag_max = 0;
  for (int i = 0; i < 30; ++i)
    lag_max = std::max(lag_max, master_->broker.state_figure("slaveLagMax"));
  finish_traffic();
  EXPECT_GT(master_->broker.state_figure("slaveLagWaits"), 0) << "nothing has waited";
  // A machine under load may have kept the link from passing anything for a second.
  if (lag_max >= bound + in_flight) {
    EXPECT_TRUE(logs(master_->broker, given_up)) << lag_max;
  }
  EXPECT_EQ(ledger_.refused_count(), 0U);

  master_->link.heal();
  ASSERT_NO_FATAL_FAILURE(expect_slave_follows());
  ASSERT_TRUE(comes_true([this] { return master_->broker.state_figure("slaveLagMax") == 0; }));
  // Connected and silent, without an end.
  slave_->broker.pause();
  traffic(1'000);
  EXPECT_EQ(ledger_.refused_count(), 0U) << "the master has refused sends";
  EXPECT_GT(master_->broker.state_figure("slaveLagMax"), bound) << "it was not left alone";
  EXPECT_TRUE(logs(master_->broker, given_up));
  slave_->broker.resume();
  ASSERT_NO_FATAL_FAILURE(expect_slave_follows());
  ASSERT_NO_FATAL_FAILURE(check_queues(master_->broker));
  ASSERT_NO_FATAL_FAILURE(check_queues(slave_->broker));
}

TEST_F(AsyncMasterTest, ASlaveThatJoinsUnderFullLoadCatchesUpAndIsInStepFromThenOn) {
  constexpr std::int64_t bound = 1'000'000;
  more_keys_ = "asyncSlaveLagMax=" + std::to_string(bound) + "\n";
  ASSERT_NO_FATAL_FAILURE(start_pair());
  slave_->broker.kill();
  traffic(4'000);
  EXPECT_GT(master_->broker.log_end(), 8 * bound) << "there is nothing to catch up with";
  begin_traffic(std::numeric_limits<int>::max());
  start_slave();
  const auto lag = [this] { return master_->broker.state_figure("slaveLagMax"); };
  EXPECT_TRUE(comes_true([&] {
    return master_->broker.state_figure("slaveCount") == 1 && lag() <= bound / 2;
  })) << lag();
  end_traffic();
  EXPECT_EQ(ledger_.refused_count(), 0U);
  ASSERT_NO_FATAL_FAILURE(expect_slave_follows());
  ASSERT_NO_FATAL_FAILURE(check_queues(slave_->broker));
}

class SlaveRestartTest : public ReplicationPair {};

TEST_F(SlaveRestartTest, AnywhereInTheStreamItsLogIsTheMastersToTheByte) {
  ASSERT_NO_FATAL_FAILURE(start_pair());
  const int restarts = std::getenv("ROCKETMQ_TEST_LONG") != nullptr ? 500 : 25;
  for (int i = 0; i < restarts; ++i) {
    // Each byte of a frame's header and of a record's head, and any other place.
    const std::size_t place =
        i < restarts / 2 ? static_cast<std::size_t>(i) * 2 : random(24, 60'000);
    SCOPED_TRACE("cut behind " + std::to_string(place) + " bytes");
    const std::int64_t ended = master_->link.ended();
    master_->link.cut_after(Way::ToClient, static_cast<std::int64_t>(place));
    begin_traffic(static_cast<int>(random(50, 150)));
    ASSERT_TRUE(comes_true([&] { return master_->link.ended() > ended; }));
    if (i % 2 == 0) {
      slave_->broker.kill();
    } else {
      ASSERT_EQ(slave_->broker.stop(), 0);
    }
    start_slave();
    finish_traffic();
  }
  ASSERT_NO_FATAL_FAILURE(expect_slave_follows());
  ASSERT_NO_FATAL_FAILURE(check_queues(slave_->broker));
}

/// What may happen to the link, and how it is over.
struct LinkFault {
  std::string name;
  std::function<void(TcpProxy&)> begin;
  /// Who gives the other one up while it lasts.
  bool slave_notices = false;
  bool master_notices = false;
  /// So much is sent that the kernel cannot hold what the link does not pass.
  bool fills_buffers = false;
  friend std::ostream& operator<<(std::ostream& out, const LinkFault& fault) {
    return out << fault.name;
  }
};

class HaLinkTest : public ReplicationPair, public testing::WithParamInterface<LinkFault> {
 protected:
  /// More than a socket's send buffer grows to, and the window of the master.
  void send_much() {
    BrokerClient client(master_->broker.port());
    for (int i = 0; i < 150; ++i) {
      ASSERT_EQ(client.send("Probe", 0, std::string(60'000, 'm')).response_code(),
                ResponseCode::Success);
    }
  }
};

TEST_P(HaLinkTest, TheMasterGoesOnAndTheSlaveCatchesUp) {
  ASSERT_NO_FATAL_FAILURE(start_pair());
  begin_traffic(300);
  GetParam().begin(master_->link);
  finish_traffic();
  traffic(200);
  if (GetParam().fills_buffers) {
    ASSERT_NO_FATAL_FAILURE(send_much());
  }
  EXPECT_TRUE(!GetParam().slave_notices || logs(slave_->broker, "the master has been silent"))
      << "the slave waits forever";
  EXPECT_TRUE(!GetParam().master_notices || logs(master_->broker, " has been silent"))
      << "the master waits forever";
  master_->link.heal();
  traffic(100);
  EXPECT_EQ(ledger_.refused_count(), 0U) << "the master has refused sends";
  ASSERT_NO_FATAL_FAILURE(expect_slave_follows());
  ASSERT_NO_FATAL_FAILURE(check_queues(master_->broker));
  ASSERT_NO_FATAL_FAILURE(check_queues(slave_->broker));
}

INSTANTIATE_TEST_SUITE_P(
    Faults, HaLinkTest,
    testing::Values(LinkFault{"Cut", [](TcpProxy& link) { link.cut(); }},
                    LinkFault{"CutOnce", [](TcpProxy& link) { link.cut_once(); }},
                    LinkFault{"PartitionToTheSlave",
                              [](TcpProxy& link) { link.hold(Way::ToClient); },
                              /*slave_notices=*/true},
                    LinkFault{"PartitionToTheMaster",
                              [](TcpProxy& link) { link.hold(Way::ToServer); },
                              /*slave_notices=*/false, /*master_notices=*/true},
                    LinkFault{"PartitionBothWays", [](TcpProxy& link) { link.hold_both(); },
                              /*slave_notices=*/true, /*master_notices=*/true},
                    LinkFault{"HalfOpen", [](TcpProxy& link) { link.leave_half_open(); },
                              /*slave_notices=*/true},
                    LinkFault{.name = "Slow",
                              .begin = [](TcpProxy& link) { link.limit(100'000); },
                              .fills_buffers = true}),
    [](const auto& fault) { return fault.param.name; });

class DamagedLinkTest : public ReplicationPair {
 protected:
  /// One message whose body is most of what the link carries then.
  void send_large() {
    BrokerClient client(master_->broker.port());
    ASSERT_EQ(client.send("Probe", 0, std::string(60'000, 'l')).response_code(),
              ResponseCode::Success);
  }
};

TEST_F(DamagedLinkTest, AChangedByteIsNoticedAndWhatItWasInComesAgain) {
  // Nothing is on the link but what the test puts there.
  more_keys_ = "haSendHeartbeatInterval=600000\nhaHousekeepingInterval=600000\n";
  ASSERT_NO_FATAL_FAILURE(start_pair());
  traffic(50);
  // In a frame's header: position and size; in a record's: size, magic code, place in the log; in
  // its body.
  for (const std::int64_t place : {0, 5, 9, 12, 17, 45, 30'000}) {
    SCOPED_TRACE("byte " + std::to_string(place));
    ASSERT_NO_FATAL_FAILURE(expect_slave_follows());
    master_->link.corrupt_after(Way::ToClient, place);
    ASSERT_NO_FATAL_FAILURE(send_large());
    ASSERT_NO_FATAL_FAILURE(expect_slave_follows());
  }
  ASSERT_NO_FATAL_FAILURE(check_queues(slave_->broker));
}

/// The slave's store lies on a small file system of its own, which only the slave sees.
class SlaveDiskTest : public ReplicationPair {
 protected:
  SlaveDiskTest() { std::filesystem::create_directories(mount()); }
  std::filesystem::path mount() const { return root_ / "disk"; }
  /// The same place as the slave sees it.
  std::filesystem::path disk() {
    return std::filesystem::path("/proc") / std::to_string(slave_->broker.process().pid()) /
           "root" / mount().relative_path();
  }
  /// False where this user may not mount.
  bool start_slave_on_small_disk() {
    slave_->broker.run_before("mount -t tmpfs -o size=24m none '" + mount().string() + "'");
    try {
      slave_->broker.start(slave_keys() + "storePathRootDir=" + (mount() / "store").string() +
                           "\ncleanResourceInterval=50\n");
    } catch (const std::runtime_error& failure) {
      std::cout << failure.what() << '\n';
      return false;
    }
    return true;
  }
};

TEST_F(SlaveDiskTest, WhenItIsFullTheMasterGoesOnAndWithSpaceTheSlaveCatchesUp) {
  if (!std::filesystem::exists("/usr/bin/unshare")) GTEST_SKIP() << "there is no unshare program";
  more_keys_ = "diskSpaceWarningLevelRatio=100\ncleanFileForciblyEnable=false\n";
  start_master();
  ASSERT_EQ(BrokerClient(master_->broker.port()).create_topic(topic, queues).response_code(),
            ResponseCode::Success);
  if (!start_slave_on_small_disk()) GTEST_SKIP() << "this user may not mount a file system";
  ASSERT_TRUE(comes_true([this] { return has_topic(slave_->broker); }));
  const auto space = std::filesystem::space(disk()).available;
  std::ofstream(disk() / "filler") << std::string(space - 1'500'000, 'f');
  traffic(2'500);
  EXPECT_EQ(ledger_.refused_count(), 0U) << "the master has refused sends";
  EXPECT_TRUE(logs(slave_->broker, "No space left"))
      << "the slave does not say that its disk is full";
  EXPECT_LT(slave_->broker.log_end(), master_->broker.log_end());

  std::filesystem::remove(disk() / "filler");
  ASSERT_TRUE(catches_up(master_->broker, slave_->broker)) << last_lines(slave_->broker.log());
  ASSERT_NO_FATAL_FAILURE(check_queues(slave_->broker));
  EXPECT_EQ(slave_->broker.stop(), 0);
}

}  // namespace
}  // namespace rocketmq::test
