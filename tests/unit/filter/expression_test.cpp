#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "rocketmq/common/message_properties.hpp"
#include "rocketmq/filter/compiled_expression.hpp"

namespace rocketmq {
namespace {

using sql::Verdict;

Verdict evaluate(std::string_view expression, const MessageProperties& properties) {
  const auto compiled = CompiledExpression::compile("SQL92", expression);
  EXPECT_TRUE(compiled) << expression << ": " << (compiled ? "" : compiled.error().remark);
  return compiled ? (*compiled)->evaluate(encode_properties(properties)) : Verdict::Failed;
}

/// The four messages of the measurements in spec/broker.md §10.4, by number.
std::vector<int> delivered(std::string_view expression) {
  const MessageProperties messages[] = {{{"a", "3.5"}, {"c", "k"}},
                                        {{"a", "5"}, {"c", "q"}},
                                        {{"a", "abc"}, {"c", "k"}},
                                        {{"c", "k"}}};
  std::vector<int> numbers;
  for (int i = 0; i < 4; ++i) {
    if (evaluate(expression, messages[i]) == Verdict::True) numbers.push_back(i + 1);
  }
  return numbers;
}

std::string refusal(std::string_view expression) {
  const auto compiled = CompiledExpression::compile("SQL92", expression);
  if (compiled) return "compiles";
  EXPECT_EQ(compiled.error().code, ResponseCode::SubscriptionParseFailed);
  return compiled.error().remark;
}

using Numbers = std::vector<int>;

TEST(SqlExpression, DeliversWhatWasMeasuredOnAPublishedBroker) {
  EXPECT_EQ(delivered("a > 3"), Numbers({2}));
  EXPECT_EQ(delivered("a > 3.0"), Numbers({1, 2}));
  EXPECT_EQ(delivered("a <> 'x'"), Numbers({1, 2, 3}));
  EXPECT_EQ(delivered("a > 3 OR c = 'k'"), Numbers({2, 4}));
  EXPECT_EQ(delivered("c = 'k' OR a > 3"), Numbers({1, 2, 3, 4}));
  EXPECT_EQ(delivered("a"), Numbers({}));
  EXPECT_EQ(delivered("b IS NULL"), Numbers({1, 2, 3, 4}));
  EXPECT_EQ(delivered("missing NOT IN ('z')"), Numbers({}));
  EXPECT_EQ(delivered("missing <> 'q'"), Numbers({}));
  EXPECT_EQ(delivered("5 = a"), Numbers({2}));
  EXPECT_EQ(delivered("c = 'k' AND a IS NOT NULL"), Numbers({1, 3}));
  EXPECT_EQ(delivered("1 = 1"), Numbers({1, 2, 3, 4}));
  EXPECT_EQ(delivered("TRUE"), Numbers({1, 2, 3, 4}));
}

TEST(SqlExpression, TakesTheExamplesOfTheDocumentation) {
  EXPECT_EQ(evaluate("a between 0 and 3", {{"a", "3"}}), Verdict::True);
  EXPECT_EQ(evaluate("a between 0 and 3", {{"a", "4"}}), Verdict::False);
  const char* const tags = "TAGS is not null and TAGS in ('TagA','TagB')";
  EXPECT_EQ(evaluate(tags, {{"TAGS", "TagB"}}), Verdict::True);
  EXPECT_EQ(evaluate(tags, {{"TAGS", "TagC"}}), Verdict::False);
  EXPECT_EQ(evaluate(tags, {}), Verdict::False);
  const char* const mixed = "(x > 10 or y = 'k') and z is not null";
  EXPECT_EQ(evaluate(mixed, {{"x", "11"}, {"z", "1"}}), Verdict::True);
  EXPECT_EQ(evaluate(mixed, {{"x", "9"}, {"y", "k"}, {"z", "1"}}), Verdict::True);
  EXPECT_EQ(evaluate(mixed, {{"x", "11"}}), Verdict::False);
}

TEST(SqlExpression, ConvertsAPropertyToTheTypeOfTheLiteral) {
  EXPECT_EQ(evaluate("a > 3", {{"a", "99999999999"}}), Verdict::Failed);
  EXPECT_EQ(evaluate("a > 3L", {{"a", "99999999999"}}), Verdict::Failed);
  EXPECT_EQ(evaluate("a > 2147483648", {{"a", "99999999999"}}), Verdict::True);
  EXPECT_EQ(evaluate("a = 99999999999l", {{"a", "99999999999"}}), Verdict::True);
  EXPECT_EQ(evaluate("a = TRUE", {{"a", "tRuE"}}), Verdict::True);
  EXPECT_EQ(evaluate("a = FALSE", {{"a", "anything"}}), Verdict::True);
  EXPECT_EQ(evaluate("a = 'abc'", {{"a", "ABC"}}), Verdict::False);
  EXPECT_EQ(evaluate("a = b", {{"a", "5"}, {"b", "5.0"}}), Verdict::False);
  EXPECT_EQ(evaluate("a >= b", {{"a", "5"}, {"b", "5.0"}}), Verdict::True);
  EXPECT_EQ(evaluate("a < b", {{"a", "5"}, {"b", "x"}}), Verdict::Failed);
}

TEST(SqlExpression, KeepsThreeTruthValues) {
  const MessageProperties present{{"p", "1"}};
  // m is missing: NULL
  const std::pair<const char*, Verdict> rows[] = {
      {"m = 1", Verdict::Null},
      {"m <> 1", Verdict::Null},
      {"m > 1", Verdict::Null},
      {"m = m", Verdict::True},
      {"m <> m", Verdict::False},
      {"1 = m", Verdict::False},
      {"1 <> m", Verdict::True},
      {"p = m", Verdict::False},
      {"p <> m", Verdict::True},
      {"TRUE <> m", Verdict::True},
      {"1 > m", Verdict::Null},
      {"(m = 1) = m", Verdict::True},
      {"NOT (m = 1)", Verdict::Null},
      {"m", Verdict::Null},
      {"NOT m", Verdict::Null},
      {"NULL", Verdict::Null},
      {"m = 1 AND p = 1", Verdict::Null},
      {"m = 1 AND p = 2", Verdict::False},
      {"p = 2 AND m = 1", Verdict::False},
      {"m = 1 OR p = 1", Verdict::True},
      {"p = 1 OR m = 1", Verdict::True},
      {"m = 1 OR p = 2", Verdict::Null},
      {"m = 1 OR m = 2", Verdict::Null},
      {"m BETWEEN 0 AND 3", Verdict::Null},
      {"m NOT BETWEEN 0 AND 3", Verdict::Null},
      {"p BETWEEN m AND 3", Verdict::Null},
      {"p BETWEEN m AND 0", Verdict::False},
      {"p NOT BETWEEN m AND 0", Verdict::True},
      {"m IN ('1')", Verdict::Null},
      {"m NOT IN ('1')", Verdict::Null},
      {"m CONTAINS 'x'", Verdict::Null},
      {"m IS NULL", Verdict::True},
      {"m IS NOT NULL", Verdict::False},
      {"(m = 1) IS NULL", Verdict::True},
      {"(p = 1) IS NOT NULL", Verdict::True},
      {"NULL IS NULL", Verdict::True},
      {"5 IS NULL", Verdict::False},
  };
  for (const auto& [expression, verdict] : rows) {
    EXPECT_EQ(evaluate(expression, present), verdict) << expression;
  }
}

TEST(SqlExpression, AFailedConversionEndsTheWholeEvaluation) {
  EXPECT_EQ(evaluate("a > 3 OR TRUE", {{"a", "x"}}), Verdict::Failed);
  EXPECT_EQ(evaluate("m = 1 OR a > 3", {{"a", "x"}}), Verdict::Failed);
  EXPECT_EQ(evaluate("NOT (a > 3)", {{"a", "x"}}), Verdict::Failed);
  EXPECT_EQ(evaluate("(a > 3) IS NULL", {{"a", "x"}}), Verdict::Failed);
  EXPECT_EQ(evaluate("a NOT BETWEEN 1 AND 3", {{"a", "x"}}), Verdict::Failed);
}

TEST(SqlExpression, TheRightSideIsNotEvaluatedWhenTheLeftDecides) {
  const MessageProperties properties{{"a", "x"}, {"b", "1"}};
  EXPECT_EQ(evaluate("b = 1 OR a > 3", properties), Verdict::True);
  EXPECT_EQ(evaluate("b = 2 AND a > 3", properties), Verdict::False);
  EXPECT_EQ(evaluate("b = 1 OR a > 3 OR a < 3", properties), Verdict::True);
  EXPECT_EQ(evaluate("b = 2 AND a > 3 AND a < 3", properties), Verdict::False);
  EXPECT_EQ(evaluate("b = 2 AND a > 3 OR b = 1", properties), Verdict::True);
  EXPECT_EQ(evaluate("b BETWEEN 2 AND a", properties), Verdict::False);
}

TEST(SqlExpression, AndBindsTighterThanOr) {
  EXPECT_EQ(evaluate("TRUE OR TRUE AND FALSE", {}), Verdict::True);
  EXPECT_EQ(evaluate("(TRUE OR TRUE) AND FALSE", {}), Verdict::False);
  EXPECT_EQ(evaluate("FALSE AND FALSE OR TRUE", {}), Verdict::True);
}

TEST(SqlExpression, NotBindsTighterThanComparison) {
  EXPECT_EQ(refusal("NOT a > 3"),
            "at column 5: only numbers and properties have an order, a condition has none");
  EXPECT_EQ(evaluate("NOT (a > 3)", {{"a", "1"}}), Verdict::True);
  // (NOT a) IS NULL
  EXPECT_EQ(evaluate("NOT a IS NULL", {}), Verdict::True);
  EXPECT_EQ(evaluate("NOT a IS NULL", {{"a", "1"}}), Verdict::False);
  // (NOT a) = 'x' compares a condition with a text
  EXPECT_EQ(evaluate("NOT a = 'x'", {{"a", "x"}}), Verdict::Failed);
  EXPECT_EQ(evaluate("NOT a = 'x'", {}), Verdict::Null);
}

TEST(SqlExpression, ComparesConditionsWithValuesAsPublishedBrokersDo) {
  const MessageProperties p{{"d", "true"}, {"a", "1"}};
  EXPECT_EQ(evaluate("1 = TRUE", p), Verdict::False);
  EXPECT_EQ(evaluate("1 <> TRUE", p), Verdict::True);
  EXPECT_EQ(evaluate("'x' <> FALSE", p), Verdict::False);
  EXPECT_EQ(evaluate("(a = 1) = 5", p), Verdict::False);
  EXPECT_EQ(evaluate("TRUE = -1", p), Verdict::False);
  EXPECT_EQ(evaluate("d = (a = 1)", p), Verdict::True);
  for (const char* failing : {"(a = 1) = d", "TRUE = d", "FALSE <> d", "(a = 1) <> 'x'"})
    EXPECT_EQ(evaluate(failing, p), Verdict::Failed) << failing;
}

TEST(SqlExpression, AMinusSignBeforeAnythingButANumberIsNull) {
  const MessageProperties p{{"a", "1"}, {"b", "x"}};
  EXPECT_EQ(evaluate("-a = 1", p), Verdict::Null);
  EXPECT_EQ(evaluate("1 <> -a", p), Verdict::True);
  EXPECT_EQ(evaluate("-a = -b", p), Verdict::True);
  EXPECT_EQ(evaluate("-a > 3", p), Verdict::Null);
  EXPECT_EQ(evaluate("a > -'x'", p), Verdict::Null);
  EXPECT_EQ(evaluate("a = -'x'", p), Verdict::False);
  EXPECT_EQ(evaluate("- -a IS NULL", p), Verdict::True);
  EXPECT_EQ(evaluate("-(b > 5) IS NULL", p), Verdict::Failed);
  EXPECT_EQ(evaluate("-(a = 1) IS NULL", p), Verdict::True);
  // A bound with a sign is not compared with the other one beforehand.
  EXPECT_EQ(evaluate("a BETWEEN 3 AND -1", p), Verdict::False);
  EXPECT_EQ(evaluate("a NOT BETWEEN -1 AND -5", p), Verdict::True);
}

TEST(SqlExpression, ComparisonBindsTighterThanEquality) {
  // (a > 1) = (b > 1)
  EXPECT_EQ(evaluate("a > 1 = b > 1", {{"a", "0"}, {"b", "0"}}), Verdict::True);
  EXPECT_EQ(evaluate("a > 1 <> b > 1", {{"a", "0"}, {"b", "2"}}), Verdict::True);
  EXPECT_EQ(evaluate("a = 1 = TRUE", {{"a", "1"}}), Verdict::True);
  EXPECT_EQ(evaluate("a = 1 IS NULL", {}), Verdict::True);
}

TEST(SqlExpression, ABarePropertyIsAConditionThatIsNeverTrue) {
  EXPECT_EQ(evaluate("a", {{"a", "true"}}), Verdict::False);
  EXPECT_EQ(evaluate("NOT a", {{"a", "true"}}), Verdict::True);
  EXPECT_EQ(evaluate("a OR b = 'x'", {{"a", "true"}, {"b", "x"}}), Verdict::True);
  EXPECT_EQ(evaluate("b = 'x' AND a", {{"a", "true"}, {"b", "x"}}), Verdict::False);
}

TEST(SqlExpression, KeywordsMayBeWrittenInAnyCase) {
  EXPECT_EQ(evaluate("a iS nOt NuLl aNd NoT (a = 'y') oR fAlSe", {{"a", "x"}}), Verdict::True);
  EXPECT_EQ(evaluate("a nOt bEtWeEn 1 aNd 2", {{"a", "3"}}), Verdict::True);
}

TEST(SqlExpression, NamesMayBeginLikeKeywords) {
  EXPECT_EQ(evaluate("nothing = '1'", {{"nothing", "1"}}), Verdict::True);
  EXPECT_EQ(evaluate("android = '1' or order1 = '2'", {{"order1", "2"}}), Verdict::True);
  EXPECT_EQ(evaluate("is_new = '1' and in$ = '2'", {{"is_new", "1"}, {"in$", "2"}}), Verdict::True);
  EXPECT_EQ(evaluate("$x_1 = 'y'", {{"$x_1", "y"}}), Verdict::True);
}

TEST(SqlExpression, NamesDistinguishCase) {
  EXPECT_EQ(evaluate("Color = 'red'", {{"color", "red"}}), Verdict::Null);
}

TEST(SqlExpression, SystemPropertiesAreOrdinaryOnes) {
  EXPECT_EQ(
      evaluate("KEYS = 'k1 k2' AND UNIQ_KEY IS NOT NULL", {{"KEYS", "k1 k2"}, {"UNIQ_KEY", "7F"}}),
      Verdict::True);
}

TEST(SqlExpression, OfPropertiesWithOneNameTheLastCounts) {
  const auto compiled = CompiledExpression::compile("SQL92", "a = '2'");
  ASSERT_TRUE(compiled);
  const auto matches = [&](std::string properties) {
    std::replace(properties.begin(), properties.end(), '=', '\x01');
    std::replace(properties.begin(), properties.end(), ';', '\x02');
    return (*compiled)->matches(properties);
  };
  EXPECT_TRUE(matches("a=1;b=1;a=2"));
  EXPECT_FALSE(matches("a=2;a=1;"));
  // Pieces without a name or a value are none.
  EXPECT_TRUE(matches("a=2;a=;=1;;a;aa=1"));
}

TEST(SqlExpression, ReadsStringsWithDoubledQuotes) {
  EXPECT_EQ(evaluate("a = 'it''s'", {{"a", "it's"}}), Verdict::True);
  EXPECT_EQ(evaluate("a = ''''", {{"a", "'"}}), Verdict::True);
  EXPECT_EQ(evaluate("a = ''", {{"a", "x"}}), Verdict::False);
  EXPECT_EQ(evaluate("a = ' -- no /* comment'", {{"a", " -- no /* comment"}}), Verdict::True);
  EXPECT_EQ(evaluate("a = 'two\nlines \xE4\xB8\xAD'", {{"a", "two\nlines \xE4\xB8\xAD"}}),
            Verdict::True);
}

TEST(SqlExpression, ReadsEveryFormOfNumber) {
  EXPECT_EQ(evaluate("a = 0 OR a = 10", {{"a", "10"}}), Verdict::True);
  for (const char* five : {"5.0", "5.", "5E0", "0.5e1", ".5e+1", "50e-1", "005.0"}) {
    EXPECT_EQ(evaluate(std::string("a = ") + five, {{"a", "5"}}), Verdict::True) << five;
  }
  EXPECT_EQ(evaluate("a = -5", {{"a", "-5"}}), Verdict::True);
  EXPECT_EQ(evaluate("a = - 5.5", {{"a", "-5.5"}}), Verdict::True);
  EXPECT_EQ(evaluate("a = +5", {{"a", "5"}}), Verdict::True);
  EXPECT_EQ(evaluate("a = - - 5", {{"a", "5"}}), Verdict::True);
  EXPECT_EQ(evaluate("a > -3000000000", {{"a", "-2999999999"}}), Verdict::True);
  EXPECT_EQ(evaluate("a = 9223372036854775807", {{"a", "9223372036854775807"}}), Verdict::True);
}

TEST(SqlExpression, SkipsBlanksAndComments) {
  EXPECT_EQ(evaluate(" \t\r\n\f a/* > 5 */=/***/'x' -- and the rest\n", {{"a", "x"}}),
            Verdict::True);
  EXPECT_EQ(evaluate("a>--3\n4", {{"a", "5"}}), Verdict::True);
  EXPECT_EQ(evaluate("a in('x','y')and(b)is null", {{"a", "x"}}), Verdict::True);
  EXPECT_EQ(evaluate("a=1or b=1", {{"a", "1"}}), Verdict::True);
}

TEST(SqlExpression, TestsPartsOfATextAsTheNewerReleasesDo) {
  const MessageProperties p{{"a", "abcabc"}};
  EXPECT_EQ(evaluate("a CONTAINS 'cab'", p), Verdict::True);
  EXPECT_EQ(evaluate("a not contains 'cab'", p), Verdict::False);
  EXPECT_EQ(evaluate("a StartsWith 'abc'", p), Verdict::True);
  EXPECT_EQ(evaluate("a STARTSWITH 'bc'", p), Verdict::False);
  EXPECT_EQ(evaluate("a NOT STARTSWITH 'bc'", p), Verdict::True);
  EXPECT_EQ(evaluate("a ENDSWITH 'bc'", p), Verdict::True);
  EXPECT_EQ(evaluate("a NOT ENDSWITH 'bc'", p), Verdict::False);
  EXPECT_EQ(evaluate("contains = 'x' AND contains contains 'x'", {{"contains", "x"}}),
            Verdict::True);
}

TEST(SqlExpression, BetweenAndInMayBeNegated) {
  EXPECT_EQ(evaluate("a NOT BETWEEN 1 AND 3", {{"a", "0"}}), Verdict::True);
  EXPECT_EQ(evaluate("a NOT BETWEEN 1 AND 3", {{"a", "3"}}), Verdict::False);
  EXPECT_EQ(evaluate("a BETWEEN -5 AND -1 OR a = 'x'", {{"a", "-5"}}), Verdict::True);
  EXPECT_EQ(evaluate("a BETWEEN b AND 3.5", {{"a", "2"}, {"b", "1"}}), Verdict::True);
  EXPECT_EQ(evaluate("a NOT IN ('x', 'y')", {{"a", "z"}}), Verdict::True);
  EXPECT_EQ(evaluate("a IN ('z', 'x', 'y', 'x')", {{"a", "y"}}), Verdict::True);
  EXPECT_EQ(evaluate("(a) IN ('x')", {{"a", "x"}}), Verdict::True);
}

TEST(SqlExpressionError, NamesTheColumnAndWhatWasExpected) {
  const std::pair<const char*, const char*> rows[] = {
      {"", "at column 1: expected a condition instead of the end of the expression"},
      {"   ", "at column 4: expected a condition instead of the end of the expression"},
      {"a =",
       "at column 4: expected a property, a value or '(' instead of the end of the expression"},
      {"a > AND", "at column 5: expected a property, a value or '(' instead of 'AND'"},
      {"a = 1 OR", "at column 9: expected a condition instead of the end of the expression"},
      {"(a = 1", "at column 7: expected ')' instead of the end of the expression"},
      {"()", "at column 2: expected a condition instead of ')'"},
      {"a IS 5", "at column 6: expected NULL or NOT NULL instead of '5'"},
      {"a IS NOT x", "at column 10: expected NULL instead of 'x'"},
      {"a NOT = 5",
       "at column 7: expected BETWEEN, IN, CONTAINS, STARTSWITH or ENDSWITH instead of '='"},
      {"a IN 'x'", "at column 6: expected '(' instead of '''"},
      {"a IN ()", "at column 7: expected a text in single quotes instead of ')'"},
      {"a IN (5)", "at column 7: expected a text in single quotes instead of '5'"},
      {"a IN ('x' 'y')", "at column 11: expected ')' instead of '''"},
      {"a IN ('x',)", "at column 11: expected a text in single quotes instead of ')'"},
      {"a BETWEEN 1, 2", "at column 12: expected AND instead of ','"},
      {"a CONTAINS b", "at column 12: expected a text in single quotes instead of 'b'"},
      {"a = 'x", "at column 7: expected the closing quote instead of the end of the expression"},
      {"a = 1 /* b",
       "at column 11: expected the end of the comment instead of the end of the expression"},
      {"a = 1 AND /* x */  ? = 2", "at column 20: expected a condition instead of '?'"},
      {"a = 1\n AND b == 2",
       "at line 2, column 9: expected a property, a value or '(' instead of '='"},
      {"a = '\xE4\xB8\xAD' \xE4\xB8\xAD",
       "at column 9: expected AND, OR, a comparison or the end of the expression instead of "
       "'\xE4\xB8\xAD'"},
  };
  for (const auto& [expression, remark] : rows)
    EXPECT_EQ(refusal(expression), remark) << expression;
}

TEST(SqlExpressionError, TextBehindTheExpressionIsRefused) {
  const std::string expected =
      ": expected AND, OR, a comparison or the end of the expression instead of ";
  EXPECT_EQ(refusal("a = '5' garbage"), "at column 9" + expected + "'garbage'");
  EXPECT_EQ(refusal("a LIKE 'x'"), "at column 3" + expected + "'LIKE'");
  EXPECT_EQ(refusal("a = 05"), "at column 6" + expected + "'5'");
  EXPECT_EQ(refusal("a = 5abc"), "at column 6" + expected + "'abc'");
  EXPECT_EQ(refusal("a.b = 'x'"), "at column 2" + expected + "'.'");
  EXPECT_EQ(refusal("a-b = 'x'"), "at column 2" + expected + "'-'");
  EXPECT_EQ(refusal("a != 'x'"), "at column 3" + expected + "'!'");
  EXPECT_EQ(refusal("a = 5 + 5"), "at column 7" + expected + "'+'");
  EXPECT_EQ(refusal("a = 0x10"), "at column 6" + expected + "'x10'");
  EXPECT_EQ(refusal("a = 1)"), "at column 6" + expected + "')'");
  EXPECT_EQ(refusal("TRUE;"), "at column 5" + expected + "';'");
}

TEST(SqlExpressionError, WhatCanMeanNothingIsRefused) {
  const std::string no_order = "only numbers and properties have an order, ";
  const std::pair<std::string, std::string> rows[] = {
      {"a > 'x'", "at column 5: " + no_order + "text in quotes has none"},
      {"'x' <= a", "at column 1: " + no_order + "text in quotes has none"},
      {"a < TRUE", "at column 5: " + no_order + "TRUE or FALSE has none"},
      {"a >= NULL", "at column 6: " + no_order + "NULL has none"},
      {"a > 1 > 2", "at column 1: " + no_order + "a condition has none"},
      {"a > (b = 1)", "at column 6: " + no_order + "a condition has none"},
      {"a = NULL", "at column 5: nothing equals NULL; write IS NULL or IS NOT NULL"},
      {"NULL <> a", "at column 1: nothing equals NULL; write IS NULL or IS NOT NULL"},
      {"TRUE = 1", "at column 8: TRUE or FALSE is compared with a number"},
      {"FALSE <> 'x'", "at column 10: TRUE or FALSE is compared with text in quotes"},
      {"a BETWEEN 9 AND 1", "at column 11: the lower bound of BETWEEN is above the upper one"},
      {"a NOT BETWEEN 1.5 AND 1",
       "at column 15: the lower bound of BETWEEN is above the upper one"},
      {"a BETWEEN NULL AND 1", "at column 11: " + no_order + "NULL has none"},
      {"a BETWEEN 1 AND NULL", "at column 17: " + no_order + "NULL has none"},
      {"a BETWEEN 'a' AND 'b'", "at column 11: " + no_order + "text in quotes has none"},
      {"a > 0.0", "at column 5: the float 0.0 is outside 4.9E-324 to 1.7976931348623157E308"},
      {"a > 1e400", "at column 5: the float 1e400 is outside 4.9E-324 to 1.7976931348623157E308"},
      {"a > 1e-400", "at column 5: the float 1e-400 is outside 4.9E-324 to 1.7976931348623157E308"},
      {"a > 9223372036854775808",
       "at column 5: the integer 9223372036854775808 does not fit 64 bits"},
      {"5", "at column 1: expected a condition instead of a number"},
      {"'x'", "at column 1: expected a condition instead of text in quotes"},
      {"a = 1 AND 5", "at column 11: expected a condition instead of a number"},
      {"'x' OR a = 1", "at column 1: expected a condition instead of text in quotes"},
      {"NOT 5", "at column 5: expected a condition instead of a number"},
      {"5 IN ('x')", "at column 1: IN needs a property on its left"},
      {"(a = 1) IN ('x')", "at column 2: IN needs a property on its left"},
      {"'x' CONTAINS 'x'", "at column 1: a text test needs a property on its left"},
      {"a CONTAINS ''", "at column 12: expected a text that is not empty"},
      {"-a", "at column 2: expected a condition instead of a negative value"},
      {"a = 1 AND -5", "at column 12: expected a condition instead of a negative value"},
  };
  for (const auto& [expression, remark] : rows)
    EXPECT_EQ(refusal(expression), remark) << expression;
}

TEST(SqlExpressionError, AnotherTypeIsRefused) {
  const auto compiled = CompiledExpression::compile("GROOVY", "a = 1");
  ASSERT_FALSE(compiled);
  EXPECT_EQ(compiled.error().code, ResponseCode::SubscriptionParseFailed);
  EXPECT_EQ(compiled.error().remark,
            "the expression type 'GROOVY' is unknown; there are TAG and SQL92");
}

std::string repeated(std::string_view part, std::size_t count) {
  std::string whole;
  for (std::size_t i = 0; i < count; ++i) whole += part;
  return whole;
}

TEST(SqlExpressionBounds, LimitTheLength) {
  const std::string padding(CompiledExpression::text_bytes_max - 5, ' ');
  EXPECT_EQ(refusal("a = 1" + padding), "compiles");
  EXPECT_EQ(refusal("a = 1 " + padding),
            "the expression has 8193 bytes, more than the 8192 that are allowed");
}

TEST(SqlExpressionBounds, LimitTheNesting) {
  EXPECT_EQ(refusal(repeated("(", 64) + "a = 1" + repeated(")", 64)), "compiles");
  EXPECT_EQ(refusal(repeated("(", 65) + "a = 1" + repeated(")", 65)),
            "at column 65: nested more than 64 levels deep");
  EXPECT_EQ(refusal(repeated("(", 8000)), "at column 65: nested more than 64 levels deep");
  EXPECT_EQ(refusal(repeated("(", 10000)),
            "the expression has 10000 bytes, more than the 8192 that are allowed");
  EXPECT_EQ(refusal(repeated("NOT ", 2000) + "a"),
            "at column 257: nested more than 64 levels deep");
  EXPECT_EQ(refusal("a = " + repeated("- ", 4000) + "5"),
            "at column 133: nested more than 64 levels deep");
  EXPECT_EQ(refusal("a = " + repeated("+", 4000) + "5"),
            "at column 69: nested more than 64 levels deep");
}

TEST(SqlExpressionBounds, DoNotLimitTheNumberOfTermsInARow) {
  const std::string terms = repeated("a = 1 OR ", 800) + "a = 2";
  EXPECT_EQ(evaluate(terms, {{"a", "2"}}), Verdict::True);
  EXPECT_EQ(evaluate(terms, {{"a", "3"}}), Verdict::False);
  EXPECT_EQ(evaluate(repeated("(a = 1) AND ", 600) + "NOT a", {{"a", "1"}}), Verdict::True);
}

TEST(SqlExpressionBounds, LimitAList) {
  EXPECT_EQ(refusal("a IN (" + repeated("'',", 1023) + "'')"), "compiles");
  EXPECT_EQ(refusal("a IN (" + repeated("'',", 1024) + "'')"),
            "at column 3079: more than 1024 values in one IN list");
}

TEST(SqlExpressionBounds, LimitTheNumberOfProperties) {
  std::string expression = "p0 IS NULL";
  MessageProperties properties;
  for (int i = 1; i < 128; ++i) expression += " AND p" + std::to_string(i) + " IS NULL";
  EXPECT_EQ(evaluate(expression, {}), Verdict::True);
  EXPECT_EQ(evaluate(expression, {{"p127", "x"}}), Verdict::False);
  EXPECT_EQ(refusal(expression + " AND q IS NULL"),
            "at column 2067: more than 128 different properties");
}

TEST(SqlExpressionBounds, LimitTheOperandsThatWait) {
  const std::string three = repeated("FALSE OR TRUE AND TRUE = (", 64) + "a = 1";
  EXPECT_EQ(evaluate(three + repeated(")", 64), {{"a", "1"}}), Verdict::True);
  // Five on each level.
  EXPECT_EQ(refusal(repeated("FALSE OR TRUE AND TRUE = x BETWEEN y AND (", 64)),
            "at column 2152: too many operands before their operators");
}

}  // namespace
}  // namespace rocketmq
