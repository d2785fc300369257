#include "rocketmq/remoting/dispatcher.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <future>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "net_fixture.hpp"
#include "rocketmq/remoting/peer_address.hpp"

namespace rocketmq::remoting {
namespace {

using namespace std::chrono_literals;

/// Keeps what was answered.
class RecordingSink final : public ResponseSink {
 public:
  void respond(RemotingCommand& response, Body body) override {
    response.set_body(body.flatten());
    answers.put(response);
  }
  Inbox<RemotingCommand> answers;
};

class DispatcherTest : public testing::Test {
 protected:
  void dispatch(RemotingCommand command, std::chrono::milliseconds waited = 0ms) {
    Reply reply(sink, command);
    routes.dispatch(nullptr, command, std::move(reply), routes.now() - waited);
  }

  std::shared_ptr<RecordingSink> sink = std::make_shared<RecordingSink>();
  ManualClock clock;
  Dispatcher routes{clock};
  Live<bool> limit_is_on = true;
  Live<std::int64_t> limit_ms = 200;
  const WaitLimit limit{&limit_is_on, &limit_ms};
};

TEST_F(DispatcherTest, RunsAnInlineProcessorOnTheCallersThread) {
  std::thread::id ran_on;
  routes.route(
      echo_code,
      [&](const RequestContext&, RemotingCommand&, Reply reply) {
        ran_on = std::this_thread::get_id();
        reply();
      },
      inline_on_connection);
  dispatch(request(echo_code, 5));
  EXPECT_EQ(ran_on, std::this_thread::get_id());
  const RemotingCommand answer = sink->answers.take();
  EXPECT_EQ(answer.opaque, 5);
  EXPECT_EQ(answer.response_code(), ResponseCode::Success);
}

TEST_F(DispatcherTest, AnswersACodeWithoutARouteAsNotSupported) {
  dispatch(request(static_cast<RequestCode>(12345), 6));
  const RemotingCommand answer = sink->answers.take();
  EXPECT_EQ(answer.response_code(), ResponseCode::RequestCodeNotSupported);
  EXPECT_EQ(answer.remark, " request type 12345 not supported");
  EXPECT_EQ(answer.opaque, 6);
  EXPECT_TRUE(answer.is_response());
  EXPECT_TRUE(answer.has_ext_fields);
}

TEST_F(DispatcherTest, AnswersSystemErrorForAProcessorThatThrows) {
  routes.route(
      echo_code,
      [](const RequestContext&, RemotingCommand&, Reply) {
        throw std::runtime_error("on purpose");
      },
      inline_on_connection);
  dispatch(request(echo_code, 7));
  EXPECT_EQ(sink->answers.take().response_code(), ResponseCode::SystemError);
  EXPECT_EQ(sink->answers.size(), 0U);
}

TEST_F(DispatcherTest, AnswersSystemErrorForAReplyThatIsNeverCalled) {
  routes.route(
      echo_code, [](const RequestContext&, RemotingCommand&, Reply) {}, inline_on_connection);
  dispatch(request(echo_code, 8));
  const RemotingCommand answer = sink->answers.take();
  EXPECT_EQ(answer.response_code(), ResponseCode::SystemError);
  EXPECT_EQ(answer.opaque, 8);
}

TEST_F(DispatcherTest, LeavesADroppedRequestUnanswered) {
  routes.route(
      echo_code, [](const RequestContext&, RemotingCommand&, Reply reply) { reply.drop(); },
      inline_on_connection);
  dispatch(request(echo_code, 9));
  EXPECT_EQ(sink->answers.size(), 0U);
}

TEST_F(DispatcherTest, LaterRequestsFollowALargeOneToThePoolInTheirOrder) {
  WorkerPool pool("large", 4, 100);
  std::promise<void> go_on;
  const auto may_go_on = go_on.get_future().share();
  const auto senders_thread = std::this_thread::get_id();
  std::mutex mutex;
  std::vector<std::int32_t> processed;  // guarded by mutex
  routes.add({.spec = {.code = echo_code,
                       .name = "ECHO",
                       .body_limit = {.inline_bytes_max = 1'000,
                                      .large_body_pool = "large",
                                      .keeps_order = true}},
              .processor =
                  [&](const RequestContext&, RemotingCommand& command, Reply reply) {
                    // What does not follow to the pool is to be seen in the order.
                    if (std::this_thread::get_id() != senders_thread) may_go_on.wait();
                    const std::lock_guard lock(mutex);
                    processed.push_back(command.opaque);
                    reply();
                  },
              .large_body_pool = &pool});
  std::shared_ptr<RequestOrder> order;
  const auto send = [&](std::int32_t opaque, std::size_t body_bytes) {
    RemotingCommand command = request(echo_code, opaque);
    const std::string body(body_bytes, 'x');
    command.body = body;
    Reply reply(sink, command);
    routes.dispatch(nullptr, command, std::move(reply), routes.now(), nullptr, &order);
  };
  std::vector<std::int32_t> sent;
  for (std::int32_t opaque = 1; opaque <= 40; ++opaque) {
    send(opaque, opaque % 10 == 1 ? 1'001 : 10);
    sent.push_back(opaque);
  }
  go_on.set_value();
  for (std::size_t count = 0; count < sent.size(); ++count) (void)sink->answers.take();
  EXPECT_EQ(processed, sent);
  while (order->is_busy()) std::this_thread::yield();

  // Nothing is left in the pool: a small one runs here again.
  send(41, 10);
  EXPECT_EQ(processed.back(), 41);
  EXPECT_EQ(sink->answers.take().opaque, 41);
}

TEST_F(DispatcherTest, AFullPoolRefusesTheNewestOfTheRequestsThatFollowALargeOne) {
  WorkerPool pool("large", 1, 2);
  std::promise<void> began;
  std::promise<void> go_on;
  routes.add({.spec = {.code = echo_code,
                       .name = "ECHO",
                       .body_limit = {.inline_bytes_max = 1,
                                      .large_body_pool = "large",
                                      .keeps_order = true}},
              .processor =
                  [&](const RequestContext&, RemotingCommand& command, Reply reply) {
                    if (command.opaque == 1) {
                      began.set_value();
                      go_on.get_future().wait();
                    }
                    reply();
                  },
              .large_body_pool = &pool});
  std::shared_ptr<RequestOrder> order;
  const auto send = [&](std::int32_t opaque) {
    RemotingCommand command = request(echo_code, opaque);
    command.body = "xx";
    Reply reply(sink, command);
    routes.dispatch(nullptr, command, std::move(reply), routes.now(), nullptr, &order);
  };
  send(1);
  began.get_future().wait();
  for (const std::int32_t opaque : {2, 3, 4}) send(opaque);
  const RemotingCommand refused = sink->answers.take();
  EXPECT_EQ(refused.opaque, 4);
  EXPECT_EQ(refused.response_code(), ResponseCode::SystemBusy);
  go_on.set_value();
  for (const std::int32_t opaque : {1, 2, 3}) EXPECT_EQ(sink->answers.take().opaque, opaque);
}

TEST_F(DispatcherTest, AnswersNoOnewayRequestWhateverHappens) {
  routes.route(echo_code, echo, inline_on_connection);
  for (const RequestCode code : {echo_code, static_cast<RequestCode>(12345)}) {
    RemotingCommand command = request(code, 10);
    command.flag = RemotingCommand::oneway_bit;
    dispatch(command);
  }
  EXPECT_EQ(sink->answers.size(), 0U);
}

TEST_F(DispatcherTest, HandsAPoolACopyOfTheRequestAndItsBody) {
  WorkerPool pool("pool", 1, 10);
  std::promise<void> go_on;
  routes.route(
      echo_code,
      [&](const RequestContext&, RemotingCommand& command, Reply reply) {
        go_on.get_future().wait();
        reply.body(std::string(command.body));
      },
      &pool);
  std::string bytes = "the read buffer's content";
  RemotingCommand command = request(echo_code, 11);
  command.body = bytes;
  dispatch(command);
  bytes.assign(bytes.size(), '?');  // the connection reads on
  go_on.set_value();
  EXPECT_EQ(sink->answers.take().body, "the read buffer's content");
  pool.stop();
}

TEST_F(DispatcherTest, LeavesBodiesThatTakeLongToReadToAPool) {
  constexpr std::size_t inline_body_bytes_max = 64 * 1024;
  std::thread::id ran_on;
  WorkerPool pool("large", 1, 4);
  routes.add({.spec = {.code = echo_code,
                       .body_limit = {.inline_bytes_max = inline_body_bytes_max,
                                      .large_body_pool = "large"}},
              .processor =
                  [&](const RequestContext&, RemotingCommand& command, Reply reply) {
                    ran_on = std::this_thread::get_id();
                    reply.body(std::to_string(command.body.size()));
                  },
              .large_body_pool = &pool});
  const std::string largest_inline(inline_body_bytes_max, 'x');
  RemotingCommand small = request(echo_code, 5);
  small.body = largest_inline;
  dispatch(small);
  EXPECT_EQ(sink->answers.take().body, std::to_string(inline_body_bytes_max));
  EXPECT_EQ(ran_on, std::this_thread::get_id());
  const std::string larger = largest_inline + 'x';
  RemotingCommand large = request(echo_code, 6);
  large.body = larger;
  dispatch(large);
  EXPECT_EQ(sink->answers.take().body, std::to_string(inline_body_bytes_max + 1));
  EXPECT_NE(ran_on, std::this_thread::get_id());
}

TEST_F(DispatcherTest, RefusesABodyAboveTheLimitBeforeAnythingReadsIt) {
  WorkerPool pool("pool", 1, 4);
  const auto never = [](const RequestContext&, RemotingCommand&, Reply reply) {
    ADD_FAILURE() << "a refused request has reached its processor";
    reply();
  };
  routes.add({.spec = {.code = echo_code, .name = "ECHO", .body_limit = {.bytes_max = 10}},
              .processor = never});
  routes.add({.spec = {.code = later_code,
                       .name = "LATER",
                       .threads = on_pool("pool"),
                       .body_limit = {.bytes_max = 10}},
              .processor = never,
              .pool = &pool});
  const std::string body = "11 bytes ..";
  for (const RequestCode code : {echo_code, later_code}) {
    RemotingCommand command = request(code, 5);
    command.body = body;
    dispatch(command);
    const RemotingCommand response = sink->answers.take();
    EXPECT_EQ(response.response_code(), ResponseCode::SystemError);
    EXPECT_EQ(response.opaque, 5);
    EXPECT_EQ(response.remark, "the body of request " +
                                   std::string(code == echo_code ? "ECHO" : "LATER") + " (" +
                                   std::to_string(static_cast<int>(code)) +
                                   ") has 11 bytes, more than the limit of 10");
  }
  pool.stop();
}

TEST_F(DispatcherTest, RefusesALargeBodyAboveItsLimitToo) {
  WorkerPool pool("large", 1, 4);
  routes.add({.spec = {.code = echo_code,
                       .name = "ECHO",
                       .body_limit = {.bytes_max = 20,
                                      .inline_bytes_max = 10,
                                      .large_body_pool = "large"}},
              .processor = echo,
              .large_body_pool = &pool});
  for (const std::size_t bytes : {10U, 20U, 21U}) {
    const std::string body(bytes, 'x');
    RemotingCommand command = request(echo_code, 5);
    command.body = body;
    dispatch(command);
    EXPECT_EQ(sink->answers.take().response_code(),
              bytes == 21U ? ResponseCode::SystemError : ResponseCode::Success)
        << bytes;
  }
  pool.stop();
}

TEST_F(DispatcherTest, AnswersSystemBusyWhenThePoolIsFullAndDropsOnewayRequests) {
  WorkerPool pool("slow", 1, 1);
  std::promise<void> started;
  std::promise<void> go_on;
  ASSERT_TRUE(pool.post([&] {
    started.set_value();
    go_on.get_future().wait();
  }));
  started.get_future().wait();
  routes.route(echo_code, echo, &pool);
  dispatch(request(echo_code, 1));  // fills the queue
  dispatch(request(echo_code, 2));
  const RemotingCommand answer = sink->answers.take();
  EXPECT_EQ(answer.opaque, 2);
  EXPECT_EQ(answer.response_code(), ResponseCode::SystemBusy);
  EXPECT_TRUE(answer.remark.starts_with("[OVERLOAD]")) << answer.remark;
  RemotingCommand oneway = request(echo_code, 3);
  oneway.flag = RemotingCommand::oneway_bit;
  dispatch(oneway);
  go_on.set_value();
  pool.stop();
  EXPECT_EQ(sink->answers.take().opaque, 1);
  EXPECT_EQ(sink->answers.size(), 0U);
}

/// A connection that may end.
class EndingChannel final : public Channel {
 public:
  explicit EndingChannel(std::uint64_t id, const Endpoint& remote = {}, const Endpoint& local = {})
      : id_(id), remote_(remote), local_(local) {}
  std::uint64_t id() const override { return id_; }
  const Endpoint& remote() const override { return remote_; }
  const Endpoint& local() const override { return local_; }
  bool is_open() const override { return is_open_; }
  bool send_oneway(RemotingCommand) override { return false; }
  void invoke(RemotingCommand, std::chrono::milliseconds, ResponseCallback) override {}
  void close(std::string) override { is_open_ = false; }

 private:
  const std::uint64_t id_;
  const Endpoint remote_;
  const Endpoint local_;
  std::atomic<bool> is_open_{true};
};

TEST_F(DispatcherTest, LeavesWhatOnlyReadsWhenItsConnectionHasEndedAndDoesTheRest) {
  WorkerPool pool("slow", 1, 10);
  std::promise<void> go_on;
  ASSERT_TRUE(pool.post([&] { go_on.get_future().wait(); }));
  std::vector<std::string> done;  // on the pool's thread
  const auto note = [&](const char* what) {
    return [&done, what](const RequestContext&, RemotingCommand&, Reply reply) {
      done.emplace_back(what);
      reply();
    };
  };
  routes.add({.spec = {.code = echo_code, .threads = on_pool_while_connected("slow")},
              .processor = note("read"),
              .pool = &pool});
  routes.route(later_code, note("change"), &pool);
  const ChannelPtr channel = std::make_shared<EndingChannel>(1);
  for (const RequestCode code : {echo_code, later_code}) {
    RemotingCommand command = request(code, 1);
    Reply reply(sink, command);
    routes.dispatch(channel, command, std::move(reply), routes.now());
  }
  channel->close("");
  go_on.set_value();
  pool.stop();
  EXPECT_EQ(done, std::vector<std::string>{"change"});
  EXPECT_EQ(sink->answers.size(), 1U);
}

TEST_F(DispatcherTest, AnswersSystemBusyToWhomeverHasMostRequestsInAFullPool) {
  WorkerPool pool("slow", 1, 4);
  std::promise<void> started;
  std::promise<void> go_on;
  ASSERT_TRUE(pool.post([&] {
    started.set_value();
    go_on.get_future().wait();
  }));
  started.get_future().wait();
  routes.route(echo_code, echo, &pool);
  const ChannelPtr greedy = std::make_shared<EndingChannel>(1);
  const ChannelPtr modest = std::make_shared<EndingChannel>(2);
  for (int opaque = 1; opaque <= 4; ++opaque) {
    RemotingCommand command = request(echo_code, opaque);
    Reply reply(sink, command);
    routes.dispatch(greedy, command, std::move(reply), routes.now());
  }
  RemotingCommand command = request(echo_code, 5);
  Reply reply(sink, command);
  routes.dispatch(modest, command, std::move(reply), routes.now());
  const RemotingCommand refused = sink->answers.take();
  EXPECT_EQ(refused.opaque, 4);
  EXPECT_EQ(refused.response_code(), ResponseCode::SystemBusy);
  go_on.set_value();
  pool.stop();
  EXPECT_EQ(sink->answers.take().opaque, 1);
  EXPECT_EQ(sink->answers.take().opaque, 5);
}

TEST_F(DispatcherTest, RefusesARequestThatHasWaitedTooLongForThePool) {
  WorkerPool pool("slow", 1, 10);
  std::promise<void> go_on;
  ASSERT_TRUE(pool.post([&] { go_on.get_future().wait(); }));
  routes.route(echo_code, echo, &pool, limit);
  routes.route(later_code, echo, &pool);
  dispatch(request(echo_code, 1));
  dispatch(request(later_code, 2));
  clock.advance(201ms);
  dispatch(request(echo_code, 3));
  go_on.set_value();
  pool.stop();
  const RemotingCommand refused = sink->answers.take();
  EXPECT_EQ(refused.opaque, 1);
  EXPECT_EQ(refused.response_code(), ResponseCode::SystemBusy);
  EXPECT_EQ(refused.remark,
            "[TIMEOUT_CLEAN_QUEUE]broker busy, start flow control for a while, period in queue: "
            "201ms, size of queue: 2");
  EXPECT_EQ(sink->answers.take().response_code(), ResponseCode::Success) << "it has no limit";
  EXPECT_EQ(sink->answers.take().response_code(), ResponseCode::Success) << "it came last";
}

TEST_F(DispatcherTest, RefusesAnInlineRequestThatHasWaitedTooLongForItsTurn) {
  routes.route(echo_code, echo, inline_on_connection, limit);
  routes.route(later_code, echo, inline_on_connection);
  dispatch(request(echo_code, 1), 200ms);
  EXPECT_EQ(sink->answers.take().response_code(), ResponseCode::Success);
  dispatch(request(echo_code, 2), 201ms);
  const RemotingCommand refused = sink->answers.take();
  EXPECT_EQ(refused.opaque, 2);
  EXPECT_EQ(refused.response_code(), ResponseCode::SystemBusy);
  EXPECT_EQ(refused.remark,
            "[TIMEOUT_CLEAN_QUEUE]broker busy, start flow control for a while, period in queue: "
            "201ms, size of queue: 0");
  dispatch(request(later_code, 3), 24h);
  EXPECT_EQ(sink->answers.take().response_code(), ResponseCode::Success) << "it has no limit";
}

TEST_F(DispatcherTest, FollowsTheSettingsOfALimit) {
  routes.route(echo_code, echo, inline_on_connection, limit);
  limit_ms = 1'000;
  dispatch(request(echo_code, 1), 1'000ms);
  EXPECT_EQ(sink->answers.take().response_code(), ResponseCode::Success);
  dispatch(request(echo_code, 2), 1'001ms);
  EXPECT_EQ(sink->answers.take().response_code(), ResponseCode::SystemBusy);
  limit_is_on = false;
  dispatch(request(echo_code, 3), 24h);
  EXPECT_EQ(sink->answers.take().response_code(), ResponseCode::Success);
}

TEST_F(DispatcherTest, RelaysAResponseUnderTheRequestsOwnOpaque) {
  routes.route(
      echo_code,
      [](const RequestContext&, RemotingCommand&, Reply reply) {
        RemotingCommand elsewhere;
        elsewhere.code = 206;
        elsewhere.opaque = 999;
        elsewhere.remark = "not online";
        elsewhere.ext_fields.add("key", "value");
        elsewhere.set_body("content");
        reply.relay(elsewhere);
      },
      inline_on_connection);
  dispatch(request(echo_code, 12));
  const RemotingCommand answer = sink->answers.take();
  EXPECT_EQ(answer.code, 206);
  EXPECT_EQ(answer.opaque, 12);
  EXPECT_EQ(answer.remark, "not online");
  EXPECT_EQ(answer.ext_fields.find("key"), "value");
  EXPECT_EQ(answer.body, "content");
  EXPECT_TRUE(answer.is_response());
}

TEST_F(DispatcherTest, RefusesPeersThatARouteDoesNotAllow) {
  const auto only_one = AddressList::parse("10.0.0.7");
  ASSERT_TRUE(only_one);
  routes.add({.spec = {.code = echo_code}, .processor = echo, .allowed = &*only_one});
  const ChannelPtr stranger = std::make_shared<EndingChannel>(1);
  RemotingCommand command = request(echo_code, 1);
  Reply reply(sink, command);
  routes.dispatch(stranger, command, std::move(reply), routes.now());
  const RemotingCommand response = sink->answers.take();
  EXPECT_EQ(response.response_code(), ResponseCode::NoPermission);
  EXPECT_NE(response.remark.find("adminAllowedAddresses"), std::string::npos) << response.remark;
}

TEST_F(DispatcherTest, ALocalhostThatIsAllowedStandsForAllAddressesOfThisMachine) {
  const auto only_loopback = AddressList::parse("127.0.0.0/8;::1");
  const auto others = AddressList::parse("10.1.0.0/16");
  ASSERT_TRUE(only_loopback && others);
  constexpr auto for_others = RequestCode::GetMaxOffset;
  constexpr auto for_this_machine = RequestCode::GetMinOffset;
  routes.add({.spec = {.code = for_this_machine}, .processor = echo, .allowed = &*only_loopback});
  routes.add({.spec = {.code = for_others}, .processor = echo, .allowed = &*others});
  const auto answer_to = [&](RequestCode code, const Endpoint& from, const Endpoint& to) {
    const ChannelPtr channel = std::make_shared<EndingChannel>(1, from, to);
    RemotingCommand command = request(code, 1);
    Reply reply(sink, command);
    routes.dispatch(channel, command, std::move(reply), routes.now());
    return sink->answers.take().response_code();
  };
  const Endpoint own = Endpoint::v4(10, 9, 0, 5, 10'911);
  const Endpoint own_client = Endpoint::v4(10, 9, 0, 5, 40'000);
  const Endpoint neighbour = Endpoint::v4(10, 9, 0, 6, 40'000);
  EXPECT_EQ(answer_to(for_this_machine, own_client, own), ResponseCode::Success);
  EXPECT_EQ(answer_to(for_this_machine, Endpoint::v4(127, 0, 0, 2, 1), own), ResponseCode::Success);
  EXPECT_EQ(answer_to(for_this_machine, neighbour, own), ResponseCode::NoPermission);
  EXPECT_EQ(answer_to(for_others, own_client, own), ResponseCode::NoPermission)
      << "a list without 127.0.0.1 has only what it names";
  EXPECT_EQ(answer_to(for_others, Endpoint::v4(10, 1, 2, 3, 1), own), ResponseCode::Success);
}

TEST(PeerAddress, IsLocalhostWhereAListNamesThisMachineOnlyAsThat) {
  const auto only_loopback = AddressList::parse("127.0.0.0/8;::1");
  const auto own_address = AddressList::parse("10.9.0.5;127.0.0.1");
  ASSERT_TRUE(only_loopback && own_address);
  const Endpoint own = Endpoint::v4(10, 9, 0, 5, 10'911);
  const Endpoint own_client = Endpoint::v4(10, 9, 0, 5, 40'000);
  const Endpoint neighbour = Endpoint::v4(10, 9, 0, 6, 40'000);
  const EndingChannel of_own_client(1, own_client, own);
  const EndingChannel of_neighbour(2, neighbour, own);
  EXPECT_EQ(as_named(*only_loopback, of_own_client), Endpoint::v4(127, 0, 0, 1, 40'000));
  EXPECT_EQ(as_named(*own_address, of_own_client), own_client);
  EXPECT_EQ(as_named(*only_loopback, of_neighbour), neighbour);
  EXPECT_EQ(as_named(AddressList(), of_own_client), own_client);
}

using DispatcherDeathTest = DispatcherTest;

TEST_F(DispatcherDeathTest, TakesNoRouteThatLacksThePoolOfItsRow) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      routes.add({.spec = {.code = echo_code, .threads = on_pool("pool")}, .processor = echo}),
      testing::KilledBySignal(SIGABRT), "");
}

TEST_F(DispatcherDeathTest, TakesNoSecondRouteForACode) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  routes.route(echo_code, echo, inline_on_connection);
  EXPECT_EXIT(routes.route(echo_code, echo, inline_on_connection), testing::KilledBySignal(SIGABRT),
              "");
}

}  // namespace
}  // namespace rocketmq::remoting
