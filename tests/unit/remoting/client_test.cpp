#include "rocketmq/remoting/client.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <csignal>
#include <future>
#include <latch>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "net_fixture.hpp"

namespace rocketmq::remoting {
namespace {

using std::chrono::milliseconds;

class ClientTest : public ServerFixture {
 protected:
  void make_client(const Dispatcher* dispatcher = nullptr) {
    client.emplace(client_options, dispatcher);
    client->on_connection_established(
        [this](const std::string& made) { made_addresses.put(made); });
    client->on_connection_closed([this](const std::string& lost) { lost_addresses.put(lost); });
  }
  /// Asks without waiting; the outcome's code comes into `outcomes`.
  void ask(const std::string& address, RemotingCommand command, milliseconds timeout = patience) {
    client->invoke_async(address, std::move(command), timeout,
                         [this](Result<RemotingCommand> answer) {
                           outcomes.put(answer ? answer->response_code() : answer.error().code);
                         });
  }

  ClientOptions client_options;
  Inbox<std::string> made_addresses;
  Inbox<std::string> lost_addresses;
  Inbox<ResponseCode> outcomes;
  std::optional<Client> client;  // last: it ends before the others go away
};

TEST_F(ClientTest, ConnectsAtTheFirstRequestAndReturnsTheAnswer) {
  start();
  make_client();
  EXPECT_FALSE(client->is_connected(address()));
  const auto answer = client->invoke(address(), request(echo_code, 0, "hello"), patience);
  ASSERT_TRUE(answer) << to_string(answer.error());
  EXPECT_EQ(answer->body, "hello");
  EXPECT_TRUE(client->is_connected(address()));
}

TEST_F(ClientTest, WritesHeadersInTheFormItIsToldTo) {
  client_options.serialize_type = SerializeType::Rocketmq;
  start();
  make_client();
  const auto answer = client->invoke(address(), request(echo_code, 0), patience);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->serialize_type, SerializeType::Rocketmq);
}

TEST_F(ClientTest, LeavesACommandToBeUsedForTheNextRequest) {
  start();
  make_client();
  Inbox<std::string> bodies;
  RemotingCommand command = request(echo_code, 0);
  for (const std::string body : {"first", "second"}) {
    std::string memory = body;
    command.body = memory;
    client->invoke_async_reusing(address(), command, patience, [&](Result<RemotingCommand> answer) {
      bodies.put(answer ? std::string(answer->body) : "none");
    });
    memory.assign(memory.size(), '-');  // it was encoded before
  }
  EXPECT_EQ(bodies.take(), "first");
  EXPECT_EQ(bodies.take(), "second");
}

/// Sends more than a socket takes, waiting for each piece.
class PatientSender {
 public:
  static constexpr int count = 40;

  PatientSender(Client& client, const std::string& address, Inbox<ResponseCode>& outcomes)
      : thread_([&client, address, &outcomes] {
          const std::string body(1024 * 1024, 'x');
          RemotingCommand command = request(echo_code, 0);
          for (int k = 0; k < count; ++k) {
            command.body = body;
            client.invoke_async_reusing(
                address, command, patience,
                [&](const Result<RemotingCommand>& answer) {
                  outcomes.put(answer ? answer->response_code() : answer.error().code);
                },
                64 * 1024);
          }
        }) {}
  void join() { thread_.join(); }

