// A whole broker whose disk holds every write: requests that need no disk are served all the same.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "broker_daemon.hpp"
#include "faulty_file_system.hpp"
#include "ports.hpp"
#include "rocketmq/broker/broker.hpp"
#include "rocketmq/common/clock.hpp"
#include "rocketmq/protocol/heartbeat_data.hpp"

namespace rocketmq::test {
namespace {

using remoting::RequestCode;
using Operation = FaultyFileSystem::Operation;

/// The machine's time, put forward by the test.
class ForwardClock final : public Clock {
 public:
  void advance(std::chrono::milliseconds by) { ahead_ms_ += by.count(); }
  std::int64_t now_ms() const override { return real_.now_ms(); }
  std::chrono::steady_clock::time_point steady_now() const override {
    return real_.steady_now() + std::chrono::milliseconds(ahead_ms_);
  }
  std::chrono::steady_clock::time_point coarse_steady_now() const override {
    return real_.coarse_steady_now();
  }

 private:
  const SystemClock real_;
  std::atomic<std::int64_t> ahead_ms_{0};
};

/// A file system that lets nothing be written, reserved or flushed while it is held.
class HeldDisk {
 public:
  HeldDisk() {
    files.set_fault([this](Operation operation, const auto& path, std::size_t&) {
      const bool is_log = path.string().find("commitlog") != std::string::npos;
      if (operation != Operation::Read && operation != Operation::Open)
        pass(is_log && operation != Operation::Sync);
      return 0;
    });
  }
  ~HeldDisk() { release(); }
  void hold() {
    const std::lock_guard lock(mutex_);
    is_held_ = true;
  }
  void release() {
    const std::lock_guard lock(mutex_);
    is_held_ = false;
    changed_.notify_all();
  }
  void wait_until_it_holds_the_log() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return held_writes_ > 0; });
  }

  FaultyFileSystem files;

 private:
  void pass(bool is_write_of_log) {
    std::unique_lock lock(mutex_);
    if (is_held_ && is_write_of_log) ++held_writes_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return !is_held_; });
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_held_ = false;  // guarded by mutex_
  int held_writes_ = 0;   // guarded by mutex_
};

class HeldDiskTest : public testing::TestWithParam<store::FlushDiskType> {
 protected:
  HeldDiskTest() {
    settings_.broker.listen_port = port_;
    settings_.broker.bind_address = "127.0.0.1";
    settings_.broker.broker_ip1 = settings_.broker.broker_ip2 = "127.0.0.1";
    settings_.broker.namesrv_addr.clear();
    // Not the time on the machine that runs the test, but the disk is what is tested.
    settings_.broker.broker_fast_failure_enable = false;
    settings_.store.store_path_root_dir = home_ / "store";
    settings_.store.mapped_file_size_commit_log = 1 << 20;
    settings_.store.flush_disk_type = GetParam();
    settings_.store.sync_flush_timeout_ms = 600'000;
    EXPECT_TRUE(settings_.finish());
    start();
  }
  ~HeldDiskTest() override { disk_.release(); }

  void start() {
    broker::Broker::Refusal refusal;
    broker_ = broker::Broker::open(settings_, clock_, refusal, &disk_.files);
    if (broker_ == nullptr || !broker_->start(refusal)) throw std::runtime_error(refusal.reason);
  }

  /// Asks for everything that needs no disk.
  void expect_service(BrokerClient& client) {
    using remoting::make_request;
    remoting::HeartbeatData beat;
    beat.client_id = "member";
    beat.producer_groups.emplace_back("pg");
    EXPECT_EQ(client.ask(make_request(RequestCode::HeartBeat, remoting::encode_body(beat)))
                  .response_code(),
              ResponseCode::Success);
    EXPECT_EQ(
        client
            .ask(make_request(RequestCode::LockBatchMq,
                              std::string(R"({"consumerGroup":"cg","clientId":"member","mqSet":[)"
                                          R"({"topic":"T","brokerName":"b","queueId":0}]})")))
            .response_code(),
        ResponseCode::Success);
    const remoting::UpdateConsumerOffsetRequestHeader progress{
        .consumerGroup = "cg", .topic = "T", .queueId = 0, .commitOffset = 1};
    EXPECT_EQ(client.ask(make_request(RequestCode::UpdateConsumerOffset, progress)).response_code(),
              ResponseCode::Success);
    const remoting::QueryConsumerOffsetRequestHeader asked{
        .consumerGroup = "cg", .topic = "T", .queueId = 0};
    EXPECT_EQ(client.ask(make_request(RequestCode::QueryConsumerOffset, asked)).response_code(),
              ResponseCode::Success);
    const auto pulled = client.ask(BrokerClient::pull_request("T", 0, 0));
    EXPECT_EQ(pulled.response_code(), ResponseCode::Success);
  }

