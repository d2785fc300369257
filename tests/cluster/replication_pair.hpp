#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <filesystem>
#include <iostream>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "check_queues.hpp"
#include "ledger.hpp"
#include "nodes.hpp"
#include "rocketmq/protocol/queue_headers.hpp"
#include "seed.hpp"
#include "tcp_proxy.hpp"
#include "writer.hpp"

namespace rocketmq::test {

/// Two brokers of one name, of which one is the master at a time, a name server, and a proxy before
/// the replication port of each. A ledger keeps what was acknowledged.
class ReplicationPair : public testing::Test {
 protected:
  static constexpr std::int32_t writers = 4;
  static constexpr std::int32_t queues = 6;
  static constexpr const char* topic = "Replicated";

  struct Member {
    Member(const TempDir& root, const std::string& name) : broker(root, name) {}
    BrokerNode broker;
    /// Where a slave finds this one when it is the master.
    TcpProxy link{{.server_port = broker.ha_port()}};
  };

  ReplicationPair() {
    name_server_.start();
    const std::uint64_t seed = random_();
    for (std::int32_t i = 0; i < writers; ++i)
      writers_.emplace_back(i, seed + static_cast<std::uint64_t>(i));
  }

  std::string common_keys() const {
    return "brokerName=broker-a\nnamesrvAddr=" + name_server_.address() +
           "\nflushDiskType=" + flush_ +
           "\nsyncFlushTimeout=60000\nhaSendHeartbeatInterval=100\n"
           "haHousekeepingInterval=2000\n" +
           more_keys_;
  }
  std::string master_keys() const {
    return common_keys() + "brokerRole=" + role_ + "\nbrokerId=0\n";
  }
  std::string slave_keys() const {
    return common_keys() +
           "brokerRole=SLAVE\nbrokerId=1\nhaMasterAddress=" + master_->link.address() + "\n";
  }
  void start_master() { master_->broker.start(master_keys()); }
  void start_slave() { slave_->broker.start(slave_keys()); }
  /// Both, with the topic at both, and the slave connected.
  void start_pair() {
    start_master();
    ASSERT_EQ(BrokerClient(master_->broker.port()).create_topic(topic, queues).response_code(),
              ResponseCode::Success);
    start_slave();
    ASSERT_TRUE(comes_true([this] { return has_topic(slave_->broker); }))
        << "the slave does not take over its master's topics";
    // A master that waits for its slave says so with the first message that the slave has.
    ASSERT_TRUE(comes_true([this] {
      BrokerClient client(master_->broker.port());
      return client.send("Probe", 0, "probe").response_code() == ResponseCode::Success &&
             master_->broker.log_end() == slave_->broker.log_end();
    })) << "the slave does not follow";
  }
  static bool has_topic(const BrokerNode& broker) {
    BrokerClient client(broker.port());
    const auto answer = client.ask(
        remoting::make_request(remoting::RequestCode::GetMaxOffset,
                               remoting::QueueRequestHeader{.topic = topic, .queueId = 0}));
    return answer.response_code() == ResponseCode::Success &&
           client.ask(BrokerClient::pull_request(topic, 0, 0)).response_code() !=
               ResponseCode::TopicNotExist;
  }

  /// All writers send so many requests each, until finish_traffic(), and have no more than
  /// `window_max` under way each.
  void begin_traffic(int requests, std::size_t window_max = 64) {
    for (Writer& writer : writers_) {
      threads_.emplace_back([this, &writer, requests, window_max, port = master_->broker.port()] {
        writer.run(port, topic, queues, requests, window_max, &is_traffic_ended_);
      });
    }
  }
  /// Until they are done or the master has died; enters what was acknowledged.
  void finish_traffic() {
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
    is_traffic_ended_ = false;
    for (Writer& writer : writers_) {
      const Writer::Outcome outcome = writer.take_outcome();
      for (const auto& answer : outcome.acknowledged)
        ledger_.acknowledged(answer.queue_id, answer.queue_offset, answer.promise);
      for (const MessageName& name : outcome.refused) ledger_.refused(name);
      if (!outcome.refusal.empty()) std::cout << "not acknowledged: " << outcome.refusal << '\n';
    }
  }
  /// The same, and no writer sends its rest.
  void end_traffic() {
    is_traffic_ended_ = true;
    finish_traffic();
  }
  void traffic(int requests) {
    begin_traffic(requests);
    finish_traffic();
  }
  ~ReplicationPair() override {
    // A test that failed in between has left them.
    master_->broker.kill();
    for (std::thread& thread : threads_) thread.join();
  }

  /// The other one is the master from now on. Neither runs.
  void swap_roles() { std::swap(master_, slave_); }
  /// The slave's disk becomes a copy of the master's. Neither runs.
  void copy_master_to_slave() {
    slave_->broker.wipe();
    std::filesystem::copy(master_->broker.store(), slave_->broker.store(),
                          std::filesystem::copy_options::recursive);
  }

  /// Without traffic, and with a link that works: the slave gets all that there is, and what it has
  /// is the master's to the byte.
  void expect_slave_follows() {
    const BrokerNode& master = master_->broker;
    const BrokerNode& slave = slave_->broker;
    ASSERT_TRUE(catches_up(master, slave)) << "the slave stays behind at " << slave.log_end()
                                           << " of " << master.log_end() << "\nof its log:\n"
                                           << last_lines(slave.log());
    const std::int64_t end = slave.log_end();
    ASSERT_EQ(end, master.log_end());
    ASSERT_NO_FATAL_FAILURE(expect_same_log(master, slave, slave.log_begin(), end));
  }
  /// A broker writes its log when it gets to it: waits for the line.
  static bool logs(const BrokerNode& broker, const std::string& text) {
    return comes_true([&] { return broker.log().find(text) != std::string::npos; });
  }
  static std::string last_lines(const std::string& text) {
    return text.substr(text.size() - std::min<std::size_t>(text.size(), 3'000));
  }

  /// Reads every queue at this broker, and compares with the ledger.
  void check_queues(const BrokerNode& broker, bool from_the_beginning = true) {
    ASSERT_TRUE(comes_true([&] { return broker.figure("dispatchBehindBytes") == "0"; }));
    BrokerClient client(broker.port());
    test::check_queues(client, ledger_, topic, queues, from_the_beginning);
  }

  std::size_t random(std::size_t least, std::size_t most) {
    return random_between(random_, least, most);
  }

  std::string role_ = "ASYNC_MASTER";
  std::string flush_ = "ASYNC_FLUSH";
  /// Of both brokers.
  std::string more_keys_;

  std::mt19937_64 random_ = seeded_random();
  TempDir root_;
  NameServerNode name_server_{root_, "namesrv"};
  Member one_{root_, "one"};
  Member two_{root_, "two"};
  Member* master_ = &one_;
  Member* slave_ = &two_;
  std::vector<Writer> writers_;
  std::atomic<bool> is_traffic_ended_ = false;
  std::vector<std::thread> threads_;
  Ledger ledger_;
};

}  // namespace rocketmq::test
