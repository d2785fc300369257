#include "rocketmq/common/names.hpp"

#include <gtest/gtest.h>

namespace rocketmq {
namespace {

TEST(Names, AreLettersDigitsAndFourSigns) {
  for (const char* name : {"T", "TopicTest", "%RETRY%cg", "a|b_c-d", "0"})
    EXPECT_TRUE(is_valid_name(name)) << name;
  for (const char* name : {"", " ", "a b", "a.b", "../x", "a/b", "标签", "a\n"})
    EXPECT_FALSE(is_valid_name(name)) << name;
  EXPECT_FALSE(is_valid_name(std::string_view("a\0b", 3)));
}

TEST(Names, HaveAtMost127Bytes) {
  EXPECT_TRUE(is_valid_name(std::string(127, 'a')));
  EXPECT_FALSE(is_valid_name(std::string(128, 'a')));
}

TEST(Names, AreRefusedWithTheReason) {
  EXPECT_TRUE(check_name("topic", "TopicTest"));
  EXPECT_EQ(check_name("topic", "").error().remark, "the specified topic is blank");
  EXPECT_EQ(check_name("topic", std::string(200, 't')).error().remark,
            "the specified topic is longer than 127 bytes: 200 bytes");
  EXPECT_EQ(check_group_name(std::string(256, 'g')).error().remark,
            "the specified group is longer than 255 bytes: 256 bytes");
  EXPECT_EQ(check_name("topic", "a b").error().remark,
            "the specified topic contains illegal characters, allowing only ^[%|a-zA-Z0-9_-]+$");
}

TEST(Names, OfGroupsMayBeTwiceAsLongAsThoseOfTopics) {
  EXPECT_TRUE(check_group_name(std::string(255, 'g')));
  EXPECT_FALSE(check_group_name(""));
  EXPECT_FALSE(check_group_name("../g"));
}

TEST(Names, OfRetryAndDeadLetterTopicsComeFromTheGroup) {
  EXPECT_EQ(retry_topic_of("cg"), "%RETRY%cg");
  EXPECT_EQ(dlq_topic_of("cg"), "%DLQ%cg");
  EXPECT_TRUE(is_retry_topic("%RETRY%cg"));
  EXPECT_TRUE(is_dlq_topic("%DLQ%cg"));
  EXPECT_FALSE(is_retry_topic("%DLQ%cg"));
  EXPECT_FALSE(is_dlq_topic("DLQ"));
}

TEST(Names, OfTheSystemAreKnown) {
  EXPECT_TRUE(is_system_topic("TBW102"));
  EXPECT_TRUE(is_system_topic("rmq_sys_wheel_timer"));
  EXPECT_FALSE(is_system_topic("TopicTest"));
  EXPECT_TRUE(is_forbidden_to_send("RMQ_SYS_TRANS_HALF_TOPIC"));
  EXPECT_FALSE(is_forbidden_to_send("TBW102"));
  EXPECT_FALSE(is_forbidden_to_send("BenchmarkTest"));
}

}  // namespace
}  // namespace rocketmq
