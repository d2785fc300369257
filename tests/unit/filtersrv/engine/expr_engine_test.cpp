#include "engine/expr_engine.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "rocketmq/common/message_properties.hpp"

namespace rocketmq::filtersrv {
namespace {

FilterSource source_of(std::string text) {
  return {.group = "g", .topic = "t", .class_name = "a.B", .text = std::move(text)};
}

TEST(ExprEngine, TakesTextsThatAreMarkedAsSql92) {
  const ExprEngine engine;
  EXPECT_TRUE(engine.takes(source_of("#rmq-filter sql92\na = 1")));
  EXPECT_FALSE(engine.takes(source_of("#rmq-filter lua\na = 1")));
  EXPECT_FALSE(engine.takes(source_of("a = 1")));
}

TEST(ExprEngine, JudgesMessagesByTheirProperties) {
  ExprEngine engine;
  const auto filter = engine.compile(source_of("#rmq-filter sql92\nid % 2 = 0 AND TAGS = 'x'"));
  ASSERT_TRUE(filter) << filter.error().remark;
  std::vector<std::string> properties;
  for (int id = 0; id < 4; ++id) {
    properties.push_back(encode_properties({{"id", std::to_string(id)}, {"TAGS", "x"}}));
  }
  properties.push_back(encode_properties({{"id", "many"}, {"TAGS", "x"}}));
  std::vector<FilterMessage> messages;
  for (const std::string& text : properties) messages.push_back({.properties = text});
  const auto verdicts = (*filter)->match(messages);
  ASSERT_TRUE(verdicts);
  using enum Verdict;
  EXPECT_THAT(*verdicts, testing::ElementsAre(kDeliver, kDrop, kDeliver, kDrop, kDrop));
}

TEST(ExprEngine, NeedsNoMarkFromTheOperator) {
  ExprEngine engine;
  EXPECT_TRUE(engine.compile(source_of("a = 1")));
}

TEST(ExprEngine, SaysWhereATextIsNoCondition) {
  ExprEngine engine;
  const auto filter = engine.compile(source_of("#rmq-filter sql92\na % = 1"));
  ASSERT_FALSE(filter);
  EXPECT_EQ(filter.error().remark,
            "at column 5: expected a property, a value or '(' instead of '='");
}

}  // namespace
}  // namespace rocketmq::filtersrv
