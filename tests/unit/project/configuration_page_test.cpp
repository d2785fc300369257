// docs/configuration.md lists the keys as the programs know them. After a change of a key, run this
// program with ROCKETMQ_WRITE_DOCS=1 in the environment: it writes the broker's table anew.
#include <gtest/gtest.h>
#include <stdlib.h>  // NOLINT(modernize-deprecated-headers): setenv is POSIX

#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <string>

#include "project_files.hpp"
#include "rocketmq/broker/broker_config.hpp"
#include "rocketmq/common/properties_file.hpp"
#include "rocketmq/namesrv/namesrv_settings.hpp"

namespace rocketmq::test {
namespace {

const std::filesystem::path page = source_dir() / "docs/configuration.md";
const std::string broker_begin = "<!-- keys of mqbroker -->\n";
const std::string broker_end = "<!-- end of the keys of mqbroker -->\n";

/// The broker's table, with words where a default depends on the machine.
std::string broker_table() {
  ::setenv("ROCKETMQ_HOME", "$ROCKETMQ_HOME", 1);
  ::setenv("NAMESRV_ADDR", "$NAMESRV_ADDR", 1);
  ::setenv("HOME", "$HOME", 1);
  broker::BrokerSettings settings;
  settings.broker.broker_ip1 = "first address of the machine";
  settings.broker.broker_ip2 = "first address of the machine";
  settings.broker.broker_name = "host name";
  return std::regex_replace(settings.table.markdown(),
                            std::regex(R"((\| serverSelectorThreads \| )`\d+`)"),
                            "$1`cores, 1 to 8`");
}

TEST(ConfigurationPage, ListsTheBrokersKeysAsTheBrokerKnowsThem) {
  const std::string expected = broker_table();
  std::string text = content_of(page);
  const auto begin = text.find(broker_begin);
  const auto end = text.find(broker_end);
  ASSERT_NE(begin, std::string::npos);
  ASSERT_NE(end, std::string::npos);
  const auto table = begin + broker_begin.size();
  const std::string found = text.substr(table, end - table);
  if (::getenv("ROCKETMQ_WRITE_DOCS") != nullptr && found != expected) {
    std::ofstream(page, std::ios::binary) << text.replace(table, end - table, expected);
    GTEST_SKIP() << page << " has been written anew";
  }
  EXPECT_EQ(found, expected);
}

TEST(ConfigurationPage, ListsTheNameServersKeysWithTheirDefaults) {
  const namesrv::NamesrvSettings settings("$HOME", "$ROCKETMQ_HOME");
  const auto keys = parse_properties(settings.print());
  ASSERT_TRUE(keys);
  const std::string text = content_of(page);
  const std::string of_namesrv = text.substr(0, text.find(broker_begin));
  std::set<std::string> names;
  for (const Property& key : *keys) {
    names.insert(key.key);
    const std::string value = key.value.empty() ? "" : "`" + key.value + "`";
    EXPECT_NE(of_namesrv.find("| " + key.key + " | " + value + " |"), std::string::npos)
        << key.key << "=" << key.value << " is missing";
  }
  const std::regex row(R"re(\n\| ([a-z][A-Za-z0-9]+) \| )re");
  for (std::sregex_iterator match(of_namesrv.begin(), of_namesrv.end(), row), end; match != end;
       ++match) {
    const std::string name = (*match)[1];
    EXPECT_TRUE(name == "key" || names.contains(name)) << "mqnamesrv has no key " << name;
  }
}

}  // namespace
}  // namespace rocketmq::test
