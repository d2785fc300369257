#include "rocketmq/remoting/server.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <future>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "net_fixture.hpp"
#include "rocketmq/common/bytes.hpp"

namespace rocketmq::remoting {
namespace {

using ServerTest = ServerFixture;

TEST_F(ServerTest, AnswersARequestInTheFormItCameInWithItsOpaque) {
  start();
  auto connection = connect();
  for (const SerializeType type : {SerializeType::Json, SerializeType::Rocketmq}) {
    RemotingCommand asked = request(echo_code, -7, "hello");
    asked.serialize_type = type;
    connection.send(asked);
    const auto answer = connection.read_command();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->serialize_type, type);
    EXPECT_EQ(answer->response_code(), ResponseCode::Success);
    EXPECT_EQ(answer->opaque, -7);
    EXPECT_EQ(answer->flag, RemotingCommand::response_bit);
    EXPECT_EQ(answer->language, LanguageCode::Cpp);
    EXPECT_EQ(answer->version, version::own);
    EXPECT_EQ(answer->body, "hello");
  }
}

TEST_F(ServerTest, WritesExtFieldsEvenWhenThereAreNone) {
  start();
  auto connection = connect();
  connection.send(request(echo_code, 1));
  const auto frame = connection.read_frame();
  ASSERT_TRUE(frame);
  EXPECT_NE(frame->find("\"extFields\":{}"), std::string::npos) << *frame;
}

TEST_F(ServerTest, AnswersPipelinedRequestsInTheOrderInWhichTheyWereSent) {
  start();
  auto connection = connect();
  std::string bytes;
  for (int k = 0; k < 5'000; ++k) encode_frame(request(echo_code, k, std::to_string(k)), bytes);
  std::thread sender([&] { connection.send(bytes); });
  for (int k = 0; k < 5'000; ++k) {
    const auto answer = connection.read_command();
    ASSERT_TRUE(answer);
    ASSERT_EQ(answer->opaque, k);
    ASSERT_EQ(answer->body, std::to_string(k));
  }
  sender.join();
}

TEST_F(ServerTest, RefusesWhatHasWaitedTooLongBehindOtherRequestsOfItsConnection) {
  const Live<bool> is_on = true;
  const Live<std::int64_t> limit_ms = 200;
  routes.route(
      RequestCode::QueryMessage,
      [this](const RequestContext&, RemotingCommand&, Reply reply) {
        clock.advance(std::chrono::milliseconds(201));
        reply();
      },
      inline_on_connection);
  routes.route(later_code, echo, inline_on_connection, WaitLimit{&is_on, &limit_ms});
  start();
  auto connection = connect();
  // Short enough to come with one read.
  connection.send(test::RawConnection::encoded(request(later_code, 1)) +
                  test::RawConnection::encoded(request(RequestCode::QueryMessage, 2)) +
                  test::RawConnection::encoded(request(later_code, 3)));
  EXPECT_EQ(connection.read_command()->response_code(), ResponseCode::Success);
  EXPECT_EQ(connection.read_command()->response_code(), ResponseCode::Success);
  EXPECT_EQ(connection.read_command()->response_code(), ResponseCode::SystemBusy);
  connection.send(request(later_code, 4));
  EXPECT_EQ(connection.read_command()->response_code(), ResponseCode::Success)
      << "what comes afterwards has not waited";
}

TEST_F(ServerTest, AnswersARequestThatComesByteByByte) {
  start();
  auto connection = connect();
  const auto bytes = test::RawConnection::encoded(request(echo_code, 3, "slowly"));
  for (const char byte : bytes) connection.send(std::string_view(&byte, 1));
  const auto answer = connection.read_command();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->body, "slowly");
}

TEST_F(ServerTest, TakesFramesOfEverySizeUpToTheLimit) {
  options.frame_bytes_max = 3'000'000;
  start();
  auto connection = connect();
  int opaque = 0;
  for (const std::size_t size :
       {0, 1, 4'096, 16'383, 16'384, 70'000, 262'144, 262'200, 1'048'576, 2'900'000}) {
    std::string body(size, '\0');
    for (std::size_t k = 0; k < size; ++k) body[k] = static_cast<char>(k * 31 + k / 251);
    // A small one follows immediately, so that the large one's end is not the read's end.
    std::thread sender([&] {
      connection.send(test::RawConnection::encoded(request(echo_code, opaque, body)) +
                      test::RawConnection::encoded(request(echo_code, -1, "next")));
    });
    const auto answer = connection.read_command();
    const auto next = connection.read_command();
    sender.join();
    ASSERT_TRUE(answer && next) << size;
    EXPECT_EQ(answer->opaque, opaque);
    EXPECT_TRUE(answer->body == body) << size;
    EXPECT_EQ(next->body, "next");
    ++opaque;
  }
}

TEST_F(ServerTest, ClosesOnlyTheConnectionThatSendsGarbage) {
  start();
  auto well_behaved = connect();
  const std::string header_not_json = std::string("\0\0\0\x0a\0\0\0\x06{code:", 14);
  const std::string unknown_serialize_type = std::string("\0\0\0\x06\x07\0\0\x02{}", 10);
  const std::string header_longer_than_frame = std::string("\0\0\0\x06\0\0\0\x09{}", 10);
  const std::string negative_length = std::string("\xff\xff\xff\xff", 4);
  const std::string no_header_word = std::string("\0\0\0\0", 4);
  for (const std::string& garbage :
       {std::string("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"), header_not_json,
        unknown_serialize_type, header_longer_than_frame, negative_length, no_header_word}) {
    auto connection = connect();
    connection.send(garbage);
    EXPECT_TRUE(connection.is_closed_by_peer()) << testing::PrintToString(garbage);
  }
  well_behaved.send(request(echo_code, 1, "fine"));
  EXPECT_TRUE(well_behaved.read_command());
}

TEST_F(ServerTest, AnswersWhatCameBeforeTheGarbage) {
  start();
  auto connection = connect();
  connection.send(test::RawConnection::encoded(request(echo_code, 1, "good")) + "\xff\xff\xff\xff");
  const auto answer = connection.read_command();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->body, "good");
  EXPECT_TRUE(connection.is_closed_by_peer());
}

