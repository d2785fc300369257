#include "filter_servers/filter_servers.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/sinks/ringbuffer_sink.h>
#include <spdlog/spdlog.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "fake_channel.hpp"
#include "processors/register_filter_server.hpp"
#include "rocketmq/protocol/filter_headers.hpp"

namespace rocketmq::broker {
namespace {

using namespace std::chrono_literals;
using namesrv::FakeChannel;
using testing::ElementsAre;
using testing::IsEmpty;

class FilterServersTest : public testing::Test {
 protected:
  FilterServersTest() {
    servers_.on_change([this] { ++changes_; });
  }

  ManualClock clock_;
  FilterServers servers_{clock_};
  int changes_ = 0;
  std::shared_ptr<FakeChannel> first_ = std::make_shared<FakeChannel>(1);
  std::shared_ptr<FakeChannel> second_ = std::make_shared<FakeChannel>(2);
};

TEST_F(FilterServersTest, AreKnownByTheirConnection) {
  ASSERT_TRUE(servers_.register_server(first_, "10.0.0.1:40001"));
  ASSERT_TRUE(servers_.register_server(second_, "10.0.0.1:40000"));
  EXPECT_THAT(servers_.addresses(), ElementsAre("10.0.0.1:40000", "10.0.0.1:40001"));
  EXPECT_EQ(changes_, 2);
  ASSERT_TRUE(servers_.register_server(first_, "10.0.0.1:40001"));
  EXPECT_EQ(changes_, 2) << "registering again changes nothing";
  ASSERT_TRUE(servers_.register_server(first_, "10.0.0.1:40002"));
  EXPECT_THAT(servers_.addresses(), ElementsAre("10.0.0.1:40000", "10.0.0.1:40002"));
  EXPECT_EQ(changes_, 3);
}

TEST_F(FilterServersTest, GoWithTheirConnection) {
  ASSERT_TRUE(servers_.register_server(first_, "10.0.0.1:40001"));
  servers_.channel_closed(second_);
  EXPECT_EQ(changes_, 1);
  servers_.channel_closed(first_);
  EXPECT_THAT(servers_.addresses(), IsEmpty());
  EXPECT_EQ(changes_, 2);
}

TEST_F(FilterServersTest, DoNotStayWhenTheirConnectionHasClosedAlready) {
  first_->close("gone");
  ASSERT_TRUE(servers_.register_server(first_, "10.0.0.1:40001"));
  EXPECT_THAT(servers_.addresses(), IsEmpty());
}

TEST_F(FilterServersTest, AreRemovedAndClosedAfterThirtySilentSeconds) {
  ASSERT_TRUE(servers_.register_server(first_, "10.0.0.1:40001"));
  clock_.advance(10s);
  ASSERT_TRUE(servers_.register_server(second_, "10.0.0.1:40002"));
  clock_.advance(20s);
  servers_.scan_silent_channels();
  EXPECT_EQ(servers_.size(), 2U);
  clock_.advance(1ms);
  servers_.scan_silent_channels();
  EXPECT_THAT(servers_.addresses(), ElementsAre("10.0.0.1:40002"));
  EXPECT_FALSE(first_->is_open());
  EXPECT_TRUE(second_->is_open());
  EXPECT_EQ(changes_, 3);
}

TEST_F(FilterServersTest, HaveAddresses) {
  for (const std::string address :
       {"", "10.0.0.1", "10.0.0.1:0", "host:40001", "10.0.0.1:40001;10.0.0.2:40001", "x"}) {
    EXPECT_FALSE(servers_.register_server(first_, address)) << address;
  }
  EXPECT_FALSE(servers_.register_server(first_, std::string(100, '1')));
  EXPECT_TRUE(servers_.register_server(first_, "[fd00::1]:40001"));
}

TEST_F(FilterServersTest, HaveAddressesThatConsumersCanConnectTo) {
  for (const std::string address : {"0.0.0.0:40001", "224.0.0.1:40001", "255.255.255.255:40001",
                                    "[::]:40001", "[ff02::1]:40001", "[fe80::1]:40001"}) {
    const auto registered = servers_.register_server(first_, address);
    ASSERT_FALSE(registered) << address;
    EXPECT_THAT(registered.error().remark,
                testing::HasSubstr("is no address that others can connect to"));
  }
  EXPECT_THAT(servers_.addresses(), IsEmpty());
  EXPECT_EQ(changes_, 0);
}

/// Counts the lines of the log while it lives.
class LogLines {
 public:
  LogLines() : before_(spdlog::default_logger()) {
    spdlog::set_default_logger(std::make_shared<spdlog::logger>("test", sink_));
  }
  ~LogLines() { spdlog::set_default_logger(before_); }
  std::size_t count() const { return sink_->last_raw().size(); }

