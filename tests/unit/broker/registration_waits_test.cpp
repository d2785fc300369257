#include "registration/registration_waits.hpp"

#include "fixture.hpp"
#include "limits.hpp"

namespace rocketmq::broker::test {
namespace {

using namespace std::chrono_literals;

class RegistrationWaitsTest : public testing::Test {
 protected:
  remoting::Reply make_reply() {
    remoting::RemotingCommand request;
    request.opaque = ++opaque;
    return remoting::Reply(sink, request);
  }

  ManualClock clock;
  Live<std::int32_t> timeout_ms = 6'000;
  RegistrationWaits waits{clock, timeout_ms};
  std::shared_ptr<AnswerSink> sink = std::make_shared<AnswerSink>();
  std::int32_t opaque = 0;
};

TEST_F(RegistrationWaitsTest, HoldsNothingWhereThereAreNoNameServers) {
  auto reply = make_reply();
  waits.hold(reply, 7);
  reply();
  EXPECT_EQ(sink->answers.size(), 1);
}

TEST_F(RegistrationWaitsTest, LetsAReplyGoWhenItsChangeIsKnown) {
  waits.expect_registrations();
  auto first = make_reply();
  auto second = make_reply();
  waits.hold(first, 1);
  waits.hold(second, 2);
  first(ResponseCode::Success, "remark");
  second();
  EXPECT_TRUE(sink->answers.empty());

  waits.known(1);
  ASSERT_EQ(sink->answers.size(), 1);
  EXPECT_EQ(sink->answers[0].head.opaque, 1);
  EXPECT_EQ(sink->answers[0].head.remark, "remark");
  waits.known(5);
  EXPECT_EQ(sink->answers.size(), 2);
  auto third = make_reply();
  waits.hold(third, 4);
  third();
  EXPECT_EQ(sink->answers.size(), 3) << "known before";
}

TEST_F(RegistrationWaitsTest, SendsAReplyThatComesAfterItsChangeIsKnown) {
  waits.expect_registrations();
  auto reply = make_reply();
  waits.hold(reply, 1);
  waits.known(1);
  EXPECT_TRUE(sink->answers.empty()) << "the processor has not replied yet";
  reply.body("text");
  ASSERT_EQ(sink->answers.size(), 1);
  EXPECT_EQ(sink->answers[0].body, "text");
}

TEST_F(RegistrationWaitsTest, WaitsNoLongerThanTheTimeOut) {
  waits.expect_registrations();
  auto reply = make_reply();
  waits.hold(reply, 1);
  reply();
  clock.advance(1'999ms);
  waits.tick();
  EXPECT_TRUE(sink->answers.empty());
  clock.advance(1ms);
  waits.tick();
  EXPECT_EQ(sink->answers.size(), 1) << "before its client gives up";

  timeout_ms = 100;
  auto hasty = make_reply();
  waits.hold(hasty, 1);
  hasty();
  clock.advance(100ms);
  waits.tick();
  EXPECT_EQ(sink->answers.size(), 2);
}

TEST_F(RegistrationWaitsTest, HoldsABoundedNumberOfReplies) {
  waits.expect_registrations();
  std::vector<remoting::Reply> replies;
  for (std::size_t i = 0; i <= limits::replies_waiting_for_registration_max; ++i) {
    replies.push_back(make_reply());
    waits.hold(replies.back(), 1);
    replies.back()();
  }
  EXPECT_EQ(sink->answers.size(), 1) << "the one too many has not waited";
  waits.close();
  EXPECT_EQ(sink->answers.size(), limits::replies_waiting_for_registration_max + 1);
}

TEST_F(RegistrationWaitsTest, HoldsNothingOnceItIsClosed) {
  waits.expect_registrations();
  waits.close();
  auto reply = make_reply();
  waits.hold(reply, 1);
  reply();
  EXPECT_EQ(sink->answers.size(), 1);
}

}  // namespace
}  // namespace rocketmq::broker::test
