#include "rocketmq/client/name_checks.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace rocketmq::client {
namespace {

using testing::HasSubstr;

TEST(NameChecks, RefuseGroupsThatAreEmptyTooLongIllegalOrTheDefaultOne) {
  EXPECT_TRUE(check_group("my-group_1%|", "DEFAULT_PRODUCER", "producerGroup"));
  EXPECT_TRUE(check_group(std::string(255, 'g'), "DEFAULT_PRODUCER", "producerGroup"));
  EXPECT_THAT(check_group("", "D", "producerGroup").error().text, HasSubstr("blank"));
  EXPECT_FALSE(check_group(std::string(256, 'g'), "D", "producerGroup"));
  EXPECT_FALSE(check_group("a b", "D", "producerGroup"));
  EXPECT_FALSE(check_group(std::string(200, 'g') + "/", "D", "producerGroup"));
  EXPECT_FALSE(check_group("DEFAULT_PRODUCER", "DEFAULT_PRODUCER", "producerGroup"));
}

}  // namespace
}  // namespace rocketmq::client
