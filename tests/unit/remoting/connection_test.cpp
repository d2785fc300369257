#include "connection.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "memory_link.hpp"
#include "net_fixture.hpp"
#include "rocketmq/protocol/frame_decoder.hpp"

namespace rocketmq::remoting {
namespace {

using namespace std::chrono_literals;
using net::MemoryLink;
using net::on_reactor;
using net::settle;

/// A connection on a link in memory: what it does with frames, without a socket.
class ConnectionTest : public testing::Test {
 protected:
  ConnectionTest() {
    routes.route(echo_code, echo, inline_on_connection);
    context->name = "test";
    context->unit_bytes_max = 1'000'000;
    context->output_bytes_high = 1'000'000;
    context->output_bytes_max = 4'000'000;
    context->dispatcher = &routes;
    context->closed = [this](const std::shared_ptr<Connection>&) { ++closings; };
    connection = std::make_shared<Connection>(reactor.get(), context, "");
    on_reactor(*reactor, [this] { connection->open(std::move(prepared)); });
  }
  static std::string frame(const RemotingCommand& command) {
    std::string bytes;
    encode_frame(command, bytes);
    return bytes;
  }
  std::string response_to(std::int32_t opaque, const std::string& body) {
    RemotingCommand response;
    response.opaque = opaque;
    response.flag = RemotingCommand::response_bit;
    response.has_ext_fields = true;
    response.set_body(body);
    return frame(response);
  }

  int closings = 0;
  Dispatcher routes;
  std::shared_ptr<ConnectionContext> context = std::make_shared<ConnectionContext>();
  net::RunningReactor reactor;
  std::unique_ptr<MemoryLink> prepared = std::make_unique<MemoryLink>(*reactor);
  MemoryLink& link = *prepared;
  std::shared_ptr<Connection> connection;
};

TEST_F(ConnectionTest, ServesARequestWhereverItsFrameIsCut) {
  const std::string first = frame(request(echo_code, 1, "one"));
  const std::string second = frame(request(echo_code, 2, "two"));
  const std::string sent = first + second;
  std::string expected;
  for (std::size_t cut = 0; cut <= sent.size(); ++cut) {
    on_reactor(*reactor, [&] {
      link.deliver(std::string_view(sent).substr(0, cut));
      link.deliver(std::string_view(sent).substr(cut));
    });
    expected += response_to(1, "one") + response_to(2, "two");
    ASSERT_TRUE(settle(*reactor, [&] { return link.written.size() >= expected.size(); }))
        << "cut at " << cut;
  }
  EXPECT_TRUE(link.written == expected);
}

TEST_F(ConnectionTest, ServesALargeRequestThatComesInSmallPieces) {
  const std::string body(300'000, 'b');
  on_reactor(*reactor, [&] {
    link.read_max = 1'000;
    link.write_max = 7'000;
    link.deliver(frame(request(echo_code, 5, body)));
  });
  const std::string expected = response_to(5, body);
  ASSERT_TRUE(settle(*reactor, [&] { return link.written.size() >= expected.size(); }));
  EXPECT_TRUE(link.written == expected);
}

TEST_F(ConnectionTest, SendsTheResponsesOfOneReadTogether) {
  on_reactor(*reactor, [&] {
    link.deliver(frame(request(echo_code, 1)) + frame(request(echo_code, 2)) +
                 frame(request(echo_code, 3)));
  });
  EXPECT_EQ(link.written, response_to(1, "") + response_to(2, "") + response_to(3, ""));
  EXPECT_EQ(link.writes, 1);
}

TEST_F(ConnectionTest, ClosesAtTheFirstFrameThatIsNoneAndServesWhatCameBefore) {
  on_reactor(*reactor, [&] {
    link.deliver(frame(request(echo_code, 1)) + std::string("\xff\xff\xff\xff", 4) +
                 frame(request(echo_code, 2)));
  });
  ASSERT_TRUE(settle(*reactor, [&] { return closings == 1; }));
  EXPECT_EQ(link.written, response_to(1, ""));
}

TEST_F(ConnectionTest, MatchesResponsesThatComeInPieces) {
  std::vector<std::string> bodies;
  for (int k = 0; k < 3; ++k) {
    connection->invoke(make_request(echo_code, std::to_string(k)), 10s,
                       [&](Result<RemotingCommand>&& outcome) {
                         bodies.push_back(outcome ? std::string(outcome->body) : "failed");
                       });
  }
  // They may leave in several writes.
  const auto has_written_three = [&] {
    std::string_view left = link.written;
    for (int k = 0; k < 3; ++k) {
      const auto size = find_frame(left, SIZE_MAX);
      if (!size || !size.value()) return false;
      left.remove_prefix(*size.value());
    }
    return true;
  };
  ASSERT_TRUE(settle(*reactor, has_written_three));
  std::string responses;
  std::string_view rest = link.written;
  while (!rest.empty()) {
    const std::size_t size = find_frame(rest, SIZE_MAX).value().value();
    RemotingCommand sent;
    ASSERT_TRUE(decode_frame(rest.substr(4, size - 4), sent));
    responses = response_to(sent.opaque, "re " + std::string(sent.body)) + responses;
    rest.remove_prefix(size);
  }
  on_reactor(*reactor, [&] {
    link.read_max = 3;
    link.deliver(responses);
  });
  ASSERT_TRUE(settle(*reactor, [&] { return bodies.size() == 3; }));
  EXPECT_EQ(bodies, (std::vector<std::string>{"re 2", "re 1", "re 0"}));
}

TEST_F(ConnectionTest, FailsRequestsUnderWayWhenTheLinkBreaks) {
  std::vector<ResponseCode> outcomes;
  const auto note = [&](Result<RemotingCommand>&& outcome) {
    outcomes.push_back(outcome ? ResponseCode::Success : outcome.error().code);
  };
  connection->invoke(make_request(echo_code), 10s, note);
  ASSERT_TRUE(settle(*reactor, [&] { return !link.written.empty(); }));
  on_reactor(*reactor, [&] {
    link.deliver(frame(request(echo_code, 1)).substr(0, 30));  // the beginning of a frame
    link.break_reads(std::errc::connection_reset);
  });
  ASSERT_TRUE(settle(*reactor, [&] { return closings == 1; }));
  connection->invoke(make_request(echo_code), 10s, note);
  ASSERT_TRUE(settle(*reactor, [&] { return outcomes.size() == 2; }));
  EXPECT_EQ(outcomes,
            (std::vector<ResponseCode>{ResponseCode::SendFailed, ResponseCode::SendFailed}));
  EXPECT_EQ(context->in_flight.count(), 0U);
}

}  // namespace
}  // namespace rocketmq::remoting
