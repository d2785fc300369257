#include <gtest/gtest.h>

#include "filter/expression_message_filter.hpp"
#include "filter/message_filter_factory.hpp"
#include "filter_support.hpp"
#include "rocketmq/common/message_properties.hpp"
#include "rocketmq/common/tags.hpp"
#include "temp_dir.hpp"

namespace rocketmq::broker {
namespace {

using Options = MessageFilterFactory::Options;

std::shared_ptr<const SubscriptionData> shared(SubscriptionData subscription) {
  return std::make_shared<const SubscriptionData>(std::move(subscription));
}

std::shared_ptr<const SubscriptionData> tags(std::string_view topic, std::string_view expression) {
  return shared(parse_tag_subscription(topic, expression, 7).value());
}

bool takes(const ExpressionMessageFilter& filter, std::string_view tag,
           std::string_view properties) {
  MessageRecord record;
  record.properties = properties;
  const std::int64_t code = tags_code_of(tag);
  const bool by_record =
      filter.matches_tags_code(code) && (!filter.needs_record() || filter.matches_record(record));
  EXPECT_EQ(filter.matches_arrival({.tags_code = code, .properties = properties}), by_record);
  return by_record;
}

class MessageFilterTest : public testing::Test {
 protected:
  MessageFilterFactory factory(Options options) { return {options, cache_, filters_}; }

