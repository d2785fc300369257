#include "mqadmin/frame/arguments.hpp"

#include <gtest/gtest.h>

namespace rocketmq::mqadmin {
namespace {

const std::vector<Option> topic_options = {
    flag("l", "list", "as a table"),
    flag("m", "moreStats", "more"),
    required(text("t", "topic", "topic name")),
    number("r", "readQueueNums", "queues", 0, 100),
    number("o", "offset", "offset", -1),
    boolean("f", "force", "force"),
    text("qn", "totalQueueNum", "queues"),
    text("p", "print log", "log"),
};

Arguments parsed(const std::vector<std::string>& words) {
  const auto result = parse_arguments(topic_options, words);
  if (const auto* const problem = std::get_if<std::string>(&result)) {
    ADD_FAILURE() << *problem;
    return {};
  }
  return std::get<Arguments>(result);
}

std::string problem_of(const std::vector<std::string>& words) {
  const auto result = parse_arguments(topic_options, words);
  const auto* const problem = std::get_if<std::string>(&result);
  return problem == nullptr ? "none" : *problem;
}

TEST(MqadminArguments, TakesEachWayToGiveAValue) {
  using Words = std::vector<std::string>;
  for (const Words& words :
       {Words{"-t", "T"}, Words{"-tT"}, Words{"--topic", "T"}, Words{"--topic=T"},
        Words{"-topic", "T"}, Words{"--top", "T"}, Words{"-t=T"}, Words{"-t", "  T  "}}) {
    EXPECT_EQ(parsed(words).get("t"), "T") << words[0];
  }
}

TEST(MqadminArguments, TakesBundledFlagsAndAValueBehindThem) {
  const Arguments arguments = parsed({"-lmtT"});
  EXPECT_TRUE(arguments.has("l"));
  EXPECT_TRUE(arguments.has("m"));
  EXPECT_EQ(arguments.get("t"), "T");
}

TEST(MqadminArguments, TakesShortNamesOfTwoLettersAndLongNamesWithABlank) {
  const Arguments arguments = parsed({"-t", "T", "-qn", "8", "--print log", "true"});
  EXPECT_EQ(arguments.get("qn"), "8");
  EXPECT_EQ(arguments.get("p"), "true");
}

TEST(MqadminArguments, TakesANegativeNumberAsAValue) {
  EXPECT_EQ(parsed({"-t", "T", "-o", "-1"}).get_number("o", 7), -1);
}

TEST(MqadminArguments, KeepsTheFirstOfRepeatedOptions) {
  EXPECT_EQ(parsed({"-t", "first", "-t", "second"}).get("t"), "first");
}

TEST(MqadminArguments, IgnoresWordsThatBelongToNoOption) {
  EXPECT_EQ(parsed({"-l", "true", "-t", "T"}).ignored(), std::vector<std::string>{"true"});
}

TEST(MqadminArguments, SaysWhatIsWrong) {
  EXPECT_EQ(problem_of({}), "Missing required option: t");
  EXPECT_EQ(problem_of({"-t"}), "Missing argument for option: t");
  EXPECT_EQ(problem_of({"-t", "-l"}), "Missing argument for option: t");
  EXPECT_EQ(problem_of({"-t", "T", "-x"}), "Unrecognized option: -x");
  EXPECT_EQ(problem_of({"-t", "T", "--nosuch"}), "Unrecognized option: --nosuch");
  EXPECT_EQ(problem_of({"-t", "T", "-r", "many"}), "Option r: 'many' is no number from 0 to 100");
  EXPECT_EQ(problem_of({"-t", "T", "-r", "101"}), "Option r: '101' is no number from 0 to 100");
  EXPECT_EQ(problem_of({"-t", "T", "-f", "yes"}), "Option f: 'yes' is neither true nor false");
}

TEST(MqadminArguments, WantsExactlyOneOfAGroup) {
  const std::vector<Option> group = {one_of(1, text("b", "broker", "one broker")),
                                     one_of(1, text("c", "cluster", "one cluster"))};
  const auto problem = [&](const std::vector<std::string>& words) {
    const auto result = parse_arguments(group, words);
    const auto* const text = std::get_if<std::string>(&result);
    return text == nullptr ? "none" : *text;
  };
  EXPECT_EQ(problem({"-c", "C"}), "none");
  EXPECT_EQ(problem({}), "Missing required option: [-b one broker, -c one cluster]");
  EXPECT_EQ(problem({"-b", "B", "-c", "C"}), "-b and -c cannot both be given");
}

TEST(MqadminArguments, WritesTheUsageAsScriptsKnowIt) {
  EXPECT_EQ(usage_text("topicRoute",
                       std::vector<Option>{required(text("t", "topic", "topic name")),
                                           flag("l", "list", "Use list format to print data"),
                                           flag("h", "help", "Print help"),
                                           text("n", "namesrvAddr", "Name server address list")}),
            "usage: mqadmin topicRoute [-h] [-l] [-n <arg>] -t <arg>\n"
            " -h,--help                Print help\n"
            " -l,--list                Use list format to print data\n"
            " -n,--namesrvAddr <arg>   Name server address list\n"
            " -t,--topic <arg>         topic name\n");
}

TEST(MqadminArguments, WrapsTheUsageAt110Characters) {
  std::vector<Option> many;
  for (char c = 'a'; c <= 'z'; ++c)
    many.push_back(text({c}, {c, c}, std::string(150, '.') + " end"));
  for (int i = 0; i < 20; ++i) many[0].help += " word";
  const std::string usage = usage_text("command", many);
  std::size_t begin = 0;
  while (begin < usage.find(" -b,--bb")) {
    const auto end = usage.find('\n', begin);
    EXPECT_LE(end - begin, 110U) << usage.substr(begin, end - begin);
    begin = end + 1;
  }
  EXPECT_NE(usage.find("\n       ["), std::string::npos);
}

}  // namespace
}  // namespace rocketmq::mqadmin
