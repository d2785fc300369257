#include "request_table.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace rocketmq::remoting {
namespace {

using namespace std::chrono_literals;

class RequestTableTest : public testing::Test {
 protected:
  /// A request whose outcome appears in `outcomes`. Begun as the caller of add() does.
  WaitingRequest request(std::int32_t opaque, std::chrono::milliseconds timeout = 1'000ms) {
    EXPECT_TRUE(in_flight.begin());
    return {opaque, now + timeout, timeout, false, note(opaque)};
  }
  WaitingRequest oneway(std::int32_t opaque) {
    return {opaque, now + 1'000ms, 1'000ms, true, note(opaque)};
  }
  ResponseCallback note(std::int32_t opaque) {
    return [this, opaque](Result<RemotingCommand>&& outcome) {
      outcomes.push_back(std::to_string(opaque) + ": " +
                         (outcome ? std::string(outcome->remark) : to_string(outcome.error())));
    };
  }
  bool respond(std::int32_t opaque, std::string remark = "done") {
    Result<RemotingCommand> response = RemotingCommand();
    response->remark = std::move(remark);
    return table.respond(opaque, std::move(response));
  }
  void pass(std::chrono::milliseconds time) {
    now += time;
    deadlines.expire(now);
  }

  net::SteadyTime now;
  std::vector<std::string> outcomes;
  net::DeadlineQueue deadlines{[](net::SteadyTime) {}};
  InFlight in_flight{3};
  const std::string address = "broker:10911";
  RequestTable table{deadlines, in_flight, address};
};

using Outcomes = std::vector<std::string>;

TEST_F(RequestTableTest, EndsEachRequestWithTheResponseOfItsNumberInWhateverOrderTheyCome) {
  table.connected();
  for (const std::int32_t opaque : {7, 8, 9}) table.add(request(opaque));
  EXPECT_TRUE(respond(8, "b"));
  EXPECT_TRUE(respond(9, "c"));
  EXPECT_TRUE(respond(7, "a"));
  EXPECT_EQ(outcomes, (Outcomes{"8: b", "9: c", "7: a"}));
  EXPECT_EQ(table.size(), 0U);
  EXPECT_EQ(in_flight.count(), 0U);
  EXPECT_TRUE(deadlines.empty());
}

TEST_F(RequestTableTest, LeavesAResponseAloneThatNothingWaitsFor) {
  table.connected();
  table.add(request(1));
  EXPECT_FALSE(respond(2));
  EXPECT_TRUE(respond(1));
  EXPECT_FALSE(respond(1)) << "a second response to one request";
  EXPECT_EQ(outcomes, Outcomes{"1: done"});
}

TEST_F(RequestTableTest, EndsARequestAtItsDeadlineAndIgnoresTheLateResponse) {
  table.connected();
  table.add(request(1, 100ms));
  table.add(request(2, 300ms));
  pass(99ms);
  EXPECT_TRUE(outcomes.empty());
  pass(1ms);
  ASSERT_EQ(outcomes.size(), 1U);
  EXPECT_NE(outcomes[0].find("no answer from broker:10911 within 100 ms"), std::string::npos);
  EXPECT_FALSE(respond(1));
  EXPECT_TRUE(respond(2));
  EXPECT_EQ(in_flight.count(), 0U);
}

TEST_F(RequestTableTest, SaysWhetherTheConnectionOrTheResponseWasLate) {
  table.add(request(1, 100ms));
  pass(100ms);
  ASSERT_EQ(outcomes.size(), 1U);
  EXPECT_NE(outcomes[0].find("not connected to broker:10911 within 100 ms"), std::string::npos);
}

TEST_F(RequestTableTest, LetsOnewayRequestsWaitForTheConnectionAndNoLonger) {
  table.add(oneway(1));
  table.add(request(2));
  EXPECT_EQ(table.size(), 2U);
  table.connected();
  EXPECT_EQ(table.size(), 1U);
  table.add(oneway(3));
  EXPECT_EQ(table.size(), 1U) << "handed over already";
  EXPECT_TRUE(respond(2));
  pass(10'000ms);
  EXPECT_EQ(outcomes, Outcomes{"2: done"});
}

TEST_F(RequestTableTest, TellsAOnewayRequestThatItsConnectionWasNeverMade) {
  table.add(oneway(1));
  table.add(oneway(2));
  pass(1'000ms);
  EXPECT_EQ(outcomes.size(), 2U);
  table.add(oneway(3));
  table.fail_all(Error{ResponseCode::ConnectFailed, "refused"});
  ASSERT_EQ(outcomes.size(), 3U);
  EXPECT_NE(outcomes[2].find("refused"), std::string::npos);
  EXPECT_EQ(in_flight.count(), 0U) << "one-way requests are not counted";
}

TEST_F(RequestTableTest, FailsAllThatWaitWhenTheConnectionEnds) {
  table.connected();
  for (const std::int32_t opaque : {1, 2, 3}) table.add(request(opaque));
  table.fail_all(Error{ResponseCode::SendFailed, "lost"});
  EXPECT_EQ(outcomes.size(), 3U);
  EXPECT_EQ(in_flight.count(), 0U);
  EXPECT_TRUE(deadlines.empty());
  table.fail_all(Error{ResponseCode::SendFailed, "lost"});
  EXPECT_EQ(outcomes.size(), 3U) << "each ends once";
}

TEST_F(RequestTableTest, FailsARequestThatNeverCameToWait) {
  WaitingRequest left = request(1);
  table.fail(left, Error{ResponseCode::SendFailed, "lost"});
  EXPECT_EQ(outcomes.size(), 1U);
  EXPECT_EQ(in_flight.count(), 0U);
}

TEST_F(RequestTableTest, FailsBothRequestsOfOneNumber) {
  table.connected();
  table.add(request(5));
  table.add(request(5));
  ASSERT_EQ(outcomes.size(), 2U);
  EXPECT_NE(outcomes[0].find("two requests to broker:10911 have the number 5"), std::string::npos);
  EXPECT_FALSE(respond(5));
  EXPECT_EQ(in_flight.count(), 0U);
  EXPECT_TRUE(deadlines.empty());
}

TEST_F(RequestTableTest, RefusesMoreRequestsThanAreAllowed) {
  for (const std::int32_t opaque : {1, 2, 3}) table.add(request(opaque));
  EXPECT_FALSE(in_flight.begin());
  EXPECT_EQ(in_flight.count(), 3U);
  EXPECT_TRUE(respond(2));
  table.add(request(4));
  EXPECT_FALSE(in_flight.begin());
  table.fail_all(Error{ResponseCode::SendFailed, "lost"});
}

TEST_F(RequestTableTest, GoesOnWhenACallbackThrowsOrAsksAgain) {
  table.connected();
  ASSERT_TRUE(in_flight.begin());
  table.add({1, now + 1s, 1'000ms, false,
             [](Result<RemotingCommand>&&) { throw std::runtime_error("on purpose"); }});
  ASSERT_TRUE(in_flight.begin());
  table.add(
      {2, now + 1s, 1'000ms, false, [this](Result<RemotingCommand>&&) { table.add(request(3)); }});
  EXPECT_TRUE(respond(1));
  EXPECT_TRUE(respond(2));
  EXPECT_TRUE(respond(3, "again"));
  EXPECT_EQ(outcomes, Outcomes{"3: again"});
  EXPECT_EQ(in_flight.count(), 0U);
}

}  // namespace
}  // namespace rocketmq::remoting
