// The dialect of the filter server: the language of subscriptions with integer arithmetic.
#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "rocketmq/common/message_properties.hpp"
#include "rocketmq/filter/compiled_expression.hpp"

namespace rocketmq {
namespace {

using sql::Verdict;

Verdict verdict(std::string_view expression, const MessageProperties& properties = {}) {
  const auto compiled = CompiledExpression::compile(expression, sql::filter_server_dialect);
  EXPECT_TRUE(compiled) << expression << ": " << (compiled ? "" : compiled.error().remark);
  return compiled ? (*compiled)->evaluate(encode_properties(properties)) : Verdict::Failed;
}

std::string complaint(std::string_view expression,
                      const sql::Dialect& dialect = sql::filter_server_dialect) {
  const auto compiled = CompiledExpression::compile(expression, dialect);
  return compiled ? "compiles" : compiled.error().remark;
}

TEST(SqlArithmetic, JudgesTheTutorialsMessages) {
  const auto compiled = CompiledExpression::compile(
      "SequenceId IS NOT NULL AND SequenceId % 3 = 0 AND SequenceId > 10",
      sql::filter_server_dialect);
  ASSERT_TRUE(compiled);
  for (int id = 0; id < 100; ++id) {
    const std::string properties = encode_properties({{"SequenceId", std::to_string(id)}});
    EXPECT_EQ((*compiled)->matches(properties), id % 3 == 0 && id > 10) << id;
  }
  EXPECT_FALSE((*compiled)->matches(encode_properties({{"Sequence", "12"}})));
  EXPECT_FALSE((*compiled)->matches(encode_properties({{"SequenceId", "twelve"}})));
}

TEST(SqlArithmetic, CalculatesLikeJavaWithLongs) {
  EXPECT_EQ(verdict("7 + 3 = 10"), Verdict::True);
  EXPECT_EQ(verdict("7 - 3 = 4"), Verdict::True);
  EXPECT_EQ(verdict("7 * 3 = 21"), Verdict::True);
  EXPECT_EQ(verdict("7 / 3 = 2"), Verdict::True);
  EXPECT_EQ(verdict("7 % 3 = 1"), Verdict::True);
  EXPECT_EQ(verdict("a / 3 = -2", {{"a", "-7"}}), Verdict::True);
  EXPECT_EQ(verdict("a % 3 = -1", {{"a", "-7"}}), Verdict::True);
  EXPECT_EQ(verdict("a % -3 = 1", {{"a", "7"}}), Verdict::True);
  EXPECT_EQ(verdict("3000000000 * 3 = 9000000000"), Verdict::True);
}

TEST(SqlArithmetic, BindsProductsBeforeSumsAndFromTheLeft) {
  EXPECT_EQ(verdict("2 + 3 * 4 = 14"), Verdict::True);
  EXPECT_EQ(verdict("(2 + 3) * 4 = 20"), Verdict::True);
  EXPECT_EQ(verdict("20 - 5 - 3 = 12"), Verdict::True);
  EXPECT_EQ(verdict("20 / 5 % 3 = 1"), Verdict::True);
  EXPECT_EQ(verdict("2 - -3 = 5"), Verdict::True);
  EXPECT_EQ(verdict("1 + 1 > 1 AND 2 < 1 + 2"), Verdict::True);
  EXPECT_EQ(verdict("a BETWEEN 1 + 1 AND 2 * 2", {{"a", "4"}}), Verdict::True);
  EXPECT_EQ(verdict("a + 1 NOT BETWEEN 1 AND 4", {{"a", "4"}}), Verdict::True);
}

TEST(SqlArithmetic, TakesTheSignOfAProperty) {
  EXPECT_EQ(verdict("-a = 5", {{"a", "-5"}}), Verdict::True);
  EXPECT_EQ(verdict("-(a - 1) = 5", {{"a", "-4"}}), Verdict::True);
  EXPECT_EQ(verdict("-a = 5", {{"a", "x"}}), Verdict::Null);
}

TEST(SqlArithmetic, ComparesWithPropertiesAndText) {
  EXPECT_EQ(verdict("a + 1 = b", {{"a", "4"}, {"b", "5"}}), Verdict::True);
  EXPECT_EQ(verdict("b = a + 1", {{"a", "4"}, {"b", "5"}}), Verdict::True);
  EXPECT_EQ(verdict("a + 1 < b", {{"a", "4"}, {"b", "50"}}), Verdict::True);
  EXPECT_EQ(verdict("a + 1 = '5'", {{"a", "4"}}), Verdict::True);
  EXPECT_EQ(verdict("a + 1 > 4.5", {{"a", "4"}}), Verdict::True);
}

TEST(SqlArithmetic, IsNullWhereThereIsNoResult) {
  const std::string least = "-9223372036854775808";
  const std::string most = "9223372036854775807";
  EXPECT_EQ(verdict("a / 0 = 0", {{"a", "1"}}), Verdict::Null);
  EXPECT_EQ(verdict("a % 0 = 0", {{"a", "1"}}), Verdict::Null);
  EXPECT_EQ(verdict("a + 1 > 0", {{"a", most}}), Verdict::Null);
  EXPECT_EQ(verdict("a - 1 < 0", {{"a", least}}), Verdict::Null);
  EXPECT_EQ(verdict("a * 2 > 0", {{"a", most}}), Verdict::Null);
  EXPECT_EQ(verdict("a / -1 > 0", {{"a", least}}), Verdict::Null);
  EXPECT_EQ(verdict("-a > 0", {{"a", least}}), Verdict::Null);
  EXPECT_EQ(verdict("a % -1 = 0", {{"a", least}}), Verdict::True);
  EXPECT_EQ(verdict("a + 1 > 0"), Verdict::Null);
  EXPECT_EQ(verdict("a + 1 > 0", {{"a", "1.5"}}), Verdict::Null);
  EXPECT_EQ(verdict("a + 1 > 0", {{"a", ""}}), Verdict::Null);
  EXPECT_EQ(verdict("a + 1 > 0", {{"a", most + "0"}}), Verdict::Null);
  EXPECT_EQ(verdict("a + NULL IS NULL", {{"a", "1"}}), Verdict::True);
  EXPECT_EQ(verdict("a / b IS NULL", {{"a", "1"}, {"b", "0"}}), Verdict::True);
  EXPECT_EQ(verdict("NOT (a % 3 = 0)", {{"a", "x"}}), Verdict::Null);
}

TEST(SqlArithmetic, RefusesWhatIsNoInteger) {
  EXPECT_EQ(complaint("a + 1.5 > 2"),
            "at column 5: expected an integer or a property instead of a float");
  EXPECT_EQ(complaint("'x' + 1 > 2"),
            "at column 1: expected an integer or a property instead of text in quotes");
  EXPECT_EQ(complaint("a * TRUE > 2"),
            "at column 5: expected an integer or a property instead of TRUE or FALSE");
  EXPECT_EQ(complaint("1 + (a > 2) = 3"),
            "at column 6: expected an integer or a property instead of a condition");
  EXPECT_EQ(complaint("a + -1.5 > 2"),
            "at column 6: expected an integer or a property instead of a float");
  EXPECT_EQ(complaint("a + 1"), "at column 1: expected a condition instead of a number");
  EXPECT_EQ(complaint("a + 1 IN ('2')"), "at column 1: IN needs a property on its left");
  EXPECT_EQ(
      complaint("a + "),
      "at column 5: expected a property, a value or '(' instead of the end of the expression");
  EXPECT_EQ(complaint("a % = 0"),
            "at column 5: expected a property, a value or '(' instead of '='");
}

TEST(SqlArithmetic, IsNoPartOfTheLanguageOfSubscriptions) {
  const std::string expected =
      ": expected AND, OR, a comparison or the end of the expression instead of '";
  EXPECT_EQ(complaint("a % 3 = 0", sql::subscription_dialect), "at column 3" + expected + "%'");
  EXPECT_EQ(complaint("a > 3 + 1", sql::subscription_dialect), "at column 7" + expected + "+'");
  EXPECT_EQ(complaint("a > 3 - 1", sql::subscription_dialect), "at column 7" + expected + "-'");
  const auto compiled = CompiledExpression::compile("-a > 0", sql::subscription_dialect);
  ASSERT_TRUE(compiled);
  EXPECT_EQ((*compiled)->evaluate(encode_properties({{"a", "-5"}})), Verdict::Null);
}

TEST(SqlArithmetic, IsBoundedInTextDepthAndOperators) {
  const std::size_t bytes_max = sql::filter_server_dialect.text_bytes_max;
  EXPECT_EQ(complaint("a = 1" + std::string(bytes_max - 5, ' ')), "compiles");
  EXPECT_EQ(complaint("a = 1" + std::string(bytes_max - 4, ' ')),
            "the expression has 65537 bytes, more than the 65536 that are allowed");

  const std::string deep(65, '(');
  EXPECT_EQ(complaint(deep + "a" + std::string(65, ')') + " = 1"),
            "at column 65: nested more than 64 levels deep");

  // Each further term takes two operands and operators; the comparison takes another two.
  std::string sum = "a";
  for (int i = 0; i < 498; ++i) sum += "+1";
  EXPECT_EQ(complaint(sum + " = 1"), "compiles");
  EXPECT_EQ(complaint(sum + "+1 = 1").substr(0, 12), "at column 10");
  EXPECT_NE(complaint(sum + "+1 = 1").find("more than 1000 operands and operators"),
            std::string::npos);
}

}  // namespace
}  // namespace rocketmq
