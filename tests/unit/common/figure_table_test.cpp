#include "rocketmq/common/figure_table.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <span>

namespace rocketmq {
namespace {

struct Weather {
  std::int64_t rain_mm = 0;
  double warmth = 0;
};

constexpr FigureRow<Weather> weather_rows[] = {
    {{.name = "rain", .kind = FigureKind::Counter, .unit = "mm", .help = "rain", .use = in_both},
     [](const Weather& now) -> FigureValue { return now.rain_mm; }},
    {{.name = "warmth",
      .kind = FigureKind::Gauge,
      .unit = "degrees",
      .help = "warmth",
      .use = in_runtime_info,
      .decimals = 2,
      .suffix = " C"},
     [](const Weather& now) -> FigureValue { return now.warmth; }},
};

TEST(FigureTable, ReadsAGroupFromOneLook) {
  int looks = 0;
  FigureTable table;
  table.add_group(
      [&looks] {
        ++looks;
        return Weather{.rain_mm = looks, .warmth = 20.5};
      },
      weather_rows);
  EXPECT_EQ(looks, 0) << "nothing is read before someone asks";
  const auto texts = table.texts(in_runtime_info);
  EXPECT_EQ(texts.at("rain"), "1");
  EXPECT_EQ(texts.at("warmth"), "20.50 C");
  EXPECT_EQ(looks, 1);
}

TEST(FigureTable, ShowsAFigureWhereItIsUsedAndNowhereElse) {
  FigureTable table;
  table.add_group([] { return Weather{.rain_mm = 7}; }, weather_rows);
  bool was_read = false;
  table.add({.name = "hidden"}, [&was_read]() -> FigureValue {
    was_read = true;
    return 1;
  });
  EXPECT_EQ(table.state_line(), "rain 7");
  EXPECT_EQ(table.texts(in_runtime_info).size(), 2U);
  EXPECT_EQ(table.figures().size(), 3U);
  EXPECT_FALSE(was_read);
}

TEST(FigureTable, NamesTheFiguresOfAFamilyByTheirKeys) {
  FigureTable table;
  table.add_family({.name = "level_", .use = in_runtime_info, .key = "LEVEL"},
                   [](const FigureTable::FamilyReader& reader) {
                     reader("1", 10);
                     reader("2", std::string("3,4"));
                   });
  const std::map<std::string, std::string> expected{{"level_1", "10"}, {"level_2", "3,4"}};
  EXPECT_EQ(table.texts(in_runtime_info), expected);
}

TEST(FigureTable, WritesRatesAndDistributionsAsToolsReadThem) {
  const Figure figure{.name = "any"};
  EXPECT_EQ(figure_text(figure, FigureRates{1, 0.5, 0.0625}), "1.000 0.500 0.062");
  EXPECT_EQ(figure_text(figure, std::vector<FigureClass>{{"[<=0ms]", 3}, {"[10s~]", 0}}),
            "[<=0ms]:3 [10s~]:0 ");
  EXPECT_EQ(figure_text(figure, std::int64_t{-1}), "-1");
}

TEST(FigureTable, IsARowOfMarkdownForEachFigure) {
  FigureTable table;
  table.add_group([] { return Weather{}; }, std::span(weather_rows, 1));
  table.add_family({.name = "level_", .kind = FigureKind::Text, .help = "levels", .key = "LEVEL"},
                   [](const FigureTable::FamilyReader&) {});
  EXPECT_EQ(table.markdown(),
            "| name | key | kind | unit | shown in | meaning |\n"
            "|---|---|---|---|---|---|\n"
            "| rain | | counter | mm | runtime information, state line | rain |\n"
            "| level_ | LEVEL | text | | | levels |\n");
}

TEST(FigureTableDeathTest, TakesNoSecondFigureOfAName) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  FigureTable table;
  const auto read = []() -> FigureValue { return 1; };
  table.add({.name = "one"}, read);
  EXPECT_EXIT(table.add({.name = "one"}, read), testing::KilledBySignal(SIGABRT), "");
}

}  // namespace
}  // namespace rocketmq
