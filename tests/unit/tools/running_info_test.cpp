#include "mqadmin/commands/running_info.hpp"

#include <gtest/gtest.h>

namespace rocketmq::mqadmin {
namespace {

remoting::ConsumerRunningInfo info(std::int64_t last_consume_ms = 0) {
  remoting::ConsumerRunningInfo info{
      .properties = {{"PROP_CONSUMEORDERLY", "false"}},
      .subscriptions = {{.topic = "T", .sub_string = "A || B"}},
      .queues = {{{"T", "b", 0},
                  {{"commitOffset", "7"},
                   {"cachedMsgCount", "2"},
                   {"lastConsumeTimestamp", std::to_string(last_consume_ms)}}}},
      .statuses = {{"T", {.pull_rt = 1.5, .consume_failed_msgs = 3}}},
  };
  return info;
}

TEST(RunningInfo, IsWrittenInTheSectionsThatPeopleKnow) {
  const std::string text = running_info_text(info());
  EXPECT_TRUE(
      text.starts_with("#Consumer Properties#\n"
                       "PROP_CONSUMEORDERLY                     : false\n"
                       "\n\n#Consumer Subscription#\n"
                       "001 Topic: T                                        "
                       "ClassFilter: false    SubExpression: A || B\n"
                       "\n\n#Consumer Offset#\n"))
      << text;
  EXPECT_NE(text.find("\nT                                 b                                 0     "
                      "7                   \n"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("ProcessQueueInfo [commitOffset=7, cachedMsgMinOffset=0, "
                      "cachedMsgMaxOffset=0, cachedMsgCount=2, "),
            std::string::npos);
  EXPECT_NE(text.find("T                                           1.50           0.00           "
                      "0.00           0.00               0.00                         3\n"),
            std::string::npos)
      << text;
  EXPECT_EQ(text.find("#Consumer jstack#"), std::string::npos);
  EXPECT_NE(running_info_json(info()).find(R"("subExpression":"A || B")"), std::string::npos);
}

TEST(RunningInfo, OfSeveralMembersShowsWhatDoesNotFitTogether) {
  Members members{{"one", info()}, {"two", info()}};
  EXPECT_TRUE(have_same_subscriptions(members));
  EXPECT_FALSE(is_balanced(members)) << "both read the same queue";
  members["two"].queues.clear();
  EXPECT_TRUE(is_balanced(members));
  members["two"].subscriptions[0].sub_string = "C";
  EXPECT_FALSE(have_same_subscriptions(members));
}

TEST(RunningInfo, NamesQueuesThatAreNotConsumed) {
  constexpr std::int64_t now_ms = 1'000'000;
  EXPECT_TRUE(stuck_queues({{"one", info(now_ms - 60'000)}}, now_ms).empty());
  const auto stuck = stuck_queues({{"one", info(now_ms - 60'001)}}, now_ms);
  ASSERT_EQ(stuck.size(), 1U);
  EXPECT_EQ(stuck[0],
            "one MessageQueue [topic=T, brokerName=b, queueId=0] can't consume for a while, maybe "
            "blocked, 60001ms");
}

TEST(RunningInfo, NamesQueuesOfOrderlyConsumersThatAreNotLocked) {
  auto orderly = info();
  orderly.properties["PROP_CONSUMEORDERLY"] = "true";
  auto& queue = orderly.queues.begin()->second;
  queue["locked"] = "true";
  queue["lastLockTimestamp"] = "100000";
  EXPECT_TRUE(stuck_queues({{"one", orderly}}, 130'000).empty());
  EXPECT_EQ(stuck_queues({{"one", orderly}}, 130'001).size(), 1U);
  queue["locked"] = "false";
  EXPECT_EQ(stuck_queues({{"one", orderly}}, 100'000).size(), 1U);
}

}  // namespace
}  // namespace rocketmq::mqadmin