 private:
  std::thread thread_;
};

TEST_F(ClientTest, LetsWhoWaitsForOutputGoOnWhenThePeerReads) {
  test::RawListener listener;
  make_client();
  PatientSender sender(*client, listener.address(), outcomes);
  auto peer = listener.accept();
  for (int k = 0; k < PatientSender::count; ++k) {
    const auto command = peer.read_command();
    ASSERT_TRUE(command) << k;
    EXPECT_EQ(command->body.size(), 1024U * 1024U);
  }
  sender.join();
  client->shutdown();
  EXPECT_TRUE(outcomes.wait_for_size(PatientSender::count));
}

TEST_F(ClientTest, LetsNobodyWaitForOutputAfterItsEnd) {
  test::RawListener listener;
  make_client();
  PatientSender sender(*client, listener.address(), outcomes);
  auto peer = listener.accept();
  ASSERT_TRUE(peer.read_command());
  client->shutdown();
  sender.join();
  EXPECT_TRUE(outcomes.wait_for_size(PatientSender::count));
  EXPECT_EQ(outcomes.take(), ResponseCode::ShutDown);
}

TEST_F(ClientTest, SaysOnItsThreadWhenCallbacksHaveRun) {
  start();
  std::string gathered;
  Inbox<std::string> handed_over;
  client_options.callbacks_ran = [&] {
    if (gathered.empty()) return;
    EXPECT_TRUE(client->runs_this_thread());
    handed_over.put(std::exchange(gathered, {}));
  };
  make_client();
  EXPECT_FALSE(client->runs_this_thread());
  client->invoke_async(address(), request(echo_code, 0, "an answer"), patience,
                       [&](Result<RemotingCommand> answer) { gathered += answer->body; });
  EXPECT_EQ(handed_over.take(), "an answer");
  const test::RawListener silent;
  client->invoke_async(silent.address(), request(echo_code, 0), milliseconds(1),
                       [&](Result<RemotingCommand>) { gathered += "a time-out"; });
  EXPECT_EQ(handed_over.take(), "a time-out");
  client.reset();
}

TEST_F(ClientTest, ResolvesNames) {
  start();
  make_client();
  const std::string by_name = "localhost:" + std::to_string(server->port());
  const auto answer = client->invoke(by_name, request(echo_code, 0, "by name"), patience);
  ASSERT_TRUE(answer) << to_string(answer.error());
  EXPECT_EQ(answer->body, "by name");
}

TEST_F(ClientTest, MatchesAnswersThatComeInAnyOrderFromManyThreads) {
  constexpr int threads = 4;
  constexpr int requests_each = 500;
  WorkerPool pool("pool", 3, threads * requests_each);
  routes.route(later_code, echo, &pool);
  options.net_threads = 2;
  start();
  make_client();
  std::atomic<int> right{0};
  std::latch all_answered(threads * requests_each);
  std::vector<std::thread> askers;
  for (int t = 0; t < threads; ++t) {
    askers.emplace_back([&, t] {
      for (int k = 0; k < requests_each; ++k) {
        const std::string body = std::to_string(t * requests_each + k);
        client->invoke_async(address(), request(k % 2 == 0 ? later_code : echo_code, 0, body),
                             patience, [&, body](Result<RemotingCommand> answer) {
                               if (answer && answer->body == body) ++right;
                               all_answered.count_down();
                             });
      }
    });
  }
  for (std::thread& asker : askers) asker.join();
  all_answered.wait();
  EXPECT_EQ(right, threads * requests_each);
  EXPECT_EQ(server->connection_count(), 1U);
  server->stop();
  pool.stop();
}

TEST_F(ClientTest, TurnsAnAnswerThatIsNoSuccessIntoAnErrorWhenCalled) {
  start();
  make_client();
  const auto called = client->call(address(), request(static_cast<RequestCode>(777), 0), patience);
  ASSERT_FALSE(called);
  EXPECT_EQ(called.error().code, ResponseCode::RequestCodeNotSupported);
  EXPECT_EQ(called.error().remark, " request type 777 not supported");
  EXPECT_TRUE(client->call(address(), request(echo_code, 0), patience));
}

TEST_F(ClientTest, GivesUpOnAnAnswerThatDoesNotComeInTimeAndIgnoresItLater) {
  Inbox<Reply> held;
  routes.route(
      later_code,
      [&](const RequestContext&, RemotingCommand&, Reply reply) { held.put(std::move(reply)); },
      inline_on_connection);
  start();
  make_client();
  const auto answer = client->invoke(address(), request(later_code, 0), milliseconds(30));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ResponseCode::RequestTimeout);
  EXPECT_NE(answer.error().remark.find(address()), std::string::npos) << answer.error().remark;
  held.take()();
  EXPECT_TRUE(client->invoke(address(), request(echo_code, 0), patience));
}

TEST_F(ClientTest, TimesOutInTheOrderOfTheDeadlines) {
  routes.route(
      later_code, [](const RequestContext&, RemotingCommand&, Reply reply) { reply.drop(); },
      inline_on_connection);
  start();
  make_client();
  Inbox<int> expired;
  for (const int timeout_ms : {80, 20, 50}) {
    client->invoke_async(address(), request(later_code, 0), milliseconds(timeout_ms),
                         [&, timeout_ms](Result<RemotingCommand>) { expired.put(timeout_ms); });
  }
  EXPECT_EQ(expired.take(), 20);
  EXPECT_EQ(expired.take(), 50);
  EXPECT_EQ(expired.take(), 80);
}

