// A filter server as consumers see it, beside a broker whose replies the test gives.
#include "rocketmq/filtersrv/filter_server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "fake_server.hpp"
#include "rocketmq/common/crc32.hpp"
#include "rocketmq/common/message_properties.hpp"
#include "rocketmq/common/message_record.hpp"
#include "rocketmq/protocol/filter_headers.hpp"
#include "rocketmq/protocol/pull_headers.hpp"
#include "rocketmq/remoting/client.hpp"

namespace rocketmq::filtersrv {
namespace {

using namespace std::chrono_literals;
using remoting::PullMessageRequestHeader;
using remoting::PullMessageResponseHeader;
using remoting::RemotingCommand;
using remoting::Reply;
using remoting::RequestCode;
using testing::HasSubstr;

constexpr auto patience = 60s;

std::string record(int id) {
  const std::string properties = encode_properties({{"SequenceId", std::to_string(id)}});
  MessageRecord record;
  record.topic = "T";
  record.queue_offset = id;
  record.body = "body";
  record.body_crc = masked_crc32("body");
  record.properties = properties;
  std::string bytes(message_record::encoded_size(record), '\0');
  message_record::encode(record, bytes.data());
  return bytes;
}

class FilterServerTest : public testing::Test {
 protected:
  FilterServerTest() {
    broker_.on(RequestCode::RegisterFilterServer, [this](RemotingCommand& request, Reply reply) {
      const auto header =
          remoting::decode_header<remoting::RegisterFilterServerRequestHeader>(request);
      const std::lock_guard lock(mutex_);
      registrations_.push_back(header ? header->filterServerAddr : "unreadable");
      changed_.notify_all();
      reply(remoting::RegisterFilterServerResponseHeader{.brokerName = "broker-a", .brokerId = 0});
    });
    broker_.on(RequestCode::PullMessage, [this](RemotingCommand& request, Reply reply) {
      inner_ = *remoting::decode_header<PullMessageRequestHeader>(request);
      inner_group_ = inner_.consumerGroup;
      inner_topic_ = inner_.topic;
      inner_subscription_ = inner_.subscription.value_or("");
      pull_(std::move(reply));
    });
    broker_.start();
    settings_.config.listen_port = broker_.port();
    settings_.config.bind_address = "127.0.0.1";
    settings_.config.filter_server_ip = "127.0.0.1";
    settings_.config.filter_classes = {{"a.Every3rd", "expr:SequenceId % 3 = 0"}};
  }

  void start() {
    auto server = FilterServer::open(settings_, clock_);
    ASSERT_TRUE(server) << server.error().remark;
    server_ = std::move(*server);
    ASSERT_TRUE(server_->start());
  }
  RemotingCommand ask(RemotingCommand request) {
    auto answer = client_.invoke(server_->address(), std::move(request), patience);
    EXPECT_TRUE(answer) << (answer ? "" : answer.error().remark);
    return answer ? std::move(*answer) : RemotingCommand();
  }
  RemotingCommand use_filter() {
    return ask(remoting::make_request(
        RequestCode::RegisterMessageFilterClass,
        remoting::RegisterMessageFilterClassRequestHeader{
            .consumerGroup = "g", .topic = "T", .className = "a.Every3rd", .classCRC = 1},
        "package a;"));
  }
  RemotingCommand pull(std::string_view group = "g") {
    return ask(remoting::make_request(RequestCode::PullMessage,
                                      PullMessageRequestHeader{.consumerGroup = group,
                                                               .topic = "T",
                                                               .queueId = 2,
                                                               .queueOffset = 40,
                                                               .maxMsgNums = 32,
                                                               .sysFlag = 1 | 2 | 8,
                                                               .commitOffset = 39,
                                                               .suspendTimeoutMillis = 15'000,
                                                               .subVersion = 17}));
  }
  /// What the consumer gets when the broker replies so.
  RemotingCommand pull_with(ResponseCode code, std::string body = {}) {
    pull_ = [code, body = std::move(body)](Reply reply) {
      reply(code, "remark",
            PullMessageResponseHeader{
                .suggestWhichBrokerId = 1, .nextBeginOffset = 44, .minOffset = 4, .maxOffset = 99},
            body);
    };
    return pull();
  }
  static void expect_offsets(const RemotingCommand& answer) {
    const auto header = remoting::decode_header<PullMessageResponseHeader>(answer);
    ASSERT_TRUE(header);
    EXPECT_EQ(header->suggestWhichBrokerId, 0);
    EXPECT_EQ(header->nextBeginOffset, 44);
    EXPECT_EQ(header->minOffset, 4);
    EXPECT_EQ(header->maxOffset, 99);
  }

