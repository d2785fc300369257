#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "clients/consumer_manager.hpp"
#include "clients/producer_manager.hpp"
#include "clients/rebalance_lock_manager.hpp"
#include "fake_store.hpp"
#include "filter/message_filter_factory.hpp"
#include "groups/consumer_offset_manager.hpp"
#include "groups/subscription_group_manager.hpp"
#include "limits.hpp"
#include "messages/set_aside.hpp"
#include "pulls/pull_hold_table.hpp"
#include "rocketmq/broker/broker_config.hpp"
#include "rocketmq/common/figure_table.hpp"
#include "rocketmq/protocol/header.hpp"
#include "rocketmq/remoting/dispatcher.hpp"
#include "stats/broker_stats_manager.hpp"
#include "temp_dir.hpp"
#include "topics/topic_config_manager.hpp"

namespace rocketmq::broker::test {

/// What one part of the broker adds to its runtime information.
template <class Part>
std::map<std::string, std::string> runtime_info_of(const Part& part) {
  FigureTable table;
  part.add_figures(table);
  return table.texts(in_runtime_info);
}

/// A connection that keeps what it is told to send.
class FakeChannel final : public remoting::Channel {
 public:
  explicit FakeChannel(std::uint64_t id) : id_(id), remote_(Endpoint::v4(10, 0, 0, 7, 40'000)) {}

  std::uint64_t id() const override { return id_; }
  const Endpoint& remote() const override { return remote_; }
  const Endpoint& local() const override { return remote_; }
  bool is_open() const override { return open; }
  bool send_oneway(remoting::RemotingCommand request) override {
    request.own_body();
    sent.push_back(std::move(request));
    return open;
  }
  void invoke(remoting::RemotingCommand request, std::chrono::milliseconds timeout,
              remoting::ResponseCallback done) override {
    request.own_body();
    sent.push_back(std::move(request));
    invocation_timeout = timeout;
    unanswered.push_back(std::move(done));
  }
  /// Replies to the oldest request that waits.
  void answer(Result<remoting::RemotingCommand> response) {
    auto done = std::move(unanswered.front());
    unanswered.pop_front();
    done(std::move(response));
  }
  void close(std::string) override { open = false; }

  bool open = true;
  std::vector<remoting::RemotingCommand> sent;
  std::deque<remoting::ResponseCallback> unanswered;
  std::chrono::milliseconds invocation_timeout{0};

 private:
  const std::uint64_t id_;
  const Endpoint remote_;
};

inline std::shared_ptr<FakeChannel> make_channel() {
  static std::uint64_t next = 0;
  return std::make_shared<FakeChannel>(++next);
}

/// One answer that a processor gave.
struct Answer {
  remoting::RemotingCommand head;
  std::string body;

  ResponseCode code() const { return head.response_code(); }
  std::string field(std::string_view name) const {
    return std::string(head.ext_fields.find(name).value_or("(none)"));
  }
};

/// Keeps responses in the order in which they were given.
class AnswerSink final : public remoting::ResponseSink {
 public:
  void respond(remoting::RemotingCommand& response, remoting::Body body) override {
    answers.push_back({response, body.flatten()});
  }
  void took(const remoting::RequestTimes&) override { ++timed; }
  std::vector<Answer> answers;
  /// Of them, those that count for the log of slow requests.
  int timed = 0;
};

/// The tables of a broker around a fake store and a clock that stands still.
class BrokerFixture : public ::testing::Test {
 protected:
  BrokerFixture() {
    config.broker_ip1 = config.broker_ip2 = "127.0.0.1";
    config.store_host = Endpoint::v4(127, 0, 0, 1, config.listen_port);
    config.broker_name = "broker-a";
    EXPECT_TRUE(topics.create_system_topics());
    EXPECT_TRUE(groups.create_system_groups());
  }

  /// Hands `request` to a processor's function; the response, if it came immediately.
  template <class Call>
  std::optional<Answer> ask(Call&& call, remoting::RemotingCommand request) {
    sink->answers.clear();
    const remoting::ChannelPtr as_channel = channel;
    remoting::Reply reply(sink, request);
    reply.watch({.code = request.code});
    call(remoting::RequestContext{as_channel}, request, std::move(reply));
    if (sink->answers.empty()) return std::nullopt;
    return sink->answers.front();
  }

  void add_topic(const std::string& name, std::int32_t queues, std::int32_t topic_perm = 6) {
    ASSERT_TRUE(topics.update({.topic_name = name,
                               .read_queue_nums = queues,
                               .write_queue_nums = queues,
                               .perm = topic_perm}));
    ASSERT_TRUE(topics.flush());
  }

  /// Adds topics, as an operator may, until the broker makes none but the system's by itself.
  void fill_topic_table() {
    const auto name = [](std::size_t number) {
      return std::string(110, 'x') + std::to_string(number);
    };
    const auto bytes = json_bytes_of({.topic_name = name(10'000)});
    std::vector<TopicConfig> configs;
    for (std::size_t i = 0; i * bytes <= limits::topic_table_bytes_max; ++i)
      configs.push_back({.topic_name = name(10'000 + i)});
    ASSERT_TRUE(topics.update_all(std::move(configs)));
  }

  rocketmq::test::TempDir directory;
  ManualClock clock;
  BrokerConfig config;
  store::StoreConfig store_config;
  FakeStore store{clock};
  store::DelayLevels delay_levels =
      store::DelayLevels::parse(store_config.message_delay_level).value();
  TopicConfigManager topics{config, clock, directory.path() / "topics.json"};
  SetAside set_aside{clock, topics, store, store};
  SubscriptionGroupManager groups{config, clock, directory.path() / "subscriptionGroup.json"};
  ConsumerOffsetManager offsets{directory.path() / "consumerOffset.json"};
  ConsumerManager consumers{clock};
  ProducerManager producers{clock};
  ExpressionCache expressions;
  ConsumerFilterManager filters{
      {.file = directory.path() / "consumerFilter.json"}, clock, expressions};
  MessageFilterFactory tags_only{{}, expressions, filters};
  MessageFilterFactory with_sql{{.enable_property_filter = true}, expressions, filters};
  RebalanceLockManager locks{clock};
  PullHoldTable held{clock, store, 100};
  BrokerStatsManager stats{config, clock, store};
  std::shared_ptr<FakeChannel> channel = make_channel();
  std::shared_ptr<AnswerSink> sink = std::make_shared<AnswerSink>();
};

}  // namespace rocketmq::broker::test
