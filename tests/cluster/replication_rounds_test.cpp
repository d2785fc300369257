// A pair under SYNC_MASTER and SYNC_FLUSH meets random faults, one round after the other. After
// each: nothing acknowledged is lost, each queue is in order, the logs of both are the same to the
// byte.
//
// Short form: 10 rounds. ROCKETMQ_TEST_LONG=1: 200, ROCKETMQ_CLUSTER_ROUNDS any number. The seed is
// printed; ROCKETMQ_TEST_SEED repeats the choices, though not the moments to the microsecond.

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "replication_pair.hpp"

namespace rocketmq::test {
namespace {

using Way = TcpProxy::Way;

int rounds_wanted() {
  if (const char* const given = std::getenv("ROCKETMQ_CLUSTER_ROUNDS")) return std::stoi(given);
  return std::getenv("ROCKETMQ_TEST_LONG") != nullptr ? 200 : 10;
}

class ReplicationRoundsTest : public ReplicationPair {
 protected:
  ReplicationRoundsTest() {
    role_ = "SYNC_MASTER";
    flush_ = "SYNC_FLUSH";
    more_keys_ = "slaveTimeout=500\n";
  }

  void nap_up_to(std::size_t milliseconds) {
    std::this_thread::sleep_for(std::chrono::milliseconds(random(0, milliseconds)));
  }

  // Each breaks something under traffic, and leaves it so.
  void slave_is_killed() { slave_->broker.kill(); }
  void slave_is_stopped() { EXPECT_EQ(slave_->broker.stop(), 0); }
  void master_is_killed() { master_->broker.kill(); }
  void both_are_killed() {
    slave_->broker.kill();
    master_->broker.kill();
  }
  void slave_is_paused() { slave_->broker.pause(); }
  void master_is_paused() {
    master_->broker.pause();
    nap_up_to(500);
    master_->broker.resume();
  }
  void link_is_cut() { master_->link.cut(); }
  void link_is_cut_once() { master_->link.cut_once(); }
  void link_is_cut_in_a_frame() {
    master_->link.cut_after(Way::ToClient, static_cast<std::int64_t>(random(0, 50'000)));
  }
  void partition_to_slave() { master_->link.hold(Way::ToClient); }
  void partition_to_master() { master_->link.hold(Way::ToServer); }
  void partition_both_ways() { master_->link.hold_both(); }
  void link_is_half_open() { master_->link.leave_half_open(); }
  void link_is_slow() { master_->link.limit(static_cast<std::int64_t>(random(100'000, 500'000))); }
  void name_server_is_killed() { name_server_.kill(); }
  void frame_is_damaged() {
    // Of the header: what a checksum does not guard in a record would stay.
    master_->link.corrupt_after(Way::ToClient, 0);
  }
  /// The slave is all that is left; the other one begins again as a slave, with a copy of it.
  void masters_disk_is_lost() {
    master_->broker.kill();
    slave_->broker.kill();
    master_->broker.wipe();
    must_copy_ = true;
  }

  struct Fault {
    std::string_view name;
    void (ReplicationRoundsTest::*begin)();
  };
  static constexpr std::array faults{
      Fault{"slave killed", &ReplicationRoundsTest::slave_is_killed},
      Fault{"slave stopped", &ReplicationRoundsTest::slave_is_stopped},
      Fault{"master killed", &ReplicationRoundsTest::master_is_killed},
      Fault{"both killed", &ReplicationRoundsTest::both_are_killed},
      Fault{"slave paused", &ReplicationRoundsTest::slave_is_paused},
      Fault{"master paused", &ReplicationRoundsTest::master_is_paused},
      Fault{"link cut", &ReplicationRoundsTest::link_is_cut},
      Fault{"link cut once", &ReplicationRoundsTest::link_is_cut_once},
      Fault{"link cut in a frame", &ReplicationRoundsTest::link_is_cut_in_a_frame},
      Fault{"partition to the slave", &ReplicationRoundsTest::partition_to_slave},
      Fault{"partition to the master", &ReplicationRoundsTest::partition_to_master},
      Fault{"partition both ways", &ReplicationRoundsTest::partition_both_ways},
      Fault{"link half open", &ReplicationRoundsTest::link_is_half_open},
      Fault{"link slow", &ReplicationRoundsTest::link_is_slow},
      Fault{"frame damaged", &ReplicationRoundsTest::frame_is_damaged},
      Fault{"name server killed", &ReplicationRoundsTest::name_server_is_killed},
      Fault{"master's disk lost", &ReplicationRoundsTest::masters_disk_is_lost}};

  /// What is broken without being dead is whole again.
  void heal() {
    if (slave_->broker.runs()) slave_->broker.resume();
    master_->link.heal();
  }
  /// What is dead runs again.
  void repair() {
    if (!name_server_.runs()) name_server_.start();
    if (must_copy_) {
      must_copy_ = false;
      swap_roles();
      start_master();
      ASSERT_NO_FATAL_FAILURE(check_queues(master_->broker, false));
      EXPECT_EQ(master_->broker.stop(), 0);
      copy_master_to_slave();
    }
    if (!master_->broker.runs()) start_master();
    if (!slave_->broker.runs()) start_slave();
  }
  /// By hand: the slave has everything, both stop, and start as each other.
  void change_roles() {
    EXPECT_EQ(master_->broker.stop(), 0);
    EXPECT_EQ(slave_->broker.stop(), 0);
    swap_roles();
    start_master();
    start_slave();
  }

  bool must_copy_ = false;
};

TEST_F(ReplicationRoundsTest, NothingAcknowledgedIsLostAndBothLogsStayTheSame) {
  ASSERT_NO_FATAL_FAILURE(start_pair());
  const int rounds = rounds_wanted();
  // All of them come before one comes again.
  std::vector<Fault> next;
  for (int round = 1; round <= rounds; ++round) {
    if (next.empty()) {
      next.assign(faults.begin(), faults.end());
      std::shuffle(next.begin(), next.end(), random_);
    }
    const Fault fault = next.back();
    next.pop_back();
    SCOPED_TRACE("round " + std::to_string(round) + ": " + std::string(fault.name));
    std::cout << "round " << round << ": " << fault.name << std::endl;
    begin_traffic(static_cast<int>(random(20, 200)));
    nap_up_to(60);
    (this->*fault.begin)();
    nap_up_to(300);
    heal();
    finish_traffic();
    ASSERT_NO_FATAL_FAILURE(repair());
    ASSERT_NO_FATAL_FAILURE(expect_slave_follows());
    ASSERT_NO_FATAL_FAILURE(check_queues(master_->broker, round == rounds));
    ASSERT_NO_FATAL_FAILURE(check_queues(slave_->broker, round == rounds));
    if (random(0, 9) == 0) {
      std::cout << "roles change" << std::endl;
      ASSERT_NO_FATAL_FAILURE(change_roles());
    }
  }
  EXPECT_GT(ledger_.count(), static_cast<std::size_t>(rounds) * 10)
      << "hardly anything was written";
  std::cout << ledger_.count() << " messages were acknowledged\n";
}

}  // namespace
}  // namespace rocketmq::test
