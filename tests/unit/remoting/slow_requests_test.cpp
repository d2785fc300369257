#include "rocketmq/remoting/slow_requests.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <sstream>

#include "net_fixture.hpp"
#include "rocketmq/common/shared_log.hpp"

namespace rocketmq::remoting {
namespace {

using testing::HasSubstr;
using namespace std::chrono_literals;

class SlowRequestsTest : public ServerFixture {
 protected:
  SlowRequestsTest() {
    log.set_pattern("%v");
    set_log_of(LogSubject::SlowRequests, &log);
    routes.watch(slow);
    routes.add({.spec = {.code = slow_code, .name = "SLOW"},
                .processor = [this](const RequestContext&, RemotingCommand&, Reply reply) {
                  clock.advance(300ms);
                  reply();
                }});
  }
  ~SlowRequestsTest() override {
    server.reset();
    set_log_of(LogSubject::SlowRequests, nullptr);
  }

  static constexpr RequestCode slow_code = RequestCode::QueryMessage;
  std::ostringstream lines;
  spdlog::logger log{"slow", std::make_shared<spdlog::sinks::ostream_sink_mt>(lines)};
  Live<std::int64_t> limit_ms = 200;
  SlowRequests slow{limit_ms};
};

TEST_F(SlowRequestsTest, AreCountedAndLoggedWithTheirPeerAndTheirTimes) {
  start();
  auto connection = connect();
  connection.send(request(echo_code, 1));
  ASSERT_TRUE(connection.read_command());
  EXPECT_EQ(slow.count(), 0);
  connection.send(request(slow_code, 2));
  ASSERT_TRUE(connection.read_command());
  EXPECT_EQ(slow.count(), 1);
  server.reset();
  EXPECT_THAT(lines.str(), testing::MatchesRegex("request SLOW \\(12\\) of 127.0.0.1:[0-9]+ took "
                                                 "(299|300|301) ms: it waited for 0 and was "
                                                 "processed for (299|300|301) \\(and 0 such "
                                                 "before\\)\n"));
}

TEST_F(SlowRequestsTest, CountTheTimeForWhichARequestHasWaited) {
  const Live<bool> is_on = true;
  const Live<std::int64_t> wait_limit_ms = 10'000;
  routes.route(later_code, echo, inline_on_connection, WaitLimit{&is_on, &wait_limit_ms});
  start();
  auto connection = connect();
  connection.send(test::RawConnection::encoded(request(slow_code, 1)) +
                  test::RawConnection::encoded(request(later_code, 2)));
  ASSERT_TRUE(connection.read_command());
  ASSERT_TRUE(connection.read_command());
  EXPECT_EQ(slow.count(), 2);
  server.reset();
  EXPECT_THAT(lines.str(),
              testing::ContainsRegex("waited for (299|300|301) and was processed for 0"));
}

TEST_F(SlowRequestsTest, AreCountedWhenNobodyWaitsForTheResponse) {
  start();
  auto connection = connect();
  RemotingCommand oneway = request(slow_code, 1);
  oneway.flag = RemotingCommand::oneway_bit;
  connection.send(oneway);
  connection.send(request(echo_code, 2));
  ASSERT_TRUE(connection.read_command());
  EXPECT_GE(slow.count(), 1);
}

TEST_F(SlowRequestsTest, AreNotThoseThatShallWait) {
  routes.route(
      later_code,
      [this](const RequestContext&, RemotingCommand&, Reply reply) {
        reply.unwatch();
        clock.advance(15s);
        reply();
      },
      inline_on_connection);
  start();
  auto connection = connect();
  connection.send(request(later_code, 1));
  ASSERT_TRUE(connection.read_command());
  EXPECT_EQ(slow.count(), 0);
}

TEST_F(SlowRequestsTest, CountInAPoolFromTheirArrivalOn) {
  WorkerPool pool("pool", 1, 10);
  routes.add({.spec = {.code = later_code, .name = "LATER", .threads = on_pool("pool")},
              .processor =
                  [this](const RequestContext&, RemotingCommand&, Reply reply) {
                    clock.advance(250ms);
                    reply.body("done");
                  },
              .pool = &pool});
  start();
  auto connection = connect();
  connection.send(request(later_code, 1));
  ASSERT_TRUE(connection.read_command());
  EXPECT_EQ(slow.count(), 1);
}

TEST_F(SlowRequestsTest, AreNoneWhereTheLimitIsZeroWhichMayChangeAtAnyTime) {
  limit_ms = 0;
  start();
  auto connection = connect();
  connection.send(request(slow_code, 1));
  ASSERT_TRUE(connection.read_command());
  EXPECT_EQ(slow.count(), 0);
  limit_ms = 299;
  connection.send(request(slow_code, 2));
  ASSERT_TRUE(connection.read_command());
  EXPECT_EQ(slow.count(), 1);
}

}  // namespace
}  // namespace rocketmq::remoting
