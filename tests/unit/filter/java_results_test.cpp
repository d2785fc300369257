// Every row of tests/vectors/sql: what Java makes of an expression is what we make of it, save the
// differences that docs/filters.md lists.
#include <gtest/gtest.h>

#include <cstdint>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "rocketmq/common/message_properties.hpp"
#include "rocketmq/common/text.hpp"
#include "rocketmq/filter/compiled_expression.hpp"

namespace rocketmq {
namespace {

struct Row {
  std::string id;
  std::string expression;
  std::string result;
};

/// `\n`, `\t` and `\uXXXX` stand for the characters.
std::string without_escapes(const std::string& text) {
  std::string plain;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '\\') {
      plain += text[at];
    } else if (const char letter = text.at(++at); letter == 'u') {
      append_utf8(plain,
                  static_cast<std::uint32_t>(std::stoul(text.substr(at + 1, 4), nullptr, 16)));
      at += 4;
    } else {
      plain += letter == 'n' ? '\n' : '\t';
    }
  }
  return plain;
}

std::vector<Row> rows() {
  std::ifstream file(std::string(ROCKETMQ_TEST_VECTORS) + "/sql/expressions.tsv");
  std::vector<Row> rows;
  std::string line;
  std::getline(file, line);  // the names of the columns
  while (std::getline(file, line)) {
    const auto first = line.find('\t');
    const auto second = line.find('\t', first + 1);
    const auto third = line.find('\t', second + 1);
    rows.push_back({line.substr(0, first),
                    without_escapes(line.substr(first + 1, second - first - 1)),
                    line.substr(second + 1, third - second - 1)});
  }
  return rows;
}

/// The message over which the results were taken.
std::string properties() {
  std::string long_name;
  for (int i = 0; i < 12; ++i) long_name += "long_identifier_";
  long_name += "200";
  return encode_properties({{"a", "1"},
                            {"b", "abc"},
                            {"c", "1.5"},
                            {"d", "true"},
                            {"e", ""},
                            {"f", "1500"},
                            {"big", "9007199254740993"},
                            {"q", "it's"},
                            {"u", "größe"},
                            {"sp", " 5"},
                            {"pl", "+5"},
                            {"hex", "0x10"},
                            {"nan", "NaN"},
                            {"inf", "Infinity"},
                            {"neg", "-3"},
                            {"dd", "5d"},
                            {"$x", "1"},
                            {"a$b", "1"},
                            {"not_a", "1"},
                            {"between", "1"},
                            {"x.y", "1"},
                            {"x-y", "1"},
                            {"KEYS", "k1"},
                            {"TAGS", "TagA"},
                            {"WAIT", "true"},
                            {"yes", "TRUE"},
                            {"max", "9223372036854775807"},
                            {"z", "0"},
                            {"nz", "-0"},
                            {"CONTAINS", "1"},
                            {long_name, "1"}});
}

std::string result_of(const std::string& expression) {
  const auto compiled = CompiledExpression::compile("SQL92", expression);
  if (!compiled) return "refused";
  switch ((*compiled)->evaluate(properties())) {
    case sql::Verdict::True: return "true";
    case sql::Verdict::False: return "false";
    case sql::Verdict::Null: return "null";
    case sql::Verdict::Failed: return "failed";
  }
  return {};
}

/// Id → what we make of it instead. Text behind a complete condition is refused, because Java
/// ignores it silently; the text tests are those of releases from 5.3 on.
const std::map<std::string, std::string> decided{
    {"A16", "refused"}, {"A17", "refused"}, {"A18", "refused"}, {"A19", "refused"}, {"A33", "true"},
    {"A34", "true"},    {"X24", "refused"}, {"X58", "refused"}, {"X97", "refused"}};

TEST(SqlExpressionOfJava, HasTheSameResultSaveWhereWeDecidedOtherwise) {
  std::set<std::string> differences;
  const auto table = rows();
  ASSERT_EQ(table.size(), 162U);
  for (const Row& row : table) {
    const auto ours = decided.find(row.id);
    const bool differs = ours != decided.end();
    EXPECT_EQ(result_of(row.expression), differs ? ours->second : row.result)
        << row.id << ": " << row.expression;
    if (differs) {
      EXPECT_NE(ours->second, row.result) << row.id;
      differences.insert(row.id);
    }
  }
  EXPECT_EQ(differences.size(), decided.size());
}

}  // namespace
}  // namespace rocketmq