TEST_F(ServerTest, ClosesAConnectionThatAnnouncesAFrameOverTheLimit) {
  options.frame_bytes_max = 1'000;
  start();
  auto connection = connect();
  std::string announced;
  append_be<std::int32_t>(announced, 997);  // and 4 bytes of the length itself
  connection.send(announced);
  EXPECT_TRUE(connection.is_closed_by_peer());
  EXPECT_TRUE(is_serving());
}

TEST_F(ServerTest, ForgetsAFrameWhosePeerHangsUpInItsMiddle) {
  start();
  {
    auto connection = connect();
    const auto bytes =
        test::RawConnection::encoded(request(echo_code, 1, std::string(100'000, 'x')));
    connection.send(std::string_view(bytes).substr(0, 50'000));
  }
  closed.take();
  EXPECT_TRUE(is_serving());
}

TEST_F(ServerTest, AnswersAnUnknownCodeAsNotSupported) {
  start();
  auto connection = connect();
  connection.send(request(static_cast<RequestCode>(9999), 5));
  const auto answer = connection.read_command();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->response_code(), ResponseCode::RequestCodeNotSupported);
  EXPECT_EQ(answer->remark, " request type 9999 not supported");
}

TEST_F(ServerTest, RunsOnewayRequestsInOrderAndAnswersNone) {
  std::vector<std::string> seen;
  routes.route(
      later_code,
      [&](const RequestContext&, RemotingCommand& command, Reply reply) {
        seen.emplace_back(command.body);
        reply();
      },
      inline_on_connection);
  start();
  auto connection = connect();
  for (const char* body : {"one", "two", "three"}) {
    RemotingCommand oneway = request(later_code, 1, body);
    oneway.flag = RemotingCommand::oneway_bit;
    connection.send(oneway);
  }
  connection.send(request(echo_code, 2));
  const auto answer = connection.read_command();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->opaque, 2) << "a one-way request was answered";
  EXPECT_EQ(seen, (std::vector<std::string>{"one", "two", "three"}));
}

TEST_F(ServerTest, IgnoresAResponseThatAnswersNothing) {
  start();
  auto connection = connect();
  RemotingCommand response = request(echo_code, 1, "unasked");
  response.flag = RemotingCommand::response_bit;
  connection.send(response);
  connection.send(request(echo_code, 2));
  const auto answer = connection.read_command();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->opaque, 2);
}

TEST_F(ServerTest, DelaysNoLaterAnswerBehindOneThatIsHeldBack) {
  Inbox<Reply> held;
  routes.route(
      later_code,
      [&](const RequestContext&, RemotingCommand&, Reply reply) { held.put(std::move(reply)); },
      inline_on_connection);
  start();
  auto connection = connect();
  connection.send(request(later_code, 1));
  connection.send(request(echo_code, 2));
  EXPECT_EQ(connection.read_command()->opaque, 2);
  Reply reply = held.take();
  reply.body("from another thread");
  const auto late = connection.read_command();
  ASSERT_TRUE(late);
  EXPECT_EQ(late->opaque, 1);
  EXPECT_EQ(late->body, "from another thread");
}

TEST_F(ServerTest, TakesAnswersFromManyThreadsAtOnce) {
  constexpr int requests = 2'000;
  WorkerPool pool("pool", 4, requests);
  routes.route(later_code, echo, &pool);
  options.net_threads = 2;
  start();
  std::vector<std::thread> peers;
  std::atomic<int> right_answers{0};
  for (int p = 0; p < 2; ++p) {
    peers.emplace_back([&] {
      auto connection = connect();
      std::string bytes;
      for (int k = 0; k < requests / 2; ++k) {
        encode_frame(request(later_code, k, std::to_string(k)), bytes);
      }
      connection.send(bytes);
      for (int k = 0; k < requests / 2; ++k) {
        const auto answer = connection.read_command();
        if (answer && answer->body == std::to_string(answer->opaque)) ++right_answers;
      }
    });
  }
  for (std::thread& peer : peers) peer.join();
  EXPECT_EQ(right_answers, requests);
  server->stop();
  pool.stop();
}

TEST_F(ServerTest, AnswersAnotherConnectionFromWithinABatch) {
  // A send that completes a pull which another client left waiting.
  Inbox<Reply> held;
  routes.route(
      later_code,
      [&](const RequestContext&, RemotingCommand&, Reply reply) { held.put(std::move(reply)); },
      inline_on_connection);
  routes.route(
      RequestCode::HeartBeat,
      [&](const RequestContext&, RemotingCommand&, Reply reply) {
        held.take().body("arrived");
        reply();
      },
      inline_on_connection);
  start();
  auto waiting = connect();
  waiting.send(request(later_code, 1));
  ASSERT_TRUE(held.wait_for_size(1));
  auto other = connect();
  other.send(request(RequestCode::HeartBeat, 2));
  EXPECT_EQ(other.read_command()->opaque, 2);
  const auto answer = waiting.read_command();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->body, "arrived");
}

TEST_F(ServerTest, SendsAGatheredBodyAndKeepsItsMemoryUntilItIsSent) {
  auto memory = std::make_shared<std::string>(1'000'000, 'm');
  for (std::size_t k = 0; k < memory->size(); ++k) (*memory)[k] = static_cast<char>(k * 7);
  const std::string expected = *memory;
  const std::weak_ptr<std::string> watched = memory;
  routes.route(
      later_code,
      [&](const RequestContext&, RemotingCommand&, Reply reply) {
        const std::string_view all(*memory);
        std::vector<std::string_view> pieces;  // more than one gathered write takes
        for (std::size_t at = 0; at < all.size(); at += 250) pieces.push_back(all.substr(at, 250));
        reply.body(Body::gathered(std::move(pieces), std::move(memory)));
      },
      inline_on_connection);
  start();
  auto connection = connect();
  connection.send(test::RawConnection::encoded(request(later_code, 1)) +
                  test::RawConnection::encoded(request(echo_code, 2, "behind it")));
  const auto answer = connection.read_command();
  ASSERT_TRUE(answer);
  EXPECT_TRUE(answer->body == expected);
  EXPECT_EQ(connection.read_command()->body, "behind it");
  server->stop();
  EXPECT_TRUE(watched.expired());
}

TEST_F(ServerTest, AnswersSystemErrorWhenAReplyIsAbandonedLater) {
  Inbox<Reply> held;
  routes.route(
      later_code,
      [&](const RequestContext&, RemotingCommand&, Reply reply) { held.put(std::move(reply)); },
      inline_on_connection);
  start();
  auto connection = connect();
  connection.send(request(later_code, 1));
  { const Reply forgotten = held.take(); }
  const auto answer = connection.read_command();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->response_code(), ResponseCode::SystemError);
}

