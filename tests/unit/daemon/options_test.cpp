#include "rocketmq/daemon/options.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "rocketmq/common/version.hpp"
#include "rocketmq/daemon/daemon.hpp"

namespace rocketmq {
namespace {

const DaemonText text{.program = "mqsome", .config_file_help = "Some config properties file"};

DaemonOptions parse(std::vector<const char*> arguments, const DaemonText& of = text) {
  arguments.insert(arguments.begin(), "mqsome");
  return parse_options(of, static_cast<int>(arguments.size()), arguments.data());
}

TEST(CommandLine, NothingIsAskedByDefault) {
  const auto asked = parse({});

  ASSERT_FALSE(asked.exit_code);
  EXPECT_FALSE(asked.config_file || asked.namesrv_addr);
  EXPECT_EQ(asked.print, DaemonOptions::Print::Nothing);
}

TEST(CommandLine, ShortAndLongOptionsAreTaken) {
  EXPECT_EQ(parse({"-c", "a.conf"}).config_file, "a.conf");
  EXPECT_EQ(parse({"--configFile", "a.conf"}).config_file, "a.conf");
  EXPECT_EQ(parse({"--configFile=a.conf"}).config_file, "a.conf");
  EXPECT_EQ(parse({"-n", "10.0.0.1:9876;10.0.0.2:9876"}).namesrv_addr,
            "10.0.0.1:9876;10.0.0.2:9876");
  EXPECT_EQ(parse({"-p"}).print, DaemonOptions::Print::All);
  EXPECT_EQ(parse({"--printConfigItem"}).print, DaemonOptions::Print::All);
  for (const char* help : {"-h", "--help"}) {
    EXPECT_EQ(parse({help}).exit_code, exit_ok);
    EXPECT_EQ(parse({help}).output, usage(text));
  }
  for (const char* version_option : {"-v", "--version"}) {
    EXPECT_EQ(parse({version_option}).exit_code, exit_ok);
    EXPECT_EQ(parse({version_option}).output, "mqsome " + std::string(version()) + "\n");
  }
}

TEST(CommandLine, UnknownOptionsAndMissingArgumentsAreRefused) {
  EXPECT_EQ(parse({"-x"}).exit_code, exit_usage);
  EXPECT_EQ(parse({"--nonsense"}).exit_code, exit_usage);
  EXPECT_EQ(parse({"-c"}).exit_code, exit_usage);
  EXPECT_EQ(parse({"-m"}).exit_code, exit_usage) << "only where a daemon has important keys";
}

TEST(CommandLine, WordsThatBelongToNoOptionAreTakenWithoutEffect) {
  const auto asked = parse({"-n", "10.0.0.1:9876", "autoCreateTopicEnable=true"});
  ASSERT_FALSE(asked.exit_code);
  EXPECT_EQ(asked.namesrv_addr, "10.0.0.1:9876");
  EXPECT_NE(asked.error_output.find("'autoCreateTopicEnable=true' has no effect"),
            std::string::npos);
}

TEST(CommandLine, SaysWhatIsWrongWithAnOptionBeforeTheUsage) {
  const auto refused = parse({"-x"});
  EXPECT_NE(refused.error_output.find("-x"), std::string::npos);
  EXPECT_EQ(refused.output, usage(text));

  DaemonText on_output = text;
  on_output.prefix = "mqsome: ";
  on_output.reports_options_on_output = true;
  const auto reported = parse({"-x"}, on_output);
  EXPECT_EQ(reported.error_output, "");
  EXPECT_EQ(reported.output.find("mqsome: "), 0U);
  EXPECT_TRUE(reported.output.ends_with(usage(on_output)));
}

TEST(CommandLine, TheUsageListsEachOptionInItsColumn) {
  EXPECT_EQ(usage(text),
            "usage: mqsome [-c <arg>] [-h] [-n <arg>] [-p] [-v]\n"
            " -c,--configFile <arg>    Some config properties file\n"
            " -h,--help                Print help\n"
            " -n,--namesrvAddr <arg>   Name server address list, eg: "
            "'192.168.0.1:9876;192.168.0.2:9876'\n"
            " -p,--printConfigItem     Print all config item\n"
            " -v,--version             Print version\n");
}

TEST(CommandLine, ADaemonWithImportantKeysPrintsThem) {
  DaemonText with_keys = text;
  with_keys.has_important_keys = true;
  EXPECT_EQ(parse({"-m"}, with_keys).print, DaemonOptions::Print::Important);
  EXPECT_EQ(parse({"-m", "-p"}, with_keys).print, DaemonOptions::Print::All);
  EXPECT_NE(usage(with_keys).find(" -m,--printImportantConfig   Print important config item\n"
                                  " -n,--namesrvAddr <arg>      Name server"),
            std::string::npos);
}

}  // namespace
}  // namespace rocketmq
