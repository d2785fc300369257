#include "command_line.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace rocketmq::namesrv {
namespace {

Result<CommandLine> parse(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), "mqnamesrv");
  return parse_command_line(static_cast<int>(arguments.size()), arguments.data());
}

TEST(CommandLine, NothingIsAskedByDefault) {
  const auto asked = parse({});

  ASSERT_TRUE(asked);
  EXPECT_FALSE(asked->config_file || asked->namesrv_addr || asked->print_config || asked->help);
}

TEST(CommandLine, ShortAndLongOptionsAreTaken) {
  EXPECT_EQ(parse({"-c", "a.conf"})->config_file, "a.conf");
  EXPECT_EQ(parse({"--configFile", "a.conf"})->config_file, "a.conf");
  EXPECT_EQ(parse({"--configFile=a.conf"})->config_file, "a.conf");
  EXPECT_EQ(parse({"-n", "10.0.0.1:9876;10.0.0.2:9876"})->namesrv_addr,
            "10.0.0.1:9876;10.0.0.2:9876");
  EXPECT_TRUE(parse({"-p"})->print_config);
  EXPECT_TRUE(parse({"--printConfigItem"})->print_config);
  EXPECT_TRUE(parse({"-h"})->help);
  EXPECT_TRUE(parse({"--help"})->help);
  EXPECT_TRUE(parse({"-v"})->version);
  EXPECT_TRUE(parse({"--version"})->version);
}

TEST(CommandLine, UnknownOptionsAndMissingArgumentsAreRefused) {
  EXPECT_TRUE(parse({"-x"}).has_error());
  EXPECT_TRUE(parse({"--nonsense"}).has_error());
  EXPECT_TRUE(parse({"-c"}).has_error());
}

}  // namespace
}  // namespace rocketmq::namesrv
