#include "rocketmq/common/published_address.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rocketmq {
namespace {

TEST(PublishedAddress, IsOneOfASingleMachine) {
  for (const char* ip : {"10.0.0.1", "127.0.0.1", "223.255.255.254", "::1", "fd00::1",
                         "2001:db8::1", "::ffff:10.0.0.1"}) {
    EXPECT_TRUE(check_published_address(*Endpoint::from_ip(ip, 1))) << ip;
  }
  for (const char* ip :
       {"0.0.0.0", "0.1.2.3", "224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255",
        "::", "ff02::1", "fe80::1", "::ffff:0.0.0.0", "::ffff:224.0.0.1"}) {
    const auto checked = check_published_address(*Endpoint::from_ip(ip, 1));
    ASSERT_FALSE(checked) << ip;
    EXPECT_THAT(checked.error().remark,
                testing::HasSubstr("is no address that others can connect to"));
  }
}

TEST(LoopbackAddresses, AreThoseOfThisMachineAlone) {
  EXPECT_TRUE(loopback_addresses().contains(*Endpoint::from_ip("127.1.2.3", 1)));
  EXPECT_TRUE(loopback_addresses().contains(*Endpoint::from_ip("::1", 1)));
  EXPECT_FALSE(loopback_addresses().contains(*Endpoint::from_ip("10.0.0.1", 1)));
  EXPECT_FALSE(loopback_addresses().contains(*Endpoint::from_ip("::2", 1)));
}

}  // namespace
}  // namespace rocketmq