TEST_F(ServerTest, TakesAReplyThatComesAfterTheConnectionOrTheServerIsGone) {
  Inbox<Reply> held;
  routes.route(
      later_code,
      [&](const RequestContext&, RemotingCommand&, Reply reply) { held.put(std::move(reply)); },
      inline_on_connection);
  start();
  {
    auto connection = connect();
    connection.send(request(later_code, 1));
    ASSERT_TRUE(held.wait_for_size(1));
  }
  closed.take();
  held.take().body("nobody listens");
  auto connection = connect();
  connection.send(request(later_code, 2));
  ASSERT_TRUE(held.wait_for_size(1));
  server.reset();
  held.take().body("nobody is left");
}

TEST_F(ServerTest, ReadsNoMoreFromAPeerThatDoesNotReadUntilItDoes) {
  constexpr std::size_t answer_bytes = 100'000;
  constexpr int requests = 400;
  std::atomic<int> processed{0};
  const std::string answer_body(answer_bytes, 'a');
  routes.route(
      later_code,
      [&](const RequestContext&, RemotingCommand&, Reply reply) {
        ++processed;
        reply.body(answer_body);
      },
      inline_on_connection);
  options.output_bytes_high = 1'000'000;
  options.output_bytes_max = 1'500'000;
  options.socket_send_buffer_bytes = 64 * 1024;
  start();
  auto slow = connect(64 * 1024);
  std::string bytes;
  for (int k = 0; k < requests; ++k) encode_frame(request(later_code, k), bytes);
  slow.send(bytes);
  // Another peer's answer shows that the slow one's requests have been looked at, and that it
  // disturbs no connection.
  ASSERT_TRUE(is_serving());
  EXPECT_LT(processed, requests);
  for (int k = 0; k < requests; ++k) {
    const auto answer = slow.read_command();
    ASSERT_TRUE(answer) << k;
    ASSERT_EQ(answer->opaque, k);
    ASSERT_EQ(answer->body.size(), answer_bytes);
  }
  EXPECT_EQ(processed, requests);
}