  /// Sends without waiting.
  struct Sent {
    std::int32_t opaque;
    std::string body;
  };
  Sent post_send(BrokerClient& client, std::string body) {
    return {client.post(BrokerClient::send_request("T", 0, body)), body};
  }

  const std::uint16_t port_ = free_broker_port();
  TempDir home_;
  ForwardClock clock_;
  HeldDisk disk_;
  broker::BrokerSettings settings_;
  std::unique_ptr<broker::Broker> broker_;
};

TEST_P(HeldDiskTest, HoldsUpSendsAndNothingElse) {
  // Several, so that every reactor has one.
  std::vector<std::unique_ptr<BrokerClient>> clients;
  for (int k = 0; k < 8; ++k) clients.push_back(std::make_unique<BrokerClient>(port_));
  ASSERT_EQ(clients.front()->create_topic("T", 1).response_code(), ResponseCode::Success);
  std::set<std::string> acknowledged;
  for (int k = 0; k < 10; ++k) {
    const std::string body = "before " + std::to_string(k);
    ASSERT_EQ(clients.front()->send("T", 0, body).response_code(), ResponseCode::Success);
    acknowledged.insert(body);
  }
  ASSERT_EQ(clients.front()->pull_all("T", 0, 10).size(), 10U);
  for (auto& client : clients) expect_service(*client);

  disk_.hold();
  std::vector<BrokerClient> senders;
  senders.reserve(6);
  std::map<std::size_t, Sent> parked;
  for (std::size_t k = 0; k < 6; ++k) {
    senders.emplace_back(port_);
    parked.emplace(k, post_send(senders[k], "held " + std::to_string(k)));
    if (k == 0) disk_.wait_until_it_holds_the_log();
    // On the same connection, and so behind the send.
    expect_service(senders[k]);
  }
  for (int round = 0; round < 3; ++round) {
    for (auto& client : clients) expect_service(*client);
    BrokerClient fresh(port_);
    expect_service(fresh);
  }
  // By now the disk takes longer than osPageCacheBusyTimeOutMills: sends are refused.
  clock_.advance(std::chrono::milliseconds(1'001));
  const auto refused = clients.front()->send("T", 0, "refused");
  EXPECT_EQ(refused.response_code(), ResponseCode::SystemBusy);
  EXPECT_EQ(refused.remark.find("[REJECTREQUEST]system busy"), 0U) << refused.remark;

  disk_.release();
  for (auto& [k, sent] : parked) {
    const auto answer = senders[k].answer_to(sent.opaque);
    EXPECT_EQ(answer.response_code(), ResponseCode::Success) << answer.remark;
    acknowledged.insert(sent.body);
  }
  EXPECT_EQ(clients.front()->send("T", 0, "after").response_code(), ResponseCode::Success);
  acknowledged.insert("after");
  clients.clear();
  senders.clear();

  broker_.reset();
  start();
  BrokerClient reader(port_);
  const auto found = reader.pull_all("T", 0, acknowledged.size());
  EXPECT_EQ(found.size(), acknowledged.size()) << "each once";
  EXPECT_EQ(std::set<std::string>(found.begin(), found.end()), acknowledged);
}

TEST_P(HeldDiskTest, AStopSendsTheRepliesToSendsThatWaitForTheDisk) {
  BrokerClient client(port_);
  ASSERT_EQ(client.create_topic("T", 1).response_code(), ResponseCode::Success);
  disk_.hold();
  const Sent sent = post_send(client, "held");
  disk_.wait_until_it_holds_the_log();
  std::thread stopping([this] { broker_->stop(); });
  // No more are taken: the stop has begun.
  for (bool is_refused = false; !is_refused;) {
    try {
      BrokerClient another(port_);
    } catch (const std::runtime_error&) {
      is_refused = true;
    }
  }
  disk_.release();
  if (GetParam() == store::FlushDiskType::AsyncFlush) {
    EXPECT_EQ(client.answer_to(sent.opaque).response_code(), ResponseCode::Success);
  }
  stopping.join();
  broker_.reset();
  start();
  BrokerClient reader(port_);
  EXPECT_EQ(reader.pull_all("T", 0, 1), std::vector<std::string>{"held"});
}

INSTANTIATE_TEST_SUITE_P(FlushTypes, HeldDiskTest,
                         testing::Values(store::FlushDiskType::AsyncFlush,
                                         store::FlushDiskType::SyncFlush),
                         [](const auto& parameter) {
                           return parameter.param == store::FlushDiskType::AsyncFlush
                                      ? "ASYNC_FLUSH"
                                      : "SYNC_FLUSH";
                         });

}  // namespace
}  // namespace rocketmq::test
