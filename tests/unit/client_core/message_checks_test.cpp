#include "rocketmq/client/message/message_checks.hpp"

#include <gtest/gtest.h>

#include <string>

namespace rocketmq::client {
namespace {

TEST(MessageChecks, RefuseABodyThatIsEmptyOrTooLargeWithCode13) {
  EXPECT_TRUE(check_message(Message("T", "12345"), 5));
  EXPECT_EQ(check_message(Message("T", ""), 5).error().code, 13);
  EXPECT_EQ(check_message(Message("T", "123456"), 5).error().code, 13);
}

TEST(MessageChecks, RefuseTopicsThatCannotBeSentTo) {
  EXPECT_FALSE(check_message(Message("", "x"), 5));
  EXPECT_FALSE(check_message(Message("a/b", "x"), 5));
  EXPECT_FALSE(check_message(Message(std::string(128, 't'), "x"), 5));
  EXPECT_FALSE(check_message(Message("SCHEDULE_TOPIC_XXXX", "x"), 5));
}

TEST(MessageChecks, RefuseBatchesOfSeveralTopicsWithDelayOrDifferentWaits) {
  EXPECT_FALSE(check_batch({}, 100));
  EXPECT_TRUE(check_batch({Message("T", "a"), Message("T", "b")}, 100));
  EXPECT_FALSE(check_batch({Message("T", "a"), Message("U", "b")}, 100));
  Message delayed("T", "a");
  delayed.setDelayTimeLevel(1);
  EXPECT_FALSE(check_batch({delayed}, 100));
  Message careless("T", "a");
  careless.setWaitStoreMsgOK(false);
  EXPECT_FALSE(check_batch({Message("T", "a"), careless}, 100));
  EXPECT_FALSE(check_batch({Message("%RETRY%g", "a")}, 100));
  EXPECT_FALSE(check_batch({Message("T", "aaa"), Message("T", "bbb")}, 5)) << "together too large";
}

}  // namespace
}  // namespace rocketmq::client
