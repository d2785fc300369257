// docs/configuration.md lists the keys as the programs know them. After a change of a key, run this
// program with ROCKETMQ_WRITE_DOCS=1 in the environment: it rewrites the broker's table.
#include <gtest/gtest.h>
#include <stdlib.h>  // NOLINT(modernize-deprecated-headers): setenv is POSIX

#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>

#include "held_page.hpp"
#include "project_files.hpp"
#include "rocketmq/broker/broker_config.hpp"
#include "rocketmq/common/properties_file.hpp"
#include "rocketmq/filtersrv/filter_server_settings.hpp"
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
  settings.broker.broker_ip1 = "bindAddress, or first address of the machine";
  settings.broker.broker_ip2 = "bindAddress, or first address of the machine";
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
    GTEST_SKIP() << page << " has been rewritten";
  }
  EXPECT_EQ(found, expected);
}

TEST(ConfigurationPage, ListsTheFilterServersKeysAsItKnowsThem) {
  ::setenv("ROCKETMQ_HOME", "$ROCKETMQ_HOME", 1);
  ::setenv("NAMESRV_ADDR", "$NAMESRV_ADDR", 1);
  ::setenv("HOME", "$HOME", 1);
  filtersrv::FilterServerSettings settings;
  settings.config.filter_server_ip = "bindAddress, or first address of the machine";
  compare_part(page, "keys of mqfiltersrv",
               std::regex_replace(settings.table.markdown(),
                                  std::regex(R"((\| fsServerCallbackExecutorThreads \| )`\d+`)"),
                                  "$1`cores, 1 to 8`"));
}

TEST(ConfigurationPage, ListsTheNameServersKeysWithTheirDefaults) {
  const namesrv::NamesrvSettings settings("$HOME", "$ROCKETMQ_HOME");
  const auto keys = parse_properties(settings.print());
  ASSERT_TRUE(keys);
  const std::string text = content_of(page);
  const std::string of_namesrv = text.substr(0, text.find("\n## mqfiltersrv"));
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

/// The names of keys in a part of docs/spec/config.md: in the first column of a table, or before
/// "=`" or "=" in a list.
std::set<std::string> keys_in(const std::string& part) {
  std::set<std::string> keys;
  std::istringstream lines(part);
  for (std::string line; std::getline(lines, line);) {
    std::string names = line;
    if (line.starts_with("|")) names = line.substr(1, line.find('|', 1) - 1);
    const bool is_list = line.starts_with("| *5.x only*") || line.starts_with("| 5.x ") ||
                         line.starts_with("Keys only in");
    if (is_list) names = std::regex_replace(line, std::regex("`[^`]*`|\\([^)]*\\)"), "");
    // In a list a key is followed by its value.
    const std::regex key(is_list ? "\\b([a-z][A-Za-z0-9]*[A-Z][A-Za-z0-9]*)="
                                 : "\\b([a-z]+[0-9]*[A-Z][A-Za-z0-9]*)\\b");
    for (std::sregex_iterator match(names.begin(), names.end(), key), end; match != end; ++match)
      keys.insert((*match)[1]);
  }
  return keys;
}

std::string part_of(const std::string& text, const std::string& from, const std::string& to) {
  const auto begin = text.find("\n### " + from);
  const auto end = text.find("\n### " + to);
  EXPECT_NE(begin, std::string::npos) << from;
  EXPECT_NE(end, std::string::npos) << to;
  return text.substr(begin, end - begin);
}

/// Every key works, or is taken with the warning that it has no effect.
template <class Knows>
void expect_known(const std::string& part, std::size_t count_min, Knows knows) {
  const auto keys = keys_in(part);
  EXPECT_GE(keys.size(), count_min);
  for (const std::string& key : keys) EXPECT_TRUE(knows(key)) << key << " is an unknown key";
}

TEST(ConfigurationPage, NoKeyOfTheSpecificationIsUnknown) {
  const std::string spec = content_of(source_dir() / "docs/spec/config.md");
  const broker::BrokerSettings settings;
  const auto broker_knows = [&settings](const std::string& key) {
    return settings.table.find(key) != nullptr || settings.table.accepts_silently(key);
  };
  namesrv::NamesrvSettings namesrv("/home", "/root");
  const auto namesrv_knows = [&namesrv](const std::string& key) { return namesrv.knows(key); };
  expect_known(part_of(spec, "3.1", "3.2"), 20, namesrv_knows);
  const std::string network = part_of(spec, "3.2", "3.3");
  expect_known(network, 12, namesrv_knows);
  expect_known(network, 12, broker_knows);
  expect_known(part_of(spec, "3.4", "3.5"), 200, broker_knows);
  expect_known(part_of(spec, "3.5", "3.6"), 150, broker_knows);
}

}  // namespace
}  // namespace rocketmq::test