TEST_F(ClientTest, SaysWhenNobodyListens) {
  // A port that was free a moment ago may have another listener by now.
  const std::string nobody = "127.0.0.1:1";
  make_client();
  const auto answer = client->invoke(nobody, request(echo_code, 0), patience);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ResponseCode::ConnectFailed);
  EXPECT_NE(answer.error().remark.find(nobody), std::string::npos) << answer.error().remark;
  Inbox<ResponseCode> failures;
  client->invoke_oneway(nobody, request(echo_code, 0), patience,
                        [&](const Error& error) { failures.put(error.code); });
  EXPECT_EQ(failures.take(), ResponseCode::ConnectFailed);
  EXPECT_EQ(made_addresses.size(), 0U);
  EXPECT_EQ(lost_addresses.size(), 0U) << "it never was connected";
}

TEST_F(ClientTest, RefusesAnAddressThatIsNone) {
  make_client();
  for (const char* nonsense : {"", "no-port", "host:99999", "host:"}) {
    const auto answer = client->invoke(nonsense, request(echo_code, 0), patience);
    ASSERT_FALSE(answer) << nonsense;
    EXPECT_EQ(answer.error().code, ResponseCode::ConnectFailed) << nonsense;
  }
}

TEST_F(ClientTest, FailsWhatIsUnderWayAtOnceWhenTheConnectionIsLostAndConnectsAnew) {
  test::RawListener listener;
  make_client();
  ask(listener.address(), request(later_code, 0));
  ask(listener.address(), request(later_code, 0));
  {
    auto peer = listener.accept();
    ASSERT_TRUE(peer.read_command() && peer.read_command());
  }
  EXPECT_EQ(outcomes.take(), ResponseCode::SendFailed);
  EXPECT_EQ(outcomes.take(), ResponseCode::SendFailed);
  EXPECT_EQ(lost_addresses.take(), listener.address());
  EXPECT_FALSE(client->is_connected(listener.address()));
  ask(listener.address(), request(later_code, 0));
  auto peer = listener.accept();
  RemotingCommand answer = peer.read_command().value();
  answer.code = 0;
  answer.flag = RemotingCommand::response_bit;
  peer.send(answer);
  EXPECT_EQ(outcomes.take(), ResponseCode::Success);
}

TEST_F(ClientTest, ReachesAServerThatWasRestartedOnItsPort) {
  start();
  make_client();
  ASSERT_TRUE(client->invoke(address(), request(echo_code, 0), patience));
  options.port = server->port();
  const std::string here = "127.0.0.1:" + std::to_string(options.port);
  EXPECT_EQ(made_addresses.take(), here);
  server.reset();
  EXPECT_EQ(lost_addresses.take(), here);
  start();
  EXPECT_TRUE(client->invoke(address(), request(echo_code, 0), patience));
  EXPECT_EQ(made_addresses.take(), here);
  EXPECT_TRUE(client->invoke(address(), request(echo_code, 0), patience));
  EXPECT_EQ(made_addresses.size(), 0U) << "the second request needs no other connection";
}

TEST_F(ClientTest, ClosesAConnectionWhoseServerSendsGarbage) {
  test::RawListener listener;
  make_client();
  ask(listener.address(), request(later_code, 0));
  auto peer = listener.accept();
  ASSERT_TRUE(peer.read_command());
  peer.send("SSH-2.0-OpenSSH_9.2\r\n");
  EXPECT_NE(outcomes.take(), ResponseCode::Success);
  EXPECT_TRUE(peer.is_closed_by_peer());
}

TEST_F(ClientTest, RefusesRequestsOverItsLimitUntilOneIsDone) {
  client_options.in_flight_max = 2;
  test::RawListener listener;
  make_client();
  ask(listener.address(), request(later_code, 0));
  ask(listener.address(), request(later_code, 0));
  EXPECT_EQ(client->invoke(listener.address(), request(later_code, 0), patience).error().code,
            ResponseCode::TooManyRequests);
  auto peer = listener.accept();
  RemotingCommand answer = peer.read_command().value();
  answer.code = 0;
  answer.flag = RemotingCommand::response_bit;
  peer.send(answer);
  EXPECT_EQ(outcomes.take(), ResponseCode::Success);
  ask(listener.address(), request(later_code, 0), milliseconds(1));
  EXPECT_EQ(outcomes.take(), ResponseCode::RequestTimeout);
}

