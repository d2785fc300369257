// The tables of requests of both daemons, and what docs/protocol.md says about them. After a change
// of a row, run this program with ROCKETMQ_WRITE_DOCS=1 in the environment: it writes the tables
// again.
#include "rocketmq/broker/requests.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "held_page.hpp"
#include "project_files.hpp"
#include "rocketmq/broker/broker_config.hpp"
#include "rocketmq/filtersrv/filter_server_settings.hpp"
#include "rocketmq/filtersrv/requests.hpp"
#include "rocketmq/namesrv/requests.hpp"

namespace rocketmq::test {
namespace {

using remoting::Action;
using remoting::Effect;
using remoting::Permission;
using remoting::RequestCode;
using remoting::Resource;
using remoting::RouteSpec;

const std::filesystem::path requests_page = source_dir() / "docs/protocol.md";

std::vector<RouteSpec> all_requests() {
  std::vector<RouteSpec> all = broker::requests();
  const std::vector<RouteSpec> of_namesrv = namesrv::requests();
  all.insert(all.end(), of_namesrv.begin(), of_namesrv.end());
  return all;
}

bool begins_with_one_of(std::string_view name, const std::vector<std::string_view>& prefixes) {
  return std::any_of(prefixes.begin(), prefixes.end(),
                     [&](std::string_view prefix) { return name.starts_with(prefix); });
}

TEST(Requests, StandInTheProtocolPageAsTheBrokerServesThem) {
  compare_part(requests_page, "requests of mqbroker", remoting::markdown(broker::requests()));
}

TEST(Requests, StandInTheProtocolPageAsTheNameServerServesThem) {
  compare_part(requests_page, "requests of mqnamesrv", remoting::markdown(namesrv::requests()));
}

TEST(Requests, StandInTheProtocolPageAsTheFilterServerServesThem) {
  compare_part(requests_page, "requests of mqfiltersrv", remoting::markdown(filtersrv::requests()));
  const filtersrv::FilterServerSettings settings;
  for (const RouteSpec& row : filtersrv::requests()) {
    const std::string_view key = row.body_limit.processors_key;
    EXPECT_TRUE(key.empty() || settings.table.find(key) != nullptr) << row.name << ": " << key;
  }
}

TEST(Requests, HaveOneNameEach) {
  std::set<std::string_view> names;
  std::set<RequestCode> codes;
  for (const RouteSpec& row : all_requests()) {
    EXPECT_FALSE(row.name.empty()) << static_cast<int>(row.code);
    EXPECT_TRUE(names.insert(row.name).second) << row.name;
    EXPECT_TRUE(codes.insert(row.code).second) << row.name;
  }
}

TEST(Requests, HaveTheNamesUnderWhichTheirHeadersAreDescribed) {
  std::map<int, std::string_view> names;
  for (const RouteSpec& row : all_requests()) names[static_cast<int>(row.code)] = row.name;
  const std::string text = content_of(requests_page);
  const std::regex title("([A-Z][A-Z0-9_]+) \\((\\d+)\\)");
  const std::string headers = text.substr(text.find("<!-- headers -->"));
  std::size_t compared = 0;
  for (std::sregex_iterator match(headers.begin(), headers.end(), title), end; match != end;
       ++match) {
    const auto found = names.find(std::stoi((*match)[2]));
    if (found == names.end()) continue;  // from a broker to its clients
    ++compared;
    EXPECT_EQ((*match)[1].str(), found->second);
  }
  EXPECT_GT(compared, 40U);
}

TEST(Requests, SayWhatTheyTouchEach) {
  for (const RouteSpec& row : all_requests()) {
    EXPECT_FALSE(row.access.permissions().empty()) << row.name;
    for (const Permission& permission : row.access.permissions()) {
      const bool is_of_all =
          permission.resource == Resource::Cluster || permission.action == Action::List;
      EXPECT_TRUE(!is_of_all || permission.field.empty()) << row.name;
    }
  }
}

TEST(Requests, AreMarkedWhenTheyChangeSomething) {
  const std::vector<std::string_view> changes{"SEND_",
                                              "CONSUMER_SEND_",
                                              "END_",
                                              "HEART_BEAT",
                                              "PULL_",
                                              "LITE_PULL_",
                                              "LOCK_",
                                              "UNLOCK_",
                                              "UPDATE_",
                                              "UNREGISTER_",
                                              "DELETE_",
                                              "CLEAN_",
                                              "CLONE_",
                                              "RESUME_",
                                              "SET_",
                                              "CONSUME_",
                                              "PUT_",
                                              "WIPE_",
                                              "ADD_",
                                              "REGISTER_",
                                              "INVOKE_BROKER_TO_RESET_",
                                              "QUERY_DATA_VERSION"};
  for (const RouteSpec& row : all_requests()) {
    EXPECT_EQ(row.effect != Effect::Reads, begins_with_one_of(row.name, changes)) << row.name;
  }
}

TEST(Requests, AreForAdministratorsWhenTheyTouchWhatIsNotTheClientsOwn) {
  // What clients and brokers do all the time.
  const std::vector<std::string_view> ordinary{
      "SEND_",       "CONSUMER_SEND_", "END_",
      "HEART_BEAT",  "PULL_",          "LITE_PULL_",
      "LOCK_",       "UNLOCK_",        "UPDATE_CONSUMER_OFFSET",
      "UNREGISTER_", "REGISTER_",      "QUERY_DATA_VERSION"};
  for (const RouteSpec& row : all_requests()) {
    if (row.effect == Effect::Reads) continue;
    const bool is_ordinary = row.effect == Effect::Changes || row.effect == Effect::ChangesMaster;
    EXPECT_EQ(is_ordinary, begins_with_one_of(row.name, ordinary)) << row.name;
  }
}

TEST(Requests, NeedMoreThanAReadersPermissionWhenTheyChangeSomething) {
  for (const RouteSpec& row : all_requests()) {
    const auto permissions = row.access.permissions();
    const bool only_looks = std::all_of(permissions.begin(), permissions.end(), [](auto& needed) {
      return needed.action == Action::Get || needed.action == Action::List;
    });
    EXPECT_TRUE(row.effect == Effect::Reads || !only_looks) << row.name;
  }
}

TEST(Requests, AreProcessedToTheEndOnAPoolWhenTheyChangeSomething) {
  for (const RouteSpec& row : all_requests()) {
    if (row.threads.pool.empty() || row.threads.pool == "register") continue;
    EXPECT_EQ(row.threads.dropped_with_connection, row.effect == Effect::Reads) << row.name;
  }
}

TEST(Requests, NameConfigurationKeysThatExist) {
  const broker::BrokerSettings settings;
  for (const RouteSpec& row : broker::requests()) {
    for (const std::string_view key : {row.wait_limit_key, row.body_limit.processors_key})
      EXPECT_TRUE(key.empty() || settings.table.find(key) != nullptr) << row.name << ": " << key;
  }
}

TEST(Requests, WithManyMessagesGoToAPool) {
  std::size_t found = 0;
  for (const RouteSpec& row : broker::requests()) {
    if (row.body_limit.processors_key != "maxMessageSize") continue;
    ++found;
    EXPECT_LE(row.body_limit.inline_bytes_max, 1024U * 1024) << row.name;
    EXPECT_FALSE(row.body_limit.large_body_pool.empty()) << row.name;
  }
  EXPECT_EQ(found, 3U);
}

TEST(Requests, OnAConnectionsThreadHaveABoundOrReadNoBody) {
  // Those whose body is copied at most, or not looked at.
  const std::set<std::string_view> copied{"SEND_MESSAGE", "SEND_MESSAGE_V2", "SEND_BATCH_MESSAGE",
                                          "SEND_REPLY_MESSAGE", "SEND_REPLY_MESSAGE_V2"};
  for (const RouteSpec& row : all_requests()) {
    if (!row.threads.pool.empty() || copied.contains(row.name)) continue;
    const std::size_t inline_max =
        std::min(row.body_limit.bytes_max, row.body_limit.inline_bytes_max);
    EXPECT_LE(inline_max, 64U * 1024) << row.name;
  }
}

}  // namespace
}  // namespace rocketmq::test