TEST_F(ServerTest, ClosesAConnectionWhoseLateAnswersPileUpOverTheLimit) {
  Inbox<Reply> held;
  routes.route(
      later_code,
      [&](const RequestContext&, RemotingCommand&, Reply reply) { held.put(std::move(reply)); },
      inline_on_connection);
  options.output_bytes_high = 500'000;
  options.output_bytes_max = 1'000'000;
  options.socket_send_buffer_bytes = 32 * 1024;
  start();
  auto slow = connect(32 * 1024);
  for (int k = 0; k < 100; ++k) slow.send(request(later_code, k));
  ASSERT_TRUE(held.wait_for_size(100));
  for (int k = 0; k < 100; ++k) held.take().body(std::string(100'000, 'z'));
  closed.take();
  EXPECT_TRUE(is_serving());
}

TEST_F(ServerTest, ClosesAConnectionWhoseAnswersPileUpOnItsOwnThread) {
  std::vector<Reply> held;  // on the one reactor
  routes.route(
      later_code,
      [&](const RequestContext&, RemotingCommand&, Reply reply) {
        held.push_back(std::move(reply));
      },
      inline_on_connection);
  std::atomic<std::size_t> answered{0};
  routes.route(
      RequestCode::HeartBeat,
      [&](const RequestContext&, RemotingCommand&, Reply reply) {
        answered = held.size();
        for (Reply& late : held) late.body(std::string(100'000, 'z'));
        held.clear();
        reply();
      },
      inline_on_connection);
  options.output_bytes_high = 500'000;
  options.output_bytes_max = 1'000'000;
  options.socket_send_buffer_bytes = 32 * 1024;
  start();
  auto slow = connect(32 * 1024);
  for (int k = 0; k < 100; ++k) slow.send(request(later_code, k));
  slow.send(request(echo_code, 100));
  ASSERT_EQ(slow.read_command()->opaque, 100) << "all are held now";
  auto other = connect();
  other.send(request(RequestCode::HeartBeat, 1));
  ASSERT_TRUE(other.read_command());
  EXPECT_EQ(answered, 100U);
  EXPECT_FALSE(closed.take()->is_open());
  EXPECT_EQ(server->connection_count(), 1U) << "only the slow one";
}

TEST_F(ServerTest, ClosesAConnectionThatIsIdle) {
  options.idle_timeout = std::chrono::milliseconds(100);
  start();
  auto connection = connect();
  connection.send(request(echo_code, 1));
  ASSERT_TRUE(connection.read_command());
  EXPECT_TRUE(connection.is_closed_by_peer());
  closed.take();
  EXPECT_EQ(server->connection_count(), 0U);
}

TEST_F(ServerTest, ClosesAConnectionWhoseFirstRequestIsNotWholeInTime) {
  options.limits = std::make_shared<SharedLimits>(SharedLimits::Options{});
  options.first_request_timeout = std::chrono::milliseconds(100);
  options.idle_timeout = std::chrono::milliseconds(0);
  start();
  auto speaking = connect();
  speaking.send(request(echo_code, 1));
  ASSERT_TRUE(speaking.read_command());
  auto silent = connect();
  auto dribbling = connect();
  dribbling.send(test::RawConnection::encoded(request(echo_code, 1)).substr(0, 20));
  EXPECT_TRUE(silent.is_closed_by_peer());
  EXPECT_TRUE(dribbling.is_closed_by_peer());
  EXPECT_EQ(options.limits->endings(net::Ending::NoRequest), 2U);
  speaking.send(request(echo_code, 2));
  EXPECT_TRUE(speaking.read_command()) << "a peer that has asked once may be silent";
}

TEST_F(ServerTest, RefusesAFurtherConnectionOfAnAddressThatHasAllItMayHave) {
  options.limits = std::make_shared<SharedLimits>(
      SharedLimits::Options{.connections_max = 100, .per_address_max = 2});
  start();
  auto first = connect();
  auto second = connect();
  first.send(request(echo_code, 1));
  second.send(request(echo_code, 1));
  ASSERT_TRUE(first.read_command() && second.read_command());
  EXPECT_EQ(options.limits->silent_connections(), 0U);
  EXPECT_TRUE(connect().is_closed_by_peer());
  EXPECT_EQ(options.limits->endings(net::Ending::Refused), 1U);
}

TEST_F(ServerTest, CountsTheConnectionsThatItClosesForWhatTheySend) {
  options.limits = std::make_shared<SharedLimits>(SharedLimits::Options{});
  start();
  auto stranger = connect();
  stranger.send("GET / HTTP/1.1\r\n\r\n");
  EXPECT_TRUE(stranger.is_closed_by_peer());
  EXPECT_EQ(options.limits->endings(net::Ending::BadInput), 1U);
}

TEST_F(ServerTest, RefusesConnectionsOverItsLimit) {
  options.limits = std::make_shared<SharedLimits>(SharedLimits::Options{.connections_max = 2});
  start();
  auto first = connect();
  auto second = connect();
  first.send(request(echo_code, 1));
  second.send(request(echo_code, 1));
  ASSERT_TRUE(first.read_command() && second.read_command());
  EXPECT_EQ(server->connection_count(), 2U);
  EXPECT_TRUE(connect().is_closed_by_peer());
  first.close();
  closed.take();
  EXPECT_TRUE(is_serving());
}

TEST_F(ServerTest, ClosesThosePeersWhoseUnreadAnswersTakeMostWhenAllTogetherTakeTooMuch) {
  options.limits =
      std::make_shared<SharedLimits>(SharedLimits::Options{.buffer_bytes_max = 5'000'000});
  options.socket_send_buffer_bytes = 32 * 1024;
  routes.route(
      later_code,
      [](const RequestContext&, RemotingCommand& command, Reply reply) {
        reply.body(std::string(std::stoul(std::string(command.body)), 'x'));
      },
      inline_on_connection);
  start();
  auto modest = connect(32 * 1024);
  modest.send(request(later_code, 1, "300000"));
  std::vector<test::RawConnection> greedy;
  for (int k = 0; k < 3; ++k) {
    greedy.push_back(connect(32 * 1024));
    greedy.back().send(request(later_code, 2, "2000000"));
  }
  closed.take();
  const auto answer = modest.read_command();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->body.size(), 300'000U);
  EXPECT_LE(options.limits->buffer_bytes(), 5'000'000U);
  EXPECT_EQ(server->connection_count(), 3U) << "one was enough";
  server->stop();
  EXPECT_EQ(options.limits->buffer_bytes(), 0U);
  EXPECT_EQ(options.limits->connections(), 0U);
}

TEST_F(ServerTest, CountsWhatOtherThreadsAnswerToAPeerThatDoesNotRead) {
  options.limits =
      std::make_shared<SharedLimits>(SharedLimits::Options{.buffer_bytes_max = 5'000'000});
  options.socket_send_buffer_bytes = 32 * 1024;
  Inbox<Reply> held;
  routes.route(
      later_code,
      [&](const RequestContext&, RemotingCommand&, Reply reply) { held.put(std::move(reply)); },
      inline_on_connection);
  start();
  auto peer = connect(32 * 1024);
  for (int k = 1; k <= 3; ++k) peer.send(request(later_code, k));
  // All of them first: a peer that does not read is not read from either.
  std::vector<Reply> replies;
  for (int k = 1; k <= 3; ++k) replies.push_back(held.take());
  replies[0].body(std::string(2'000'000, 'x'));
  while (options.limits->buffer_bytes() == 0) std::this_thread::yield();  // the peer is waited for
  replies[1].body(std::string(2'000'000, 'x'));
  replies[2].body(std::string(2'000'000, 'x'));
  closed.take();
}

TEST_F(ServerTest, ClosesThosePeersWhoseUnfinishedRequestsTakeMostWhenAllTogetherTakeTooMuch) {
  options.limits =
      std::make_shared<SharedLimits>(SharedLimits::Options{.buffer_bytes_max = 5'000'000});
  start();
  auto modest = connect();
  const auto small = test::RawConnection::encoded(request(echo_code, 1, std::string(200'000, 'm')));
  modest.send(std::string_view(small).substr(0, 150'000));
  const auto large =
      test::RawConnection::encoded(request(echo_code, 2, std::string(4'000'000, 'g')));
  std::vector<test::RawConnection> greedy;
  for (int k = 0; k < 2; ++k) {
    greedy.push_back(connect());
    try {
      greedy.back().send(std::string_view(large).substr(0, 3'500'000));
    } catch (const std::runtime_error&) {
      // It was closed before all was sent.
    }
  }
  closed.take();
  modest.send(std::string_view(small).substr(150'000));
  EXPECT_TRUE(modest.read_command());
  EXPECT_LE(options.limits->buffer_bytes(), 5'000'000U);
}

TEST_F(ServerTest, DropsHintsThatAPeerDoesNotRead) {
  Inbox<ChannelPtr> channels;
  routes.route(
      later_code,
      [&](const RequestContext& context, RemotingCommand&, Reply) {
        channels.put(context.channel);
      },
      inline_on_connection);
  options.socket_send_buffer_bytes = 32 * 1024;
  start();
  auto peer = connect(32 * 1024);
  auto oneway = request(later_code, 1);
  oneway.flag = RemotingCommand::oneway_bit;
  peer.send(oneway);
  const ChannelPtr channel = channels.take();
  constexpr std::size_t hint_bytes = 1'000;
  const auto hint = [] {
    return request(RequestCode::NotifyConsumerIdsChanged, 0, std::string(hint_bytes, 'h'));
  };
  std::size_t taken = 0;
  while (taken < 100'000 && channel->send_hint(hint())) ++taken;
  EXPECT_LT(taken * hint_bytes, 2'000'000U);
  EXPECT_TRUE(channel->is_open());
  EXPECT_TRUE(channel->send_oneway(request(RequestCode::CheckTransactionState, 0)))
      << "what is no hint is sent all the same";
  for (std::size_t k = 0; k < taken + 1; ++k) ASSERT_TRUE(peer.read_command()) << k;
  peer.send(request(echo_code, 2));
  ASSERT_TRUE(peer.read_command());
  EXPECT_TRUE(channel->send_hint(hint())) << "all were read";
}

/// One thread serves a peer that asks for much and another one; both have asked before it begins.
class ServerTurnTest : public ServerTest {
 protected:
  ServerTurnTest() {
    routes.route(
        RequestCode::QueryMessage,
        [this](const RequestContext&, RemotingCommand&, Reply reply) {
          begun.set_value();
          go_on.get_future().wait();
          reply();
        },
        inline_on_connection);
  }
  /// How many of the greedy peer's requests were processed before that of the other one.
  int processed_before_the_other(const std::string& greedy_requests) {
    int processed = 0;
    std::promise<int> before_the_other;
    routes.route(
        later_code,
        [&](const RequestContext&, RemotingCommand& command, Reply reply) {
          ++processed;
          reply.body(std::string(std::stoul(std::string(command.body)), 'x'));
        },
        inline_on_connection);
    routes.route(
        RequestCode::HeartBeat,
        [&](const RequestContext&, RemotingCommand&, Reply reply) {
          before_the_other.set_value(processed);
          reply();
        },
        inline_on_connection);
    start();
    auto greedy = connect();
    auto other = connect();
    auto blocking = connect();
    for (auto* connection : {&greedy, &other}) {
      connection->send(request(echo_code, 0));
      EXPECT_TRUE(connection->read_command());
    }
    blocking.send(request(RequestCode::QueryMessage, 0));
    begun.get_future().wait();
    greedy.send(greedy_requests);
    other.send(request(RequestCode::HeartBeat, 0));
    go_on.set_value();
    const int before = before_the_other.get_future().get();
    server->stop();
    return before;
  }

  std::promise<void> begun;
  std::promise<void> go_on;
};

TEST_F(ServerTurnTest, LeavesOthersATurnAmongTheRequestsOfAPeerThatAsksWithoutEnd) {
  std::string bytes;
  for (int k = 0; k < 1'000; ++k) encode_frame(request(later_code, k, "0"), bytes);
  EXPECT_LE(processed_before_the_other(bytes), 300);
}

TEST_F(ServerTurnTest, LeavesOthersATurnAmongTheLargeAnswersToOnePeer) {
  std::string bytes;
  for (int k = 0; k < 100; ++k) encode_frame(request(later_code, k, "100000"), bytes);
  EXPECT_LE(processed_before_the_other(bytes), 10);
}

TEST_F(ServerTest, ProcessesEveryRequestOfAPeerThatAsksForMoreThanATurn) {
  start();
  auto connection = connect();
  constexpr int requests = 5'000;
  std::string bytes;
  for (int k = 0; k < requests; ++k)
    encode_frame(request(echo_code, k, std::string(500, 'r')), bytes);
  std::thread sender([&] { connection.send(bytes); });
  for (int k = 0; k < requests; ++k) {
    const auto answer = connection.read_command();
    ASSERT_TRUE(answer) << k;
    ASSERT_EQ(answer->opaque, k);
  }
  sender.join();
}

TEST_F(ServerTest, AsksAPeerAndKeepsItsAnswerApartFromTheSameOpaqueOfThePeersOwn) {
  Inbox<ChannelPtr> channels;
  Inbox<Reply> held;
  routes.route(
      later_code,
      [&](const RequestContext& context, RemotingCommand&, Reply reply) {
        channels.put(context.channel);
        held.put(std::move(reply));
      },
      inline_on_connection);
  start();
  auto connection = connect();
  connection.send(request(later_code, 1));
  const ChannelPtr channel = channels.take();
  EXPECT_EQ(channel->local().port, server->port());
  EXPECT_EQ(channel->remote().ip_text(), "127.0.0.1");

  Inbox<std::string> answers;
  channel->invoke(request(RequestCode::GetConsumerRunningInfo, 0, "how are you"), patience,
                  [&](Result<RemotingCommand> answer) {
                    answers.put(answer ? std::string(answer->body) : to_string(answer.error()));
                  });
  const auto asked = connection.read_command();
  ASSERT_TRUE(asked);
  EXPECT_EQ(asked->request_code(), RequestCode::GetConsumerRunningInfo);
  EXPECT_EQ(asked->flag, 0);
  EXPECT_EQ(asked->body, "how are you");
  // The peer asks under the very opaque that it was asked under: both are answered, each to its
  // own.
  connection.send(request(echo_code, asked->opaque, "mine"));
  EXPECT_EQ(connection.read_command()->body, "mine");
  RemotingCommand response = request(echo_code, asked->opaque, "fine");
  response.code = 0;
  response.flag = RemotingCommand::response_bit;
  connection.send(response);
  EXPECT_EQ(answers.take(), "fine");
  held.take()();
  EXPECT_EQ(connection.read_command()->opaque, 1);
}

TEST_F(ServerTest, FailsItsRequestsToAPeerThatIsSilentOrGone) {
  Inbox<ChannelPtr> channels;
  routes.route(
      later_code,
      [&](const RequestContext& context, RemotingCommand&, Reply reply) {
        channels.put(context.channel);
        reply();
      },
      inline_on_connection);
  start();
  auto connection = connect();
  connection.send(request(later_code, 1));
  const ChannelPtr channel = channels.take();
  Inbox<ResponseCode> outcomes;
  const auto ask = [&](std::chrono::milliseconds timeout) {
    channel->invoke(request(RequestCode::GetConsumerRunningInfo, 0), timeout,
                    [&](Result<RemotingCommand> answer) {
                      outcomes.put(answer ? ResponseCode::Success : answer.error().code);
                    });
  };
  ask(std::chrono::milliseconds(20));
  EXPECT_EQ(outcomes.take(), ResponseCode::RequestTimeout);
  ask(patience);
  connection.close();
  EXPECT_EQ(outcomes.take(), ResponseCode::SendFailed);
  EXPECT_EQ(closed.take(), channel);
  ask(patience);
  EXPECT_EQ(outcomes.take(), ResponseCode::SendFailed);
  EXPECT_FALSE(channel->is_open());
  EXPECT_FALSE(channel->send_oneway(request(RequestCode::NotifyConsumerIdsChanged, 0)));
}

TEST_F(ServerTest, PushesOnewayRequestsToAPeer) {
  routes.route(
      later_code,
      [&](const RequestContext& context, RemotingCommand&, Reply reply) {
        EXPECT_TRUE(context.channel->send_oneway(
            request(RequestCode::NotifyConsumerIdsChanged, 0, "changed")));
        reply();
      },
      inline_on_connection);
  start();
  auto connection = connect();
  connection.send(request(later_code, 1));
  std::vector<RemotingCommand> received;
  for (int k = 0; k < 2; ++k) received.push_back(connection.read_command().value());
  const auto push =
      std::find_if(received.begin(), received.end(),
                   [](const RemotingCommand& command) { return command.is_oneway(); });
  ASSERT_NE(push, received.end());
  EXPECT_EQ(push->request_code(), RequestCode::NotifyConsumerIdsChanged);
  EXPECT_EQ(push->body, "changed");
}

TEST_F(ServerTest, ClosesAChannelAtAProcessorsRequestAndReportsItOnce) {
  routes.route(
      later_code,
      [&](const RequestContext& context, RemotingCommand&, Reply reply) {
        reply();
        context.channel->close("on purpose");
        context.channel->close("again");
        EXPECT_FALSE(context.channel->is_open());
        EXPECT_EQ(closed.size(), 0U);  // not while the processor is at work
      },
      inline_on_connection);
  start();
  auto connection = connect();
  connection.send(request(later_code, 1));
  EXPECT_TRUE(connection.read_command()) << "the answer made before closing is sent";
  EXPECT_TRUE(connection.is_closed_by_peer());
  closed.take();
  server->stop();
  EXPECT_EQ(closed.size(), 0U);
}

TEST_F(ServerTest, OutlivesAChannelThatIsClosedWhileMuchMoreIsToBeReadFromIt) {
  std::promise<void> all_sent;
  routes.route(
      later_code,
      [&](const RequestContext&, RemotingCommand&, Reply) { all_sent.get_future().wait(); },
      inline_on_connection);
  constexpr RequestCode close_code = RequestCode::QueryMessage;
  routes.route(
      close_code,
      [](const RequestContext& context, RemotingCommand&, Reply) {
        context.channel->close("for a test");
      },
      inline_on_connection);
  start();
  auto connection = connect();
  std::string flood;
  for (int i = 0; i < 4'096; ++i) {
    auto oneway = request(echo_code, i, std::string(1'024, 'b'));
    oneway.flag = RemotingCommand::oneway_bit;
    flood += test::RawConnection::encoded(oneway);
  }
  // The kernel buffers more for a connection that reads fast: more than one read takes.
  for (int i = 0; i < 16; ++i) connection.send(flood);
  connection.send(request(echo_code, 1));
  ASSERT_TRUE(connection.read_command());
  connection.send(request(later_code, 2));
  // Whole frames behind the one that closes.
  connection.send_some(test::RawConnection::encoded(request(close_code, 3)) + flood);
  all_sent.set_value();
  closed.take();
  EXPECT_TRUE(is_serving());
}

/// Keeps replies until the batch is finished.
class ReplyBatch final : public RequestBatch {
 public:
  explicit ReplyBatch(std::vector<std::string>& events) : events_(events) {}
  bool has_work() const override { return !unfinished.empty(); }
  bool has_enough() const override { return false; }
  bool commit() override {
    events_.emplace_back("commit");
    return true;
  }
  bool is_waiting() const override { return false; }
  void complete() override {
    for (Reply& reply : unfinished) reply();
    unfinished.clear();
  }
  std::vector<Reply> unfinished;

 private:
  std::vector<std::string>& events_;
};

TEST_F(ServerTest, FinishesTheBatchOfAReactorAfterTheRequestsOfEveryRead) {
  std::vector<std::string> events;  // on the one reactor
  options.make_batch = [&](BatchReactor&) { return std::make_unique<ReplyBatch>(events); };
  routes.route(
      later_code,
      [&](const RequestContext& context, RemotingCommand& command, Reply reply) {
        events.push_back(std::to_string(command.opaque));
        static_cast<ReplyBatch*>(context.batch)->unfinished.push_back(std::move(reply));
      },
      inline_on_connection);
  start();
  auto connection = connect();
  connection.send(test::RawConnection::encoded(request(later_code, 1)) +
                  test::RawConnection::encoded(request(later_code, 2)));
  ASSERT_TRUE(connection.read_command() && connection.read_command());
  server->stop();
  EXPECT_EQ(events, (std::vector<std::string>{"1", "2", "commit"}));
}

TEST_F(ServerTest, SendsALargeAnswerBeforeItWorksOnTheNextRequestOfTheSameRead) {
  std::promise<void> has_first_answer;
  bool is_first_answer_there = false;  // on the one reactor
  routes.route(
      later_code,
      [&](const RequestContext&, RemotingCommand&, Reply reply) {
        is_first_answer_there =
            has_first_answer.get_future().wait_for(patience) == std::future_status::ready;
        reply();
      },
      inline_on_connection);
  routes.route(
      RequestCode::QueryMessage,
      [](const RequestContext&, RemotingCommand&, Reply reply) {
        reply.body(std::string(64 * 1024, 'x'));
      },
      inline_on_connection);
  start();
  auto connection = connect();
  connection.send(test::RawConnection::encoded(request(RequestCode::QueryMessage, 1)) +
                  test::RawConnection::encoded(request(later_code, 2)));
  ASSERT_TRUE(connection.read_command());
  has_first_answer.set_value();
  ASSERT_TRUE(connection.read_command());
  server->stop();
  EXPECT_TRUE(is_first_answer_there);
}

TEST_F(ServerTest, AnswersSystemErrorInPlaceOfAnAnswerThatFitsIntoNoFrame) {
  options.frame_bytes_max = 10'000;
  WorkerPool pool("pool", 1, 10);
  const auto too_large = [](const RequestContext&, RemotingCommand&, Reply reply) {
    reply.body(std::string(10'000, 'x'));
  };
  routes.route(later_code, too_large, inline_on_connection);
  routes.route(RequestCode::QueryMessage, too_large, &pool);
  start();
  auto connection = connect();
  for (const RequestCode code : {later_code, RequestCode::QueryMessage}) {
    connection.send(request(code, 3));
    const auto answer = connection.read_command();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->response_code(), ResponseCode::SystemError);
    EXPECT_EQ(answer->opaque, 3);
    EXPECT_TRUE(answer->is_response());
  }
  server->stop();
}

TEST_F(ServerTest, AcceptsAgainWhenDescriptorsWereShort) {
  start();
  const int spare = ::dup(0);
  auto waiting = connect();  // its own descriptor, then no more for the server's end of it
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  waiting.send(request(echo_code, 1));
  ASSERT_TRUE(waiting.read_command());
  rlimit none = before;
  none.rlim_cur = static_cast<rlim_t>(spare) + 1;  // nothing below is free but what closes now
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
  std::vector<int> fillers;
  for (int filler = ::dup(0); filler >= 0; filler = ::dup(0)) fillers.push_back(filler);
  ::close(spare);
  auto refused_for_now = connect();  // takes the last descriptor
  refused_for_now.send(request(echo_code, 2, "patience"));
  waiting.send(request(echo_code, 3));
  EXPECT_EQ(waiting.read_command()->opaque, 3) << "others are served meanwhile";
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
  for (const int filler : fillers) ::close(filler);
  const auto answer = refused_for_now.read_command();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->body, "patience");
}

TEST_F(ServerTest, SaysWhatIsWrongWhenItsPortIsTaken) {
  start();
  ServerOptions same_port = options;
  same_port.port = server->port();
  Server second("second", same_port, routes);
  const auto started = second.start();
  ASSERT_FALSE(started);
  EXPECT_NE(started.error().remark.find(address()), std::string::npos) << started.error().remark;
}

TEST_F(ServerTest, StopsWithConnectionsOpenAndCanBeStoppedTwice) {
  options.net_threads = 3;
  start();
  std::vector<test::RawConnection> connections;
  for (int k = 0; k < 10; ++k) {
    connections.push_back(connect());
    connections.back().send(request(echo_code, k));
    ASSERT_TRUE(connections.back().read_command());
  }
  server->stop();
  for (auto& connection : connections) EXPECT_TRUE(connection.is_closed_by_peer());
  EXPECT_EQ(closed.size(), 10U);
  EXPECT_EQ(server->connection_count(), 0U);
  server->stop();
  EXPECT_THROW(connect(), std::runtime_error);
}

TEST_F(ServerTest, StopsInTimeThoughAPeerDoesNotReadItsAnswers) {
  const std::string large(4'000'000, 'l');
  routes.route(
      later_code, [&](const RequestContext&, RemotingCommand&, Reply reply) { reply.body(large); },
      inline_on_connection);
  options.socket_send_buffer_bytes = 32 * 1024;
  start();
  auto slow = connect(32 * 1024);
  slow.send(request(later_code, 1));
  ASSERT_TRUE(is_serving());
  server->stop();
  EXPECT_EQ(closed.size(), 2U);
}

}  // namespace
}  // namespace rocketmq::remoting
