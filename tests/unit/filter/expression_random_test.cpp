#include <gtest/gtest.h>
#include <pthread.h>

#include <array>
#include <functional>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "rocketmq/common/message_properties.hpp"
#include "rocketmq/filter/compiled_expression.hpp"
#include "seed.hpp"

namespace rocketmq {
namespace {

using sql::Verdict;
using test::random_between;
using Random = std::mt19937_64;

/// Compiles and, when that works, evaluates on some messages; either outcome is fine.
void must_not_crash(const std::string& expression, Random& random) {
  const auto compiled = CompiledExpression::compile("SQL92", expression);
  if (!compiled) {
    EXPECT_EQ(compiled.error().remark.substr(0, 3), "at ") << expression;
    return;
  }
  (*compiled)->matches(encode_properties({{"a", "5"}, {"b", "x"}, {"c", "3.5"}}));
  (*compiled)->matches("");
  (*compiled)->matches(test::random_bytes(random, 60));
}

template <class Container>
const auto& any_of(Random& random, const Container& container) {
  return container[random_between(random, 0, std::size(container) - 1)];
}

TEST(SqlExpressionRandom, RandomTokensNeverCrash) {
  static constexpr std::array tokens{
      "NOT",  "AND",  "OR",       "BETWEEN",     "IN",       "TRUE",       "FALSE",
      "NULL", "IS",   "CONTAINS", "STARTSWITH",  "ENDSWITH", "a",          "b",
      "c",    "d$_1", "0",        "1",           "42L",      "9999999999", "99999999999999999999",
      "3.5",  ".5",   "1e400",    "0.0",         "'x'",      "'it''s'",    "''",
      "'",    "=",    "<>",       ">",           ">=",       "<",          "<=",
      "(",    ")",    ",",        "+",           "-",        "--",         "/*",
      "*/",   "\n",   ";",        "\xE4\xB8\xAD"};
  auto random = test::seeded_random();
  for (int round = 0; round < 20'000; ++round) {
    std::string expression;
    for (std::size_t i = random_between(random, 1, 24); i > 0; --i) {
      expression += any_of(random, tokens);
      if (random_between(random, 0, 3) != 0) expression += ' ';
    }
    must_not_crash(expression, random);
  }
}

TEST(SqlExpressionRandom, RandomBytesNeverCrash) {
  auto random = test::seeded_random();
  for (int round = 0; round < 20'000; ++round) {
    must_not_crash(test::random_bytes(random, 80), random);
  }
}

TEST(SqlExpressionRandom, AnExpressionCutOrChangedAnywhereNeverCrashes) {
  const std::string whole =
      "NOT (a >= -5 AND b BETWEEN 1 AND 2.5e3) OR c NOT IN ('x', 'it''s') /* why */ AND d IS NOT "
      "NULL";
  auto random = test::seeded_random();
  for (std::size_t length = 0; length <= whole.size(); ++length) {
    must_not_crash(whole.substr(0, length), random);
    must_not_crash(whole.substr(length), random);
  }
  for (std::size_t at = 0; at < whole.size(); ++at) {
    for (unsigned bit = 0; bit < 8; ++bit) {
      std::string changed = whole;
      changed[at] = static_cast<char>(static_cast<unsigned char>(changed[at]) ^ (1U << bit));
      must_not_crash(changed, random);
    }
  }
}

TEST(SqlExpressionRandom, TheDeepestNestingFitsASmallStack) {
  std::string deep;
  for (int i = 0; i < 64; ++i) deep += "FALSE OR TRUE AND TRUE = (";
  deep += "a = 1" + std::string(64, ')');
  // Half a MiB suffices without a sanitizer.
  constexpr std::size_t stack_bytes = 2 * 1'024 * 1'024;
  pthread_attr_t attributes;
  ASSERT_EQ(pthread_attr_init(&attributes), 0);
  ASSERT_EQ(pthread_attr_setstacksize(&attributes, stack_bytes), 0);
  const auto run = [](void* text) -> void* {
    const auto compiled = CompiledExpression::compile("SQL92", *static_cast<std::string*>(text));
    EXPECT_TRUE(compiled && (*compiled)->matches(encode_properties({{"a", "1"}})));
    return nullptr;
  };
  pthread_t thread{};
  ASSERT_EQ(pthread_create(&thread, &attributes, run, &deep), 0);
  ASSERT_EQ(pthread_join(thread, nullptr), 0);
  pthread_attr_destroy(&attributes);
}

// ---- The same meaning, computed in another way --------------------------------------------------

/// A random condition: its text, and its value by plain recursion over the rules of spec/broker.md
/// §10.4. A value without content is NULL.
struct Failed {};
using Truth = std::optional<bool>;

struct Node {
  std::string text;
  std::function<Truth(const MessageProperties&)> value;
};

Truth negated(Truth value) { return value ? Truth(!*value) : std::nullopt; }

std::optional<std::string> property_of(const MessageProperties& properties, const char* name) {
  const auto found = properties.find(name);
  return found == properties.end() ? std::nullopt : std::optional(found->second);
}

std::int64_t to_int(const std::string& text) {
  std::size_t read = 0;
  try {
    const int value = std::stoi(text, &read);
    if (read == text.size()) return value;
  } catch (const std::exception&) {
  }
  throw Failed();
}

constexpr std::array names{"a", "b", "c", "missing"};
constexpr std::array values{"0", "1", "2", "-1", "x", "y"};
constexpr std::array orders{"<", "<=", ">", ">="};

bool ordered(std::string_view sign, std::int64_t left, std::int64_t right) {
  if (sign == "<") return left < right;
  if (sign == "<=") return left <= right;
  return sign == ">" ? left > right : left >= right;
}

Node random_test(Random& random) {
  const char* const name = any_of(random, names);
  const std::string text = any_of(random, values);
  const auto number = static_cast<std::int64_t>(random_between(random, 0, 3)) - 1;
  const bool negative = random_between(random, 0, 1) == 1;
  const std::string maybe_not = negative ? " NOT " : " ";
  const auto flip = [negative](Truth value) { return negative ? negated(value) : value; };
  switch (random_between(random, 0, 6)) {
    case 0:
      return {name + std::string(negative ? " <> '" : " = '") + text + "'",
              [=](const auto& p) -> Truth {
                const auto value = property_of(p, name);
                return flip(value ? Truth(*value == text) : std::nullopt);
              }};
    case 1: {
      const std::string sign = any_of(random, orders);
      return {name + (" " + sign + " ") + std::to_string(number), [=](const auto& p) -> Truth {
                const auto value = property_of(p, name);
                return value ? Truth(ordered(sign, to_int(*value), number)) : std::nullopt;
              }};
    }
    case 2:
      return {std::to_string(number) + (negative ? "<>" : "=") + name, [=](const auto& p) -> Truth {
                const auto value = property_of(p, name);
                return flip(value ? to_int(*value) == number : false);
              }};
    case 3:
      return {name + maybe_not + "BETWEEN -1 AND " + std::to_string(number),
              [=](const auto& p) -> Truth {
                const auto value = property_of(p, name);
                if (!value) return std::nullopt;
                return flip(to_int(*value) >= -1 && to_int(*value) <= number);
              }};
    case 4:
      return {name + maybe_not + "IN ('1','" + text + "')", [=](const auto& p) -> Truth {
                const auto value = property_of(p, name);
                return flip(value ? Truth(*value == "1" || *value == text) : std::nullopt);
              }};
    case 5:
      return {name + std::string(negative ? " IS NOT NULL" : " IS NULL"),
              [=](const auto& p) -> Truth { return flip(!property_of(p, name)); }};
    default:
      return {name, [=](const auto& p) -> Truth {
                return property_of(p, name) ? Truth(false) : std::nullopt;
              }};
  }
}

/// `level` is what the place takes without parentheses: 0 OR, 1 AND, 2 IS NULL of a condition,
/// 3 NOT, 4 what binds tightest.
Node random_condition(Random& random, int level, int depth) {
  const auto child = [&](int of) { return random_condition(random, of, depth - 1); };
  const std::size_t kind = depth == 0 ? 9 : random_between(random, 0, 9);
  if (kind <= 1 && level <= 0) {
    const Node left = child(0);
    const Node right = child(1);
    return {left.text + " OR " + right.text, [=](const auto& p) -> Truth {
              const Truth l = left.value(p);
              if (l == Truth(true)) return true;
              const Truth r = right.value(p);
              if (r == Truth(true)) return true;
              return l && r ? Truth(false) : std::nullopt;
            }};
  }
  if (kind <= 3 && level <= 1) {
    const Node left = child(1);
    const Node right = child(2);
    return {left.text + " AND " + right.text, [=](const auto& p) -> Truth {
              const Truth l = left.value(p);
              if (l == Truth(false)) return false;
              const Truth r = right.value(p);
              if (r == Truth(false)) return false;
              return l && r ? Truth(true) : std::nullopt;
            }};
  }
  if (kind == 4 && level <= 2) {
    const Node inner = child(3);
    return {inner.text + " IS NULL", [=](const auto& p) -> Truth { return !inner.value(p); }};
  }
  if (kind == 5 && level <= 3) {
    const Node inner = child(3);
    return {"NOT " + inner.text, [=](const auto& p) -> Truth { return negated(inner.value(p)); }};
  }
  if (kind <= 6) {
    const Node inner = child(0);
    return {"(" + inner.text + ")", inner.value};
  }
  if (level <= 2) return random_test(random);
  const Node inner = random_test(random);
  return {"(" + inner.text + ")", inner.value};
}

Verdict expected_verdict(const Node& node, const MessageProperties& properties) {
  try {
    const Truth value = node.value(properties);
    if (!value) return Verdict::Null;
    return *value ? Verdict::True : Verdict::False;
  } catch (const Failed&) {
    return Verdict::Failed;
  }
}

TEST(SqlExpressionRandom, ACompiledExpressionMeansWhatTheRulesSay) {
  auto random = test::seeded_random();
  std::array<int, 4> seen{};
  for (int round = 0; round < 5'000; ++round) {
    const Node node = random_condition(random, 0, 6);
    const auto compiled = CompiledExpression::compile("SQL92", node.text);
    ASSERT_TRUE(compiled) << node.text << ": " << compiled.error().remark;
    for (int message = 0; message < 4; ++message) {
      MessageProperties properties;
      for (const char* name : {"a", "b", "c"}) {
        if (random_between(random, 0, 3) != 0) properties[name] = any_of(random, values);
      }
      const std::string text = encode_properties(properties);
      const Verdict verdict = expected_verdict(node, properties);
      ASSERT_EQ((*compiled)->evaluate(text), verdict) << node.text << " on " << text;
      ++seen[static_cast<std::size_t>(verdict)];
    }
  }
  for (const int count : seen) EXPECT_GT(count, 100);
}

}  // namespace
}  // namespace rocketmq
