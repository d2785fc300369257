#include "processors/admin_groups.hpp"

#include "admin_fixture.hpp"
#include "rocketmq/protocol/admin_headers.hpp"

namespace rocketmq::broker::test {
namespace {

using Delete = remoting::DeleteSubscriptionGroupRequestHeader;

class AdminGroupsTest : public AdminFixture {
 protected:
  AdminGroupsProcessor processor{{.groups = groups, .offsets = offsets, .stats = stats}};

  Answer update(const std::string& body) {
    return ask(
        processor, &AdminGroupsProcessor::update_group,
        remoting::make_request(remoting::RequestCode::UpdateAndCreateSubscriptionGroup, body));
  }
};

TEST_F(AdminGroupsTest, MakesAGroupFromItsBody) {
  EXPECT_EQ(update(R"({"groupName":"cg","retryMaxTimes":3,"retryQueueNums":2})").code(),
            ResponseCode::Success);
  EXPECT_EQ(groups.find("cg")->retry_max_times, 3);
  EXPECT_TRUE(groups.find("cg")->consume_enable) << "members that are missing have their defaults";
}

TEST_F(AdminGroupsTest, RefusesBodiesThatAreNoGroup) {
  for (const std::string body :
       {"", "[]", "7", "{", R"({"groupName":"a b"})", R"({"retryMaxTimes":1})",
        R"({"groupName":"cg","retryQueueNums":2000000000})"}) {
    EXPECT_EQ(update(body).code(), ResponseCode::SystemError) << body;
  }
  EXPECT_FALSE(groups.find("cg"));
}

TEST_F(AdminGroupsTest, MakesSeveralGroupsAtOnceOrNone) {
  const auto update_all = [&](const std::string& body) {
    return ask(
        processor, &AdminGroupsProcessor::update_groups,
        remoting::make_request(remoting::RequestCode::UpdateAndCreateSubscriptionGroupList, body));
  };
  EXPECT_EQ(update_all(R"({"groupConfigList":[{"groupName":"a"},{"groupName":"b c"}]})").code(),
            ResponseCode::SystemError);
  EXPECT_EQ(update_all(R"([{"groupName":"a"}])").code(), ResponseCode::SystemError);
  EXPECT_FALSE(groups.find("a"));
  EXPECT_EQ(update_all(R"({"groupConfigList":[{"groupName":"a","retryMaxTimes":3},)"
                       R"({"groupName":"b"}]})")
                .code(),
            ResponseCode::Success);
  EXPECT_EQ(groups.find("a")->retry_max_times, 3);
  EXPECT_TRUE(groups.find("b"));
}

TEST_F(AdminGroupsTest, TakesPullAsTheOneModeOfEveryGroup) {
  const auto set_mode = [&](const std::string& body) {
    return ask(
        processor, &AdminGroupsProcessor::set_request_mode,
        remoting::make_request(remoting::RequestCode::UpdateAndCreateSubscriptionGroup, body));
  };
  EXPECT_EQ(set_mode(R"({"topic":"T","consumerGroup":"cg","mode":"PULL"})").code(),
            ResponseCode::Success);
  const auto pop = set_mode(R"({"topic":"T","consumerGroup":"cg","mode":"POP"})");
  EXPECT_EQ(pop.code(), ResponseCode::SystemError);
  EXPECT_NE(pop.head.remark.find("consume mode POP is not served"), std::string::npos);
  for (const std::string body : {"", "7", R"({"topic":"T","mode":"PULL"})",
                                 R"({"topic":"../T","consumerGroup":"cg","mode":"PULL"})",
                                 R"({"topic":"T","consumerGroup":"a b","mode":"PULL"})"})
    EXPECT_EQ(set_mode(body).code(), ResponseCode::SystemError) << body;
}

TEST_F(AdminGroupsTest, DeletesAGroupAndItsOffsetsWhenAskedTo) {
  for (const Delete& header : {Delete{.groupName = "cg", .removeOffset = true},
                               Delete{.groupName = "cg", .cleanOffset = true}}) {
    ASSERT_TRUE(groups.update({.group_name = "cg"}));
    commit("cg", "T", 0, 7);
    EXPECT_EQ(ask(processor, &AdminGroupsProcessor::delete_group, header).code(),
              ResponseCode::Success);
    EXPECT_FALSE(groups.find("cg"));
    EXPECT_EQ(committed("cg", "T", 0), -1);
  }
}

TEST_F(AdminGroupsTest, KeepsTheOffsetsOtherwise) {
  ASSERT_TRUE(groups.update({.group_name = "cg"}));
  commit("cg", "T", 0, 7);
  EXPECT_EQ(ask(processor, &AdminGroupsProcessor::delete_group, Delete{.groupName = "cg"}).code(),
            ResponseCode::Success);
  EXPECT_FALSE(groups.find("cg"));
  EXPECT_EQ(committed("cg", "T", 0), 7);
}

TEST_F(AdminGroupsTest, KeepsTheGroupsOfTheSystem) {
  EXPECT_EQ(
      ask(processor, &AdminGroupsProcessor::delete_group, Delete{.groupName = "CID_RMQ_SYS_TRANS"})
          .code(),
      ResponseCode::SystemError);
  EXPECT_EQ(ask(processor, &AdminGroupsProcessor::delete_group, Delete{.groupName = ""}).code(),
            ResponseCode::SystemError);
  EXPECT_EQ(ask(processor, &AdminGroupsProcessor::delete_group, remoting::NoHeader{}).head.remark,
            "missing header field: groupName");
}

TEST_F(AdminGroupsTest, TellsOneGroup) {
  ASSERT_TRUE(groups.update({.group_name = "cg", .retry_max_times = 4}));
  const auto answer = ask(processor, &AdminGroupsProcessor::group_config,
                          remoting::GroupRequestHeader{.group = "cg"});
  EXPECT_EQ(parse(answer.body)["retryMaxTimes"], 4);
  EXPECT_EQ(ask(processor, &AdminGroupsProcessor::group_config,
                remoting::GroupRequestHeader{.group = "x"})
                .code(),
            ResponseCode::SubscriptionGroupNotExist);
}

}  // namespace
}  // namespace rocketmq::broker::test