TEST_F(ClientTest, RefusesARequestThatFitsIntoNoFrameWithoutHarmToOthers) {
  client_options.frame_bytes_max = 10'000;
  start();
  make_client();
  const auto refused =
      client->invoke(address(), request(echo_code, 0, std::string(10'000, 'x')), patience);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ResponseCode::SendFailed);
  EXPECT_TRUE(client->invoke(address(), request(echo_code, 0, "small"), patience));
}

TEST_F(ClientTest, SendsOnewayRequestsWithTheirFlag) {
  test::RawListener listener;
  make_client();
  Inbox<ResponseCode> failures;
  client->invoke_oneway(listener.address(), request(later_code, 0, "fire"), patience,
                        [&](const Error& error) { failures.put(error.code); });
  auto peer = listener.accept();
  const auto received = peer.read_command();
  ASSERT_TRUE(received);
  EXPECT_EQ(received->flag, RemotingCommand::oneway_bit);
  EXPECT_EQ(received->body, "fire");
  client->invoke_oneway(listener.address(), request(later_code, 0, "forget"), patience);
  EXPECT_EQ(peer.read_command()->body, "forget");
  peer.close();
  lost_addresses.take();
  EXPECT_EQ(failures.size(), 0U) << "it was handed to the socket";
}

TEST_F(ClientTest, AnswersWhatTheServerAsks) {
  Dispatcher ours;
  ours.route(RequestCode::GetConsumerRunningInfo, echo, inline_on_connection);
  test::RawListener listener;
  make_client(&ours);
  ask(listener.address(), request(later_code, 0));
  auto peer = listener.accept();
  const auto asked = peer.read_command();
  ASSERT_TRUE(asked);
  peer.send(request(RequestCode::GetConsumerRunningInfo, asked->opaque, "who are you"));
  const auto answer = peer.read_command();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->opaque, asked->opaque);
  EXPECT_TRUE(answer->is_response());
  EXPECT_EQ(answer->body, "who are you");
  EXPECT_EQ(outcomes.size(), 0U) << "a request under our opaque is not its response";
  client.reset();  // before what it dispatches by
}

TEST_F(ClientTest, SaysThatItSupportsNothingWhenItHasNoDispatcher) {
  test::RawListener listener;
  make_client();
  ask(listener.address(), request(later_code, 0));
  auto peer = listener.accept();
  peer.send(request(RequestCode::GetConsumerRunningInfo, 3));
  ASSERT_TRUE(peer.read_command());  // its own request
  const auto answer = peer.read_command();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->opaque, 3);
  EXPECT_EQ(answer->response_code(), ResponseCode::RequestCodeNotSupported);
}

TEST_F(ClientTest, ClosesAConnectionThatIsIdle) {
  client_options.idle_timeout = milliseconds(100);
  start();
  make_client();
  ASSERT_TRUE(client->invoke(address(), request(echo_code, 0), patience));
  EXPECT_EQ(lost_addresses.take(), address());
  closed.take();
}

TEST_F(ClientTest, ClosesAConnectionWhenAsked) {
  test::RawListener listener;
  make_client();
  ask(listener.address(), request(later_code, 0));
  auto peer = listener.accept();
  ASSERT_TRUE(peer.read_command());
  client->close(listener.address());
  EXPECT_EQ(outcomes.take(), ResponseCode::SendFailed);
  EXPECT_TRUE(peer.is_closed_by_peer());
}

TEST_F(ClientTest, HasRunEveryCallbackWhenItIsShutDown) {
  client_options.net_threads = 2;
  test::RawListener listener;
  test::RawListener silent;
  make_client();
  for (int k = 0; k < 50; ++k) {
    ask(listener.address(), request(later_code, 0));
    ask(silent.address(), request(later_code, 0));
  }
  client->shutdown();
  ASSERT_EQ(outcomes.size(), 100U);
  for (int k = 0; k < 100; ++k) EXPECT_EQ(outcomes.take(), ResponseCode::ShutDown);
  client->shutdown();
  EXPECT_EQ(client->invoke(listener.address(), request(later_code, 0), patience).error().code,
            ResponseCode::ShutDown);
}

TEST_F(ClientTest, ShutsDownWhileOthersAsk) {
  start();
  make_client();
  std::atomic<int> asked{0};
  std::atomic<int> called_back{0};
  std::atomic<bool> stop{false};
  std::latch running(3);
  std::vector<std::thread> askers;
  for (int t = 0; t < 3; ++t) {
    askers.emplace_back([&] {
      for (int k = 0; !stop; ++k) {
        ++asked;
        client->invoke_async(address(), request(echo_code, 0), patience,
                             [&](Result<RemotingCommand>) { ++called_back; });
        if (k == 100) running.count_down();
      }
    });
  }
  running.wait();
  client->shutdown();
  stop = true;
  for (std::thread& asker : askers) asker.join();
  EXPECT_EQ(asked, called_back);
}

/// Clients on one thread that they share.
class SharedThreadTest : public ClientTest {
 protected:
  SharedThreadTest() {
    routes.route(
        later_code,
        [this](const RequestContext&, RemotingCommand&, Reply reply) {
          unanswered.put(std::make_shared<Reply>(std::move(reply)));
        },
        inline_on_connection);
  }
  std::unique_ptr<Client> make_sharing_client() {
    return std::make_unique<Client>(client_options, nullptr, threads);
  }
  static std::thread::id thread_of(Client& asked, const std::string& address) {
    std::promise<std::thread::id> ran_on;
    asked.invoke_async(address, request(echo_code, 0), patience,
                       [&](const auto&) { ran_on.set_value(std::this_thread::get_id()); });
    return ran_on.get_future().get();
  }

  Inbox<std::shared_ptr<Reply>> unanswered;
  NetThreads threads{{.thread_name_prefix = "shared", .threads_max = 1}};
};

TEST_F(SharedThreadTest, RunsTheCallbacksOfAllItsClients) {
  start();
  const auto one = make_sharing_client();
  const auto other = make_sharing_client();
  EXPECT_EQ(thread_of(*one, address()), thread_of(*other, address()));
}

TEST_F(SharedThreadTest, GoesOnForOthersWhenAClientHasShutDownAndItsCallbacksHaveRun) {
  start();
  auto leaving = make_sharing_client();
  const auto staying = make_sharing_client();
  std::atomic<int> failed{0};
  for (int i = 0; i < 10; ++i) {
    leaving->invoke_async(address(), request(later_code, 0), patience,
                          [&](const Result<RemotingCommand>& answer) {
                            if (!answer && answer.error().code == ResponseCode::ShutDown) ++failed;
                          });
  }
  ASSERT_TRUE(unanswered.wait_for_size(10));
  leaving->shutdown();
  EXPECT_EQ(failed, 10);
  leaving->invoke_async(address(), request(echo_code, 0), patience,
                        [&](const Result<RemotingCommand>&) { ++failed; });
  EXPECT_EQ(failed, 11) << "on the caller's thread, before the call returns";
  leaving.reset();
  EXPECT_TRUE(staying->invoke(address(), request(echo_code, 0), patience));
}

TEST_F(SharedThreadTest, IsLeftWhileAConnectionIsBeingMadeAndOthersAsk) {
  start();
  for (int round = 0; round < 20; ++round) {
    const auto leaving = make_sharing_client();
    std::latch begun(3);
    std::vector<std::thread> askers;
    std::atomic<int> left{0};
    for (int i = 0; i < 2; ++i) {
      askers.emplace_back([&] {
        begun.arrive_and_wait();
        for (int k = 0; k < 50; ++k) {
          ++left;
          leaving->invoke_async(address(), request(echo_code, 0), patience,
                                [&](const auto&) { --left; });
        }
      });
    }
    begun.arrive_and_wait();
    leaving->shutdown();
    for (std::thread& asker : askers) asker.join();
    leaving->settle();
    EXPECT_EQ(left, 0);
  }
}

TEST_F(ClientTest, LetsACallbackAskAgain) {
  start();
  make_client();
  std::promise<std::string> last;
  client->invoke_async(
      address(), request(echo_code, 0, "first"), patience, [&](Result<RemotingCommand> first) {
        ASSERT_TRUE(first);
        client->invoke_async(address(), request(echo_code, 0, std::string(first->body) + " second"),
                             patience, [&](Result<RemotingCommand> second) {
                               last.set_value(second ? std::string(second->body) : "failed");
                             });
      });
  EXPECT_EQ(last.get_future().get(), "first second");
}

using ClientDeathTest = ClientTest;

TEST_F(ClientDeathTest, IsNotWaitedForOnAThreadThatDoesIo) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        start();
        make_client();
        std::promise<void> never;
        client->invoke_async(address(), request(echo_code, 0), patience,
                             [&](Result<RemotingCommand>) {
                               (void)client->invoke(address(), request(echo_code, 0), patience);
                             });
        never.get_future().wait();
      },
      testing::KilledBySignal(SIGABRT), "");
}

}  // namespace
}  // namespace rocketmq::remoting