  test::TempDir directory_;
  ManualClock clock_;
  ExpressionCache cache_;
  ConsumerFilterManager filters_{{.file = directory_ / "consumerFilter.json"}, clock_, cache_};
  const MessageFilterFactory off_ = factory({});
  const MessageFilterFactory on_ = factory({.enable_property_filter = true});
};

TEST_F(MessageFilterTest, TagsAreTestedByHash) {
  const auto filter = off_.for_group("cg", tags("T", "TagA || TagC"), 7);
  ASSERT_TRUE(filter);
  EXPECT_FALSE(filter->matches_all());
  EXPECT_FALSE(filter->needs_record());
  EXPECT_TRUE(takes(*filter, "TagA", ""));
  EXPECT_FALSE(takes(*filter, "TagB", ""));
  EXPECT_TRUE(takes(*filter, "TagC", ""));
  EXPECT_FALSE(takes(*filter, "", ""));
}

TEST_F(MessageFilterTest, AStarTakesEverything) {
  const auto filter = off_.for_group("cg", tags("T", "*"), 7);
  ASSERT_TRUE(filter);
  EXPECT_TRUE(filter->matches_all());
  EXPECT_TRUE(takes(*filter, "", ""));
}

TEST_F(MessageFilterTest, AnExpressionIsTestedOnTheRecordAlone) {
  const auto filter = on_.for_request(
      {.topic = "T", .expression = "a > 3", .expression_type = "SQL92", .sub_version = 7});
  ASSERT_TRUE(filter);
  EXPECT_FALSE(filter->matches_all());
  EXPECT_TRUE(filter->needs_record());
  EXPECT_TRUE(takes(*filter, "TagB", encode_properties({{"a", "5"}})));
  EXPECT_FALSE(takes(*filter, "TagB", encode_properties({{"a", "3"}})));
  EXPECT_FALSE(takes(*filter, "", ""));
  EXPECT_EQ(filter->subscription().sub_string, "a > 3");
  EXPECT_EQ(filter->subscription().expression_type, "SQL92");
}

TEST_F(MessageFilterTest, AClassFilterTakesEverything) {
  const auto by_class = off_.for_request({.topic = "T",
                                          .expression = "com.example.Filter",
                                          .sub_version = 7,
                                          .class_filter_mode = true});
  ASSERT_TRUE(by_class);
  EXPECT_TRUE(by_class->matches_all());
  EXPECT_TRUE(takes(*by_class, "TagB", ""));

  auto subscription = sql_subscription("T", "a > 3");
  subscription.class_filter_mode = true;
  const auto by_expression = on_.for_group("cg", shared(subscription), 7);
  ASSERT_TRUE(by_expression);
  EXPECT_TRUE(takes(*by_expression, "TagB", ""));
}

TEST_F(MessageFilterTest, APullMayCarryTags) {
  const auto filter =
      off_.for_request({.topic = "T", .expression = "TagA", .expression_type = "TAG"});
  ASSERT_TRUE(filter);
  EXPECT_TRUE(takes(*filter, "TagA", ""));
  EXPECT_FALSE(takes(*filter, "TagB", ""));
  const auto bad = off_.for_request({.topic = "T", .expression = "||"});
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().code, ResponseCode::SubscriptionParseFailed);
}

TEST_F(MessageFilterTest, APullWhoseExpressionDoesNotCompileIsRefused) {
  for (const char* expression : {"a > 0.0", "a > 'x'", "a BETWEEN 9 AND 1", "a.b = 'x'"}) {
    const auto filter =
        on_.for_request({.topic = "T", .expression = expression, .expression_type = "SQL92"});
    ASSERT_FALSE(filter) << expression;
    EXPECT_EQ(filter.error().code, ResponseCode::SubscriptionParseFailed);
    EXPECT_EQ(filter.error().remark.substr(0, 10), "at column ");
  }
}

TEST_F(MessageFilterTest, ExpressionsAreRefusedUnlessTheBrokerIsToldToTakeThem) {
  const Error refused{ResponseCode::SystemError,
                      "The broker does not support consumer to filter message by SQL92"};
  EXPECT_EQ(off_.check(sql_subscription("T", "a > 3")).error(), refused);
  EXPECT_EQ(off_.for_group("cg", shared(sql_subscription("T", "a > 3")), 7).error(), refused);
  EXPECT_EQ(
      off_.for_request({.topic = "T", .expression = "a > 3", .expression_type = "SQL92"}).error(),
      refused);
}

TEST_F(MessageFilterTest, AClientsConfigurationIsCheckedByCompilingIt) {
  EXPECT_TRUE(on_.check(sql_subscription("T", "a > 3")));
  EXPECT_TRUE(on_.check(*tags("T", "TagA")));
  EXPECT_TRUE(off_.check(*tags("T", "TagA")));
  const Error error = on_.check(sql_subscription("T", "a > 'x'")).error();
  EXPECT_EQ(error.code, ResponseCode::SubscriptionParseFailed);
  EXPECT_EQ(error.remark,
            "at column 5: only numbers and properties have an order, text in quotes has none");
}

TEST_F(MessageFilterTest, AGroupsPullUsesWhatItsHeartbeatsHaveRegistered) {
  const SubscriptionData subscription = sql_subscription("T", "a > 3", 7);
  const auto missing = on_.for_group("cg", shared(subscription), 7);
  EXPECT_EQ(missing.error().code, ResponseCode::FilterDataNotExist);

  filters_.register_group("cg", std::vector{subscription});
  const auto filter = on_.for_group("cg", shared(subscription), 7);
  ASSERT_TRUE(filter);
  EXPECT_TRUE(takes(*filter, "", encode_properties({{"a", "5"}})));
  EXPECT_FALSE(takes(*filter, "", encode_properties({{"a", "3"}})));

  const auto newer = on_.for_group("cg", shared(subscription), 8);
  EXPECT_EQ(newer.error().code, ResponseCode::FilterDataNotLatest);
}

TEST_F(MessageFilterTest, RetriedMessagesAreNotFilteredAgainByDefault) {
  filters_.register_group("cg", std::vector{sql_subscription("T", "a > 3")});
  const auto filter = on_.for_group("cg", tags("%RETRY%cg", "*"), 7);
  ASSERT_TRUE(filter);
  EXPECT_TRUE(filter->matches_all());
  EXPECT_TRUE(takes(*filter, "", encode_properties({{"RETRY_TOPIC", "T"}, {"a", "1"}})));
}

TEST_F(MessageFilterTest, RetriedMessagesAreFilteredAgainWhenTheBrokerIsToldTo) {
  filters_.register_group("cg", std::vector{sql_subscription("T", "a > 3")});
  const auto retrying = factory({.enable_property_filter = true, .filter_support_retry = true});
  const auto filter = retrying.for_group("cg", tags("%RETRY%cg", "*"), 7);
  ASSERT_TRUE(filter);
  EXPECT_FALSE(filter->matches_all());
  EXPECT_TRUE(takes(*filter, "", encode_properties({{"RETRY_TOPIC", "T"}, {"a", "5"}})));
  EXPECT_FALSE(takes(*filter, "", encode_properties({{"RETRY_TOPIC", "T"}, {"a", "1"}})));
  EXPECT_TRUE(takes(*filter, "", encode_properties({{"RETRY_TOPIC", "Other"}, {"a", "1"}})));
  EXPECT_TRUE(takes(*filter, "", encode_properties({{"a", "1"}})));
  const auto ordinary = retrying.for_group("cg", tags("T", "*"), 7);
  ASSERT_TRUE(ordinary);
  EXPECT_TRUE(ordinary->matches_all());
}

}  // namespace
}  // namespace rocketmq::broker
