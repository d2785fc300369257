#include "mqadmin/frame/run.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>  // NOLINT(modernize-deprecated-headers): setenv is POSIX

#include <set>
#include <sstream>

#include "mqadmin/frame/command.hpp"
#include "mqadmin/frame/credentials.hpp"
#include "temp_dir.hpp"

namespace rocketmq::mqadmin {
namespace {

struct Ran {
  int status = 0;
  std::string out;
  std::string error_output;
};

Ran run_words(const std::vector<std::string>& words) {
  std::ostringstream out;
  std::ostringstream error_output;
  Ran ran;
  ran.status = run(words, out, error_output);
  ran.out = out.str();
  ran.error_output = error_output.str();
  return ran;
}

TEST(MqadminRun, ListsAllCommandsWithoutArguments) {
  const Ran ran = run_words({});
  EXPECT_EQ(ran.status, 0);
  EXPECT_TRUE(ran.out.starts_with("The most commonly used mqadmin commands are:\n"));
  for (const Command& command : all_commands())
    EXPECT_NE(ran.out.find("   " + command.name + " "), std::string::npos) << command.name;
  EXPECT_EQ(run_words({"help"}).out, ran.out);
  EXPECT_EQ(run_words({"--help"}).out, ran.out);
}

TEST(MqadminRun, ShowsTheUsageOfACommandInAnyCase) {
  const Ran ran = run_words({"help", "TOPICROUTE"});
  EXPECT_EQ(ran.status, 0);
  EXPECT_TRUE(ran.out.starts_with("usage: mqadmin topicRoute [-h]"));
  EXPECT_EQ(run_words({"topicRoute", "-h"}).out, ran.out);
  EXPECT_EQ(run_words({"topicRoute", "-h"}).status, 0);
}

TEST(MqadminRun, SaysThatACommandDoesNotExist) {
  const Ran ran = run_words({"noSuch", "-n", "127.0.0.1:1"});
  EXPECT_EQ(ran.status, 1);
  EXPECT_EQ(ran.out, "The sub command noSuch not exist.\n");
}

TEST(MqadminRun, ShowsTheUsageAfterAWrongCommandLine) {
  const Ran ran = run_words({"topicRoute"});
  EXPECT_EQ(ran.status, 1);
  EXPECT_EQ(ran.error_output, "Missing required option: t\n");
  EXPECT_TRUE(ran.out.starts_with("usage: mqadmin topicRoute"));
}

TEST(MqadminRun, SaysThatNoNameServerIsGiven) {
  const test::TempDir home;
  ::setenv("HOME", home.text().c_str(), 1);
  ::unsetenv("NAMESRV_ADDR");
  const Ran ran = run_words({"topicRoute", "-t", "T"});
  EXPECT_EQ(ran.status, 1);
  EXPECT_EQ(ran.error_output,
            "No name server address: give it with -n, or in the environment as NAMESRV_ADDR\n");
  EXPECT_EQ(run_words({"topicRoute", "-t", "T", "-n", "nonsense"}).status, 1);
}

TEST(MqadminRun, SignsForTheAccountOfAFileWithBothKeys) {
  const test::TempDir home;
  EXPECT_TRUE(read_credentials(home / "tools.yml")->isEmpty()) << "there is none";
  EXPECT_TRUE(read_credentials(home.write("tools.yml", ""))->isEmpty());
  EXPECT_TRUE(
      read_credentials(home.write("tools.yml", "accessKey: rocketmq2\n# no secret\nsecretKey:\n"))
          ->isEmpty());
  const auto both =
      read_credentials(home.write("tools.yml", "accessKey: rocketmq2\nsecretKey: 00345678\n"));
  EXPECT_EQ(*both, SessionCredentials("rocketmq2", "00345678"));
  const auto quoted = read_credentials(home.write(
      "tools.yml", "accessKey: 'rocketmq2'  # me\nsecretKey: \"a#b\"\nsecurityToken: t\n"));
  EXPECT_EQ(*quoted, SessionCredentials("rocketmq2", "a#b", "t"));
}

TEST(MqadminRun, RefusesAFileOfKeysThatItCannotRead) {
  const test::TempDir home;
  ::setenv("HOME", home.text().c_str(), 1);
  ::setenv("ROCKETMQ_HOME", home.text().c_str(), 1);
  for (const char* bad : {"accessKey: [\n", "- a list\n"}) {
    home.write("conf/tools.yml", bad);
    const Ran ran = run_words({"topicRoute", "-t", "T", "-n", "127.0.0.1:1"});
    EXPECT_EQ(ran.status, 1);
    EXPECT_NE(ran.error_output.find("conf/tools.yml:"), std::string::npos) << ran.error_output;
  }
  ::unsetenv("ROCKETMQ_HOME");
}

TEST(MqadminRun, ShowsCodeAndTextOfAFailureWithoutTheAddressOfHelpPages) {
  EXPECT_EQ(failure_text({.code = 17, .text = "No topic\nSee https://rocketmq.invalid for more."}),
            "CODE: 17  DESC: No topic");
  EXPECT_EQ(failure_text({.code = 1, .text = "first\nsecond"}), "CODE: 1  DESC: first\nsecond");
  EXPECT_EQ(failure_text(usage_failure("wrong")), "wrong");
}

TEST(MqadminRun, PrintsItsVersion) {
  EXPECT_EQ(run_words({"--version"}).status, 0);
  EXPECT_TRUE(run_words({"--version"}).out.starts_with("mqadmin "));
}

TEST(MqadminCommands, HaveNamesOfTheirOwnAndUnambiguousOptions) {
  std::set<std::string> names;
  for (const Command& command : all_commands()) {
    EXPECT_TRUE(names.insert(command.name).second) << command.name;
    EXPECT_NE(command.run, nullptr) << command.name;
    EXPECT_FALSE(command.summary.empty()) << command.name;
    std::set<std::string> seen{"h", "n", "help", "namesrvAddr", "json"};
    for (const Option& option : command.options) {
      for (const std::string& name : {option.short_name, option.long_name}) {
        if (name.empty()) continue;
        EXPECT_TRUE(seen.insert(name).second) << command.name << " has two options " << name;
      }
    }
  }
}

}  // namespace
}  // namespace rocketmq::mqadmin