 private:
  const std::shared_ptr<spdlog::logger> before_;
  const std::shared_ptr<spdlog::sinks::ringbuffer_sink_mt> sink_ =
      std::make_shared<spdlog::sinks::ringbuffer_sink_mt>(10'000);
};

TEST_F(FilterServersTest, DoNotFillTheLogWhenTheyChangeTheirAddress) {
  const LogLines lines;
  constexpr int registrations = 1'000;
  for (int i = 0; i < registrations; ++i)
    ASSERT_TRUE(servers_.register_server(first_, "10.0.0.1:" + std::to_string(1'000 + i)));
  EXPECT_EQ(servers_.size(), 1U);
  EXPECT_GE(lines.count(), 1U);
  EXPECT_LT(lines.count(), registrations / 2U) << "one a second";
}

TEST_F(FilterServersTest, AreBounded) {
  for (std::uint64_t id = 0; id < FilterServers::servers_max; ++id) {
    ASSERT_TRUE(servers_.register_server(std::make_shared<FakeChannel>(10 + id),
                                         "10.0.0.1:" + std::to_string(1'000 + id)));
  }
  EXPECT_FALSE(servers_.register_server(first_, "10.0.0.1:999"));
}

/// Keeps the response.
class Response final : public remoting::ResponseSink {
 public:
  void respond(remoting::RemotingCommand& response, remoting::Body) override { came = response; }
  std::optional<remoting::RemotingCommand> came;
};

class RegisterFilterServer : public FilterServersTest {
 protected:
  remoting::RemotingCommand ask(const remoting::ChannelPtr& channel) {
    auto request = remoting::make_request(
        remoting::RequestCode::RegisterFilterServer,
        remoting::RegisterFilterServerRequestHeader{.filterServerAddr = "10.0.0.1:40001"});
    const auto response = std::make_shared<Response>();
    RegisterFilterServerProcessor processor(config_, servers_);
    processor.process({.channel = channel}, request, remoting::Reply(response, request));
    EXPECT_TRUE(response->came);
    return response->came.value_or(remoting::RemotingCommand());
  }

  BrokerConfig config_;
};

TEST_F(RegisterFilterServer, TellsTheBrokersNameAndId) {
  config_.filter_server_white_list = *AddressList::parse("127.0.0.1");
  config_.broker_name = "broker-a";
  config_.broker_id = 1;
  const auto answer = ask(first_);
  ASSERT_EQ(answer.response_code(), ResponseCode::Success);
  const auto header = remoting::decode_header<remoting::RegisterFilterServerResponseHeader>(answer);
  ASSERT_TRUE(header);
  EXPECT_EQ(header->brokerName, "broker-a");
  EXPECT_EQ(header->brokerId, 1);
  EXPECT_EQ(servers_.size(), 1U);
}

TEST_F(RegisterFilterServer, IsForAllowedAddressesOnly) {
  const auto stranger = std::make_shared<FakeChannel>(3, Endpoint::v4(10, 0, 0, 9, 40'000));
  config_.filter_server_white_list = *AddressList::parse("127.0.0.1");
  EXPECT_EQ(ask(stranger).response_code(), ResponseCode::NoPermission);
  config_.filter_server_white_list = AddressList();
  EXPECT_EQ(ask(first_).response_code(), ResponseCode::NoPermission) << "an empty list is for none";
  EXPECT_EQ(servers_.size(), 0U);
  const BrokerSettings settings;
  EXPECT_EQ(settings.broker.filter_server_white_list.text(), "127.0.0.0/8;::1");
}

}  // namespace
}  // namespace rocketmq::broker