  SystemClock clock_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> registrations_;  // guarded by mutex_
  PullMessageRequestHeader inner_;
  std::string inner_group_;
  std::string inner_topic_;
  std::string inner_subscription_;
  std::function<void(Reply)> pull_;
  test::FakeServer broker_;
  FilterServerSettings settings_;
  std::unique_ptr<FilterServer> server_;
  remoting::Client client_{remoting::ClientOptions{}};
};

TEST_F(FilterServerTest, RegistersWithItsBroker) {
  start();
  std::unique_lock lock(mutex_);
  ASSERT_TRUE(changed_.wait_for(lock, patience, [this] { return !registrations_.empty(); }));
  EXPECT_EQ(registrations_[0], server_->address());
}

TEST_F(FilterServerTest, PullsEverythingOfTheQueueAndTellsTheBrokerNothingElse) {
  start();
  ASSERT_EQ(use_filter().response_code(), ResponseCode::Success);
  pull_with(ResponseCode::PullNotFound);
  EXPECT_EQ(inner_group_, "FILTERSRV_CONSUMER");
  EXPECT_EQ(inner_topic_, "T");
  EXPECT_EQ(inner_subscription_, "*");
  EXPECT_EQ(inner_.queueId, 2);
  EXPECT_EQ(inner_.queueOffset, 40);
  EXPECT_EQ(inner_.maxMsgNums, 32);
  EXPECT_EQ(inner_.sysFlag, 2 | 4);
  EXPECT_EQ(inner_.suspendTimeoutMillis, 19'000);
}

TEST_F(FilterServerTest, SendsOnWhatTheFilterWants) {
  start();
  ASSERT_EQ(use_filter().response_code(), ResponseCode::Success);
  const auto answer =
      pull_with(ResponseCode::Success, record(40) + record(41) + record(42) + record(45));
  EXPECT_EQ(answer.response_code(), ResponseCode::Success);
  expect_offsets(answer);
  EXPECT_EQ(answer.body, record(42) + record(45));
  EXPECT_THAT(server_->state_line(), HasSubstr("judgedMessages 4, deliveredMessages 2"));
  EXPECT_THAT(server_->state_line(), HasSubstr("filter a.Every3rd of g on T: running, judged 4"));
}

TEST_F(FilterServerTest, LeadsConsumersOverWhatTheFilterDoesNotWant) {
  start();
  ASSERT_EQ(use_filter().response_code(), ResponseCode::Success);
  const auto answer = pull_with(ResponseCode::Success, record(40) + record(41));
  EXPECT_EQ(answer.response_code(), ResponseCode::PullRetryImmediately);
  expect_offsets(answer);
}

TEST_F(FilterServerTest, SendsOnWhatTheBrokerDidNotFind) {
  start();
  ASSERT_EQ(use_filter().response_code(), ResponseCode::Success);
  for (const auto code : {ResponseCode::PullNotFound, ResponseCode::PullRetryImmediately,
                          ResponseCode::PullOffsetMoved}) {
    const auto answer = pull_with(code);
    EXPECT_EQ(answer.response_code(), code);
    expect_offsets(answer);
  }
}

TEST_F(FilterServerTest, SaysWhenTheBrokerRefusesThePull) {
  start();
  ASSERT_EQ(use_filter().response_code(), ResponseCode::Success);
  const auto answer = pull_with(ResponseCode::TopicNotExist);
  EXPECT_EQ(answer.response_code(), ResponseCode::SystemError);
  EXPECT_EQ(answer.remark,
            "Pull Callback Exception, ConsumerGroup: g Topic: T, TOPIC_NOT_EXIST (17): remark");
}

TEST_F(FilterServerTest, SaysWhenTheMessagesCannotBeJudged) {
  start();
  ASSERT_EQ(use_filter().response_code(), ResponseCode::Success);
  const auto answer = pull_with(ResponseCode::Success, "no record");
  EXPECT_EQ(answer.response_code(), ResponseCode::SystemError);
  EXPECT_THAT(answer.remark,
              HasSubstr("do Message Filter Exception, ConsumerGroup: g Topic: T, message record"));
}

TEST_F(FilterServerTest, ServesRegisteredGroupsOnly) {
  start();
  ASSERT_EQ(use_filter().response_code(), ResponseCode::Success);
  const auto answer = pull("h");
  EXPECT_EQ(answer.response_code(), ResponseCode::SystemError);
  EXPECT_EQ(answer.remark, "Find Filter class failed, not registered");
}

TEST_F(FilterServerTest, BoundsTheMessagesThatWaitForTheirFilter) {
  settings_.config.filter_buffer_bytes_max = 10;
  start();
  ASSERT_EQ(use_filter().response_code(), ResponseCode::Success);
  EXPECT_EQ(pull_with(ResponseCode::Success, record(42)).response_code(), ResponseCode::SystemBusy);
}

TEST_F(FilterServerTest, BoundsThePullsUnderWay) {
  settings_.config.fs_server_async_semaphore_value = 4;
  start();
  ASSERT_EQ(use_filter().response_code(), ResponseCode::Success);
  std::optional<Reply> held;
  std::mutex mutex;
  std::condition_variable came;
  pull_ = [&](Reply reply) {
    const std::lock_guard lock(mutex);
    held.emplace(std::move(reply));
    came.notify_all();
  };
  client_.invoke_async(
      server_->address(),
      remoting::make_request(RequestCode::PullMessage,
                             PullMessageRequestHeader{.consumerGroup = "g", .topic = "T"}),
      patience, [](Result<RemotingCommand>&&) {});
  {
    std::unique_lock lock(mutex);
    ASSERT_TRUE(came.wait_for(lock, patience, [&] { return held.has_value(); }));
  }
  EXPECT_EQ(pull().response_code(), ResponseCode::SystemBusy) << "this connection has its share";
  const std::lock_guard lock(mutex);
  (*held)(Error{ResponseCode::SystemError, "over"});
}

TEST_F(FilterServerTest, RefusesRequestsThatAreNotItsOwn) {
  start();
  EXPECT_EQ(ask(remoting::make_request(RequestCode::GetBrokerConfig)).response_code(),
            ResponseCode::RequestCodeNotSupported);
}

TEST_F(FilterServerTest, EndsPullsWhenItStops) {
  start();
  ASSERT_EQ(use_filter().response_code(), ResponseCode::Success);
  std::optional<Reply> held;
  std::mutex mutex;
  std::condition_variable came;
  bool has_ended = false;
  pull_ = [&](Reply reply) {
    const std::lock_guard lock(mutex);
    held.emplace(std::move(reply));
    came.notify_all();
  };
  client_.invoke_async(
      server_->address(),
      remoting::make_request(RequestCode::PullMessage,
                             PullMessageRequestHeader{.consumerGroup = "g", .topic = "T"}),
      patience, [&](Result<RemotingCommand>&&) {
        const std::lock_guard lock(mutex);
        has_ended = true;
        came.notify_all();
      });
  {
    std::unique_lock lock(mutex);
    ASSERT_TRUE(came.wait_for(lock, patience, [&] { return held.has_value(); }));
  }
  server_->stop();
  std::unique_lock lock(mutex);
  EXPECT_TRUE(came.wait_for(lock, patience, [&] { return has_ended; }));
  held->drop();
}

}  // namespace
}  // namespace rocketmq::filtersrv
