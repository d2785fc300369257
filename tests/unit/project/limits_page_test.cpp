// docs/limits.md names, for each limit, where its value is, the figure that shows it and the tests
// that hold it: all of them have to be there. Keys and figures are compared with the daemons by the
// tests of their own pages.
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <iterator>
#include <regex>
#include <string>
#include <vector>

#include "project_files.hpp"

namespace rocketmq::test {
namespace {

enum Column : std::size_t { Limit, Value, Shown, Answer, Share, Tests, Columns };

/// The cells of every row.
const std::vector<std::vector<std::string>>& rows() {
  static const std::vector<std::vector<std::string>> table = [] {
    std::vector<std::vector<std::string>> found;
    bool is_in_table = false;
    for (const std::string& line : lines_of(source_dir() / "docs/limits.md")) {
      const bool is_header = line.starts_with("| limit |");
      is_in_table = is_header || (is_in_table && line.starts_with("|"));
      if (!is_in_table || is_header || line.starts_with("|-")) continue;
      std::vector<std::string> cells;
      for (std::size_t at = 2; at < line.size();) {
        const auto end = line.find(" |", at);
        if (end == std::string::npos) break;
        cells.push_back(line.substr(at, end - at));
        at = std::min(line.size(), end + 3);
      }
      found.push_back(std::move(cells));
    }
    return found;
  }();
  return table;
}

/// What stands between backquotes.
std::vector<std::string> quoted_in(const std::string& cell) {
  std::vector<std::string> texts;
  const std::regex quoted("`([^`]+)`");
  for (std::sregex_iterator match(cell.begin(), cell.end(), quoted), end; match != end; ++match)
    texts.push_back((*match)[1]);
  return texts;
}

std::string without_blanks(std::string text) {
  std::erase_if(text, [](char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; });
  return text;
}

/// All sources below these folders, without blanks.
std::string sources_of(std::initializer_list<std::string_view> folders) {
  std::string text;
  for (const std::string_view folder : folders) {
    for (const auto& source : files_below(folder, "pp")) text += without_blanks(content_of(source));
  }
  return text;
}

TEST(LimitsPage, HasAValueAFigureAnAnswerAShareAndATestForEachLimit) {
  EXPECT_GT(rows().size(), 30U);
  for (const auto& row : rows()) {
    ASSERT_EQ(row.size(), std::size_t{Columns}) << row.front();
    for (const std::string& cell : row) EXPECT_FALSE(cell.empty()) << row.front();
  }
}

TEST(LimitsPage, NamesKeysAndConstantsThatAreThere) {
  const std::string keys = content_of(source_dir() / "docs/configuration.md");
  const std::string sources =
      sources_of({"common", "remoting", "store", "broker", "namesrv", "filtersrv"});
  for (const auto& row : rows()) {
    const auto values = quoted_in(row.at(Value));
    EXPECT_FALSE(values.empty()) << row.front();
    for (const std::string& value : values) {
      if (value.find(" = ") == std::string::npos) {
        EXPECT_NE(keys.find("\n| " + value + " |"), std::string::npos)
            << row.front() << ": there is no key " << value;
      } else {
        EXPECT_NE(sources.find(without_blanks(value)), std::string::npos)
            << row.front() << ": no source says " << value;
      }
    }
  }
}

TEST(LimitsPage, NamesFiguresThatAreThere) {
  const std::string figures = content_of(source_dir() / "docs/figures.md");
  for (const auto& row : rows()) {
    for (const std::string& figure : quoted_in(row.at(Shown))) {
      const auto family_end = figure.find('_');
      const std::string name =
          family_end == std::string::npos ? figure : figure.substr(0, family_end + 1);
      EXPECT_NE(figures.find("\n| " + name + " |"), std::string::npos)
          << row.front() << ": there is no figure " << figure;
    }
  }
}

TEST(LimitsPage, NamesTestsThatAreThere) {
  const std::string tests = sources_of({"tests"});
  for (const auto& row : rows()) {
    EXPECT_FALSE(quoted_in(row.at(Tests)).empty()) << row.front();
    for (const std::string& test : quoted_in(row.at(Tests))) {
      const auto dot = test.find('.');
      ASSERT_NE(dot, std::string::npos) << test;
      const std::string suite = test.substr(0, dot);
      const std::string name = test.substr(dot + 1);
      const bool is_there = tests.find("(" + suite + "," + name + ")") != std::string::npos ||
                            tests.find("{.name=\"" + name + "\"") != std::string::npos;
      EXPECT_TRUE(is_there) << row.front() << ": there is no test " << test;
    }
  }
}

TEST(LimitsPage, LeavesOutNoLimitOfTheBroker) {
  const std::string page = content_of(source_dir() / "docs/limits.md");
  const std::string header = content_of(source_dir() / "broker/src/limits.hpp");
  const std::regex constant(R"re(constexpr \S+ (\w+) =)re");
  for (std::sregex_iterator match(header.begin(), header.end(), constant), end; match != end;
       ++match) {
    EXPECT_NE(page.find((*match)[1]), std::string::npos)
        << "docs/limits.md says nothing of " << (*match)[1];
  }
}

}  // namespace
}  // namespace rocketmq::test
