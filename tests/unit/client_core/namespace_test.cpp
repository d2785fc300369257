#include "rocketmq/client/namespace.hpp"

#include <gtest/gtest.h>

namespace rocketmq::client {
namespace {

TEST(Namespace, PrefixesTopicsAndGroupsAndTakesThePrefixOff) {
  const Namespace name_space("shop");
  EXPECT_EQ(name_space.wrap("Orders"), "shop%Orders");
  EXPECT_EQ(name_space.strip("shop%Orders"), "Orders");
  EXPECT_EQ(name_space.strip("Orders"), "Orders");
}

TEST(Namespace, StandsBehindThePrefixOfRetryAndDeadLetterTopics) {
  const Namespace name_space("shop");
  EXPECT_EQ(name_space.wrap("%RETRY%group"), "%RETRY%shop%group");
  EXPECT_EQ(name_space.wrap("%DLQ%group"), "%DLQ%shop%group");
  EXPECT_EQ(name_space.strip("%RETRY%shop%group"), "%RETRY%group");
}

TEST(Namespace, IsNotPutBeforeANameThatHasItNorBeforeNamesOfTheSystem) {
  const Namespace name_space("shop");
  EXPECT_EQ(name_space.wrap("shop%Orders"), "shop%Orders");
  EXPECT_EQ(name_space.wrap("TBW102"), "TBW102");
  EXPECT_EQ(name_space.wrap("CID_RMQ_SYS_TRANS"), "CID_RMQ_SYS_TRANS");
}

TEST(Namespace, LeavesEverythingAsItIsWhenItIsEmpty) {
  const Namespace none;
  EXPECT_EQ(none.wrap("Orders"), "Orders");
  EXPECT_EQ(none.strip("shop%Orders"), "shop%Orders");
}

}  // namespace
}  // namespace rocketmq::client
