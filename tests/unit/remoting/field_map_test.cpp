#include "rocketmq/protocol/field_map.hpp"

#include <gtest/gtest.h>

namespace rocketmq::remoting {
namespace {

FieldMap abc() {
  FieldMap fields;
  fields.add("a", "1");
  fields.add("b", "");
  fields.add("c", "3");
  return fields;
}

TEST(FieldMap, KeepsTheOrderInWhichFieldsCame) {
  const FieldMap fields = abc();
  ASSERT_EQ(fields.size(), 3U);
  EXPECT_EQ(fields.key_at(0), "a");
  EXPECT_EQ(fields.key_at(2), "c");
  EXPECT_EQ(fields.value_at(2), "3");
}

TEST(FieldMap, TellsAnEmptyValueFromAnAbsentField) {
  const FieldMap fields = abc();
  EXPECT_EQ(fields.find("b"), "");
  EXPECT_EQ(fields.find("d"), std::nullopt);
  EXPECT_EQ(fields.find(""), std::nullopt);
}

TEST(FieldMap, FindsAnEmptyKey) {
  FieldMap fields;
  fields.add("", "nameless");
  EXPECT_EQ(fields.find(""), "nameless");
}

TEST(FieldMap, FindsTheFirstOfEqualKeys) {
  FieldMap fields;
  fields.add("k", "first");
  fields.add("k", "second");
  EXPECT_EQ(fields.find("k"), "first");
}

TEST(FieldMap, FindsInAnyOrderFromAHint) {
  const FieldMap fields = abc();
  std::size_t hint = 0;
  EXPECT_EQ(fields.find_from("c", hint), "3");
  EXPECT_EQ(hint, 3U);
  EXPECT_EQ(fields.find_from("a", hint), "1");
  EXPECT_EQ(hint, 1U);
  EXPECT_EQ(fields.find_from("x", hint), std::nullopt);
  EXPECT_EQ(hint, 1U);
  hint = 77;
  EXPECT_EQ(fields.find_from("b", hint), "");
}

TEST(FieldMap, ReplacesAValueOrAppendsIt) {
  FieldMap fields = abc();
  fields.set("b", "a longer value than before");
  fields.set("d", "4");
  EXPECT_EQ(fields.size(), 4U);
  EXPECT_EQ(fields.find("b"), "a longer value than before");
  EXPECT_EQ(fields.find("a"), "1");
  EXPECT_EQ(fields.find("d"), "4");
}

TEST(FieldMap, TakesFieldsThatLieInItsBuffer) {
  FieldMap fields;
  fields.buffer() = "{\"topic\":\"T\"}";
  fields.add_appended(2, 5, 10, 1);
  fields.add("more", "x");
  EXPECT_EQ(fields.find("topic"), "T");
  EXPECT_EQ(fields.find("more"), "x");
}

TEST(FieldMap, IsEmptyAndUsableAfterClear) {
  FieldMap fields = abc();
  fields.clear();
  EXPECT_TRUE(fields.empty());
  EXPECT_EQ(fields.find("a"), std::nullopt);
  fields.add("a", "new");
  EXPECT_EQ(fields.find("a"), "new");
}

TEST(FieldMap, GivesTheMemoryOfAHugeHeaderBack) {
  FieldMap fields;
  fields.add("k", std::string(1'000'000, 'x'));
  fields.clear();
  EXPECT_LT(fields.buffer().capacity(), 100'000U);
}

}  // namespace
}  // namespace rocketmq::remoting
