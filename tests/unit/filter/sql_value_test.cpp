#include "rocketmq/filter/sql_value.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace rocketmq::sql {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double nan_value = std::numeric_limits<double>::quiet_NaN();

Value text(std::string_view value) { return Value::of_text(value); }

// What the texts mean was asked of Java's Integer.valueOf, Long.valueOf and Double.parseDouble.

TEST(SqlValue, ReadsIntegersAsJavaDoes) {
  EXPECT_EQ(parse_int("5"), 5);
  EXPECT_EQ(parse_int("+5"), 5);
  EXPECT_EQ(parse_int("-5"), -5);
  EXPECT_EQ(parse_int("007"), 7);
  EXPECT_EQ(parse_int("2147483647"), 2147483647);
  EXPECT_EQ(parse_int("-2147483648"), std::numeric_limits<std::int32_t>::min());
  EXPECT_EQ(parse_long("-9223372036854775808"), std::numeric_limits<std::int64_t>::min());
}

TEST(SqlValue, TakesNothingElseForAnInteger) {
  for (const char* no : {"", "+", "-", "+-5", "-+5", "++5", " 5", "5 ", "3.5", "1L", "0x10", "1e3",
                         "2147483648", "-2147483649", "abc"}) {
    EXPECT_EQ(parse_int(no), std::nullopt) << no;
  }
  EXPECT_EQ(parse_int(std::string_view("5\0", 2)), std::nullopt);
  EXPECT_EQ(parse_long("9223372036854775808"), std::nullopt);
}

TEST(SqlValue, ReadsDoublesAsJavaDoes) {
  const std::pair<const char*, double> numbers[] = {
      {"3.5", 3.5},
      {"5.", 5.0},
      {"-.5", -0.5},
      {"+5", 5.0},
      {" 5 ", 5.0},
      {"\t5\n", 5.0},
      {"1f", 1.0},
      {"1D", 1.0},
      {"5e2", 500.0},
      {"5E-1", 0.5},
      {"0x1p3", 8.0},
      {"0x.8p1", 1.0},
      {"0X1P3f", 8.0},
      {"Infinity", infinity},
      {"1e400", infinity},
      {"-Infinity", -infinity},
      {"1e-400", 0.0},
      {"-1e99999999999", -infinity},
      {"3e-324", std::numeric_limits<double>::denorm_min()},
      {"2e-324", 0.0},
      {"1e-99999999999", 0.0},
      {"0e99999999999", 0.0},
      {"0x1p99999", infinity},
      {"1.7976931348623159e308", infinity},
      {"1.7976931348623157e308", std::numeric_limits<double>::max()},
      {"0.000001e400", infinity},
      {"1000000e-400", 0.0},
  };
  for (const auto& [written, number] : numbers) EXPECT_EQ(parse_double(written), number) << written;
  EXPECT_TRUE(std::isnan(parse_double("NaN").value()));
  EXPECT_TRUE(std::signbit(parse_double("-0").value()));
}

TEST(SqlValue, TakesNothingElseForADouble) {
  for (const char* no :
       {"",    " ",     ".",    "-",  "+-5", "nan", "inf", "infinity", "INFINITY", "1_0",  "5e",
        "5e+", "0x1.8", "0xp1", "0x", "1L",  "abc", "5 5", "f",        "1ff",      "NaNf", "."}) {
    EXPECT_EQ(parse_double(no), std::nullopt) << no;
  }
}

TEST(SqlValue, ConvertsTextToTheOtherSidesType) {
  EXPECT_EQ(equal(text("5"), Value::of_int(5)), true);
  EXPECT_EQ(equal(Value::of_int(5), text("05")), true);
  EXPECT_EQ(equal(text("5.0"), Value::of_int(5)), std::nullopt);
  EXPECT_EQ(equal(text("5.0"), Value::of_double(5)), true);
  EXPECT_EQ(equal(text("99999999999"), Value::of_int(5)), std::nullopt);
  EXPECT_EQ(equal(text("99999999999"), Value::of_long(99999999999)), true);
  EXPECT_EQ(equal(text("TRUE"), Value::of_boolean(true)), true);
  EXPECT_EQ(equal(text("yes"), Value::of_boolean(false)), true);
  EXPECT_EQ(equal(text("5"), text("05")), false);
}

TEST(SqlValue, OrdersTwoTextsAsDoubles) {
  EXPECT_EQ(order(text("10"), text("9")), std::strong_ordering::greater);
  EXPECT_EQ(order(text("3.5"), text("3.50")), std::strong_ordering::equal);
  EXPECT_EQ(order(text("abc"), text("9")), std::nullopt);
}

TEST(SqlValue, WidensNumbersOfDifferentTypes) {
  EXPECT_EQ(equal(Value::of_int(5), Value::of_long(5)), true);
  EXPECT_EQ(equal(Value::of_long(5), Value::of_double(5)), true);
  EXPECT_EQ(order(Value::of_int(5), Value::of_double(5.5)), std::strong_ordering::less);
  EXPECT_EQ(order(Value::of_long(1), Value::of_int(-1)), std::strong_ordering::greater);
}

TEST(SqlValue, OrdersDoublesTotally) {
  EXPECT_EQ(order(Value::of_double(-0.0), Value::of_double(0.0)), std::strong_ordering::less);
  EXPECT_EQ(order(Value::of_double(nan_value), Value::of_double(infinity)),
            std::strong_ordering::greater);
  EXPECT_EQ(order(Value::of_double(1), Value::of_double(nan_value)), std::strong_ordering::less);
  EXPECT_EQ(equal(Value::of_double(nan_value), text("NaN")), true);
}

TEST(SqlValue, GivesConditionsNoOrder) {
  EXPECT_EQ(order(text("true"), Value::of_boolean(true)), std::nullopt);
}

TEST(SqlValue, KeepsConditionsAndNumbersApart) {
  EXPECT_EQ(equal(Value::of_int(1), Value::of_boolean(true)), false);
  EXPECT_EQ(equal(Value::of_boolean(true), Value::of_long(1)), false);
  EXPECT_EQ(equal(Value::of_boolean(true), text("true")), std::nullopt);
}

}  // namespace
}  // namespace rocketmq::sql
