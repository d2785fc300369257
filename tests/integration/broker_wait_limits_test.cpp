// A whole broker by whose clock every request has waited: which setting refuses which request.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <string>

#include "ports.hpp"
#include "raw_connection.hpp"
#include "rocketmq/broker/broker.hpp"
#include "rocketmq/common/clock.hpp"
#include "rocketmq/protocol/header.hpp"
#include "temp_dir.hpp"

namespace rocketmq::test {
namespace {

using remoting::RequestCode;

/// The machine's time, but between two looks at the coarse one, as when a request comes and when
/// its turn comes, `waited_ms` have passed.
class LateClock final : public Clock {
 public:
  std::atomic<std::int64_t> waited_ms{0};

  std::int64_t now_ms() const override { return real_.now_ms(); }
  std::chrono::steady_clock::time_point steady_now() const override { return real_.steady_now(); }
  std::chrono::steady_clock::time_point coarse_steady_now() const override {
    const std::int64_t waited = waited_ms;
    return began_ + std::chrono::milliseconds(late_ms_.fetch_add(waited) + waited);
  }

 private:
  const SystemClock real_;
  const std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
  mutable std::atomic<std::int64_t> late_ms_{0};
};

class BrokerWaitLimitsTest : public testing::Test {
 protected:
  BrokerWaitLimitsTest() {
    const std::uint16_t port = free_broker_port();
    settings_.broker.listen_port = port;
    settings_.broker.bind_address = "127.0.0.1";
    settings_.broker.broker_ip1 = settings_.broker.broker_ip2 = "127.0.0.1";
    settings_.broker.namesrv_addr.clear();
    settings_.store.store_path_root_dir = home_ / "store";
    settings_.store.mapped_file_size_commit_log = 1 << 20;
    EXPECT_TRUE(settings_.finish());
    broker::Broker::Refusal refusal;
    broker_ = broker::Broker::open(settings_, clock_, refusal);
    if (broker_ == nullptr || !broker_->start(refusal)) throw std::runtime_error(refusal.reason);
    connection_.emplace(port);
  }

  /// The broker's reply to a request that has waited this long.
  remoting::RemotingCommand ask(RequestCode code, std::chrono::milliseconds waited) {
    clock_.waited_ms = waited.count();
    connection_->send(remoting::make_request(code));
    auto answer = connection_->read_command();
    if (!answer) throw std::runtime_error("the broker did not answer");
    return *std::move(answer);
  }
  /// Whatever else it is answered, as it is no good request.
  bool is_refused(RequestCode code, std::chrono::milliseconds waited) {
    return ask(code, waited).response_code() == ResponseCode::SystemBusy;
  }

  TempDir home_;
  LateClock clock_;
  broker::BrokerSettings settings_;
  std::unique_ptr<broker::Broker> broker_;
  std::optional<RawConnection> connection_;
};

TEST_F(BrokerWaitLimitsTest, EveryKindOfRequestHasItsOwnLimit) {
  using std::chrono::milliseconds;
  const std::pair<RequestCode, milliseconds> limits[] = {
      {RequestCode::SendMessage, milliseconds(200)},
      {RequestCode::SendMessageV2, milliseconds(200)},
      {RequestCode::SendBatchMessage, milliseconds(200)},
      {RequestCode::ConsumerSendMsgBack, milliseconds(200)},
      {RequestCode::PullMessage, milliseconds(5'000)},
      {RequestCode::HeartBeat, milliseconds(31'000)},
      {RequestCode::EndTransaction, milliseconds(3'000)},
  };
  for (const auto& [code, limit] : limits) {
    const int number = static_cast<int>(code);
    EXPECT_FALSE(is_refused(code, limit)) << number;
    const auto late = ask(code, limit + milliseconds(1));
    EXPECT_EQ(late.response_code(), ResponseCode::SystemBusy) << number;
    EXPECT_EQ(late.remark,
              "[TIMEOUT_CLEAN_QUEUE]broker busy, start flow control for a while, period in "
              "queue: " +
                  std::to_string(limit.count() + 1) + "ms, size of queue: 0");
  }
  EXPECT_FALSE(is_refused(RequestCode::GetMaxOffset, std::chrono::hours(24)));
  EXPECT_FALSE(is_refused(RequestCode::GetBrokerRuntimeInfo, std::chrono::hours(24)));
}

TEST_F(BrokerWaitLimitsTest, TheLimitsFollowTheConfigurationAtOnce) {
  ASSERT_TRUE(is_refused(RequestCode::SendMessage, std::chrono::milliseconds(1'000)));
  connection_->send(remoting::make_request(RequestCode::UpdateBrokerConfig,
                                           std::string("waitTimeMillsInSendQueue=1000\n")));
  ASSERT_EQ(connection_->read_command()->response_code(), ResponseCode::Success);
  EXPECT_FALSE(is_refused(RequestCode::SendMessage, std::chrono::milliseconds(1'000)));
  EXPECT_TRUE(is_refused(RequestCode::SendMessage, std::chrono::milliseconds(1'001)));
  connection_->send(remoting::make_request(RequestCode::UpdateBrokerConfig,
                                           std::string("brokerFastFailureEnable=false\n")));
  ASSERT_EQ(connection_->read_command()->response_code(), ResponseCode::Success);
  EXPECT_FALSE(is_refused(RequestCode::SendMessage, std::chrono::hours(24)));
}

}  // namespace
}  // namespace rocketmq::test
