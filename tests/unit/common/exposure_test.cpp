#include "rocketmq/common/exposure.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "rocketmq/common/endpoint.hpp"

namespace rocketmq {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

AddressList list(std::string_view text) { return *AddressList::parse(text); }

TEST(Exposure, KnowsTheAddressesAndTheNameOfThisMachinesLoopback) {
  for (const std::string host : {"127.0.0.1", "127.0.1.1", "::1", "::ffff:127.0.0.1", "localhost",
                                 "LocalHost", "localhost.localdomain"})
    EXPECT_TRUE(is_loopback_host(host)) << host;
  for (const std::string host :
       {"10.0.0.1", "128.0.0.1", "0.0.0.0", "::", "fd00::1", "broker-1", "localhost.example", ""})
    EXPECT_FALSE(is_loopback_host(host)) << host;
}

struct ListenCase {
  std::string what;
  std::string bind_address;
  std::string broker_ip1;
  std::string namesrv_addr;
  bool open_to_all_hosts = false;
  std::string expected;
  std::string expected_opened_by;
};

TEST(Exposure, ListensWhereTheConfigurationNamesOtherHosts) {
  const ListenCase cases[] = {
      {"nothing", "", "", "", false, "127.0.0.1", ""},
      {"only loopback addresses", "", "127.0.0.1", "localhost:9876;[::1]:9876", false, "127.0.0.1",
       ""},
      {"a published address", "", "10.1.2.3", "", false, "0.0.0.0", "brokerIP1 is 10.1.2.3"},
      {"a published name", "", "broker-1", "", false, "0.0.0.0", "brokerIP1 is broker-1"},
      {"one name server of another host", "", "", "127.0.0.1:9876; 10.0.0.9:9876", false, "0.0.0.0",
       "namesrvAddr is 127.0.0.1:9876; 10.0.0.9:9876"},
      {"a name server in IPv6", "", "", "[fd00::1]:9876", false, "0.0.0.0",
       "namesrvAddr is [fd00::1]:9876"},
      {"the switch", "", "", "", true, "0.0.0.0", "openToAllHosts"},
      {"bindAddress beside another host", "127.0.0.1", "10.1.2.3", "", false, "127.0.0.1",
       "bindAddress"},
      {"bindAddress beside the switch", "10.1.2.3", "", "", true, "10.1.2.3", "bindAddress"},
  };
  for (const ListenCase& one : cases) {
    ServerConfig config;
    config.open_to_all_hosts = one.open_to_all_hosts;
    settle_bind_address(config, one.bind_address,
                        {{"brokerIP1", one.broker_ip1}, {"namesrvAddr", one.namesrv_addr}});
    EXPECT_EQ(config.bind_address, one.expected) << one.what;
    EXPECT_EQ(config.opened_by, one.expected_opened_by) << one.what;
  }
}

struct ChangeCase {
  std::string what;
  std::string allowed;
  bool acl_enable = false;
  bool open_to_all_hosts = false;
  std::string from;
  bool expected = false;
};

TEST(Exposure, LetsThisMachineChangeThingsUntilAKeySaysMore) {
  const ChangeCase cases[] = {
      {"nothing set", "", false, false, "127.0.0.1", true},
      {"nothing set", "", false, false, "::1", true},
      {"nothing set", "", false, false, "10.1.2.3", false},
      {"a list", "10.1.0.0/16", false, false, "10.1.2.3", true},
      {"a list", "10.1.0.0/16", false, false, "10.2.2.3", false},
      {"a list without this machine", "10.1.0.0/16", false, false, "127.0.0.1", false},
      {"accounts", "", true, false, "10.1.2.3", true},
      {"accounts and a list", "10.1.0.0/16", true, false, "10.2.2.3", false},
      {"the switch", "", false, true, "10.1.2.3", true},
      {"the switch and a list", "127.0.0.1", false, true, "10.1.2.3", false},
  };
  for (const ChangeCase& one : cases) {
    ServerConfig config;
    config.admin_allowed_addresses = list(one.allowed);
    config.acl_enable = one.acl_enable;
    config.open_to_all_hosts = one.open_to_all_hosts;
    settle_administrators(config);
    EXPECT_EQ(config.administrators.contains(*Endpoint::from_ip(one.from, 0)), one.expected)
        << one.what << ", from " << one.from;
  }
}

TEST(Exposure, PublishesTheAddressThatItListensOn) {
  EXPECT_EQ(address_to_publish("127.0.0.1"), "127.0.0.1");
  EXPECT_EQ(address_to_publish("10.1.2.3"), "10.1.2.3");
  EXPECT_EQ(address_to_publish("0.0.0.0"), local_ip());
  EXPECT_EQ(address_to_publish("::"), local_ip());
}

TEST(Exposure, TellsTheOperatorWhatIsOpenToWhom) {
  ServerConfig config;
  EXPECT_THAT(exposure_lines(config, 9'876),
              ElementsAre("listening on 127.0.0.1:9876, for this machine only; "
                          "bindAddress=0.0.0.0 lets other hosts connect"));

  settle_bind_address(config, "", {{"brokerIP1", "10.1.2.3"}});
  settle_administrators(config);
  EXPECT_THAT(exposure_lines(config, 10'911),
              ElementsAre("listening on 0.0.0.0:10911 (brokerIP1 is 10.1.2.3), for every host that "
                          "reaches it, without an account (aclEnable=false)",
                          "requests that change something are taken from this machine only; "
                          "adminAllowedAddresses names others"));

  config.admin_allowed_addresses = list("10.1.0.0/16");
  settle_administrators(config);
  EXPECT_THAT(exposure_lines(config, 10'911).back(),
              HasSubstr("10.1.0.0/16 (adminAllowedAddresses)"));

  config.admin_allowed_addresses = AddressList();
  config.acl_enable = true;
  settle_administrators(config);
  EXPECT_THAT(exposure_lines(config, 10'911), ElementsAre(HasSubstr("with an account (aclEnable)"),
                                                          HasSubstr("administrators' accounts")));

  config.acl_enable = false;
  config.open_to_all_hosts = true;
  settle_administrators(config);
  EXPECT_THAT(exposure_lines(config, 10'911).back(), HasSubstr("every host (openToAllHosts)"));
}

TEST(Exposure, FindsTheLastValueOfAKeyInAFile) {
  const std::vector<Property> properties{
      {.key = "a", .value = "1"}, {.key = "b", .value = "2"}, {.key = "a", .value = " 3 "}};
  EXPECT_EQ(value_of(properties, "a"), "3");
  EXPECT_EQ(value_of(properties, "c"), "");
}

}  // namespace
}  // namespace rocketmq
