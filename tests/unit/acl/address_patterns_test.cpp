#include "rocketmq/acl/address_patterns.hpp"

#include <gtest/gtest.h>

#include <string>

namespace rocketmq::acl {
namespace {

bool matches(const std::string& pattern, const std::string& ip) {
  const auto parsed = AddressPatterns::parse(pattern);
  EXPECT_TRUE(parsed) << pattern;
  return parsed && parsed->matches(*Endpoint::from_ip(ip, 10'911));
}

TEST(AddressPatterns, MatchNothingWhenTheyAreEmpty) {
  EXPECT_FALSE(matches("", "127.0.0.1"));
  EXPECT_FALSE(matches(" , ", "127.0.0.1"));
}

TEST(AddressPatterns, MatchEveryAddressByAStar) {
  for (const char* pattern : {"*", "*.*.*.*", "*:*:*:*:*:*:*:*"}) {
    EXPECT_TRUE(matches(pattern, "10.1.2.3")) << pattern;
    EXPECT_TRUE(matches(pattern, "2001:db8::1")) << pattern;
  }
}

TEST(AddressPatterns, MatchOneAddressAndListsOfThem) {
  EXPECT_TRUE(matches("10.1.2.3", "10.1.2.3"));
  EXPECT_FALSE(matches("10.1.2.3", "10.1.2.33"));
  EXPECT_TRUE(matches("10.1.2.3, 10.1.2.4", "10.1.2.4"));
  EXPECT_FALSE(matches("10.1.2.3,10.1.2.4", "10.1.2.5"));
}

TEST(AddressPatterns, MatchTheNumbersInBraces) {
  EXPECT_TRUE(matches("10.1.2.{3,5}", "10.1.2.3"));
  EXPECT_TRUE(matches("10.1.2.{3,5}", "10.1.2.5"));
  EXPECT_FALSE(matches("10.1.2.{3,5}", "10.1.2.4"));
  EXPECT_FALSE(matches("10.1.2.{3,5}", "10.1.3.3"));
  EXPECT_TRUE(matches("10.1.2.{3,5},10.9.9.9", "10.9.9.9"));
}

TEST(AddressPatterns, MatchRangesAndOpenEnds) {
  EXPECT_TRUE(matches("10.1.2.*", "10.1.2.255"));
  EXPECT_FALSE(matches("10.1.2.*", "10.1.3.1"));
  EXPECT_TRUE(matches("10.1.*", "10.1.200.1"));
  EXPECT_FALSE(matches("10.1.*", "10.2.0.1"));
  EXPECT_TRUE(matches("10.1.2.10-20", "10.1.2.10"));
  EXPECT_TRUE(matches("10.1.2.10-20", "10.1.2.20"));
  EXPECT_FALSE(matches("10.1.2.10-20", "10.1.2.21"));
  EXPECT_TRUE(matches("10.1.1-3.*", "10.1.3.9"));
  EXPECT_FALSE(matches("10.1.1-3.*", "10.1.4.9"));
}

TEST(AddressPatterns, MatchIpv6ByGroups) {
  EXPECT_TRUE(matches("2001:db8::1", "2001:db8:0:0:0:0:0:1"));
  EXPECT_TRUE(matches("2001:db8:0:0:0:0:0:*", "2001:db8::ffff"));
  EXPECT_TRUE(matches("2001:db8::*", "2001:db8::ffff"));
  EXPECT_FALSE(matches("2001:db8::*", "2001:db8::1:ffff"));
  EXPECT_TRUE(matches("2001:db8:0:0:0:0:1-a:*", "2001:db8::9:1"));
  EXPECT_FALSE(matches("2001:db8:0:0:0:0:1-a:*", "2001:db8::b:1"));
  EXPECT_TRUE(matches("2001:db8::{1,a}", "2001:db8::a"));
  EXPECT_FALSE(matches("10.1.2.*", "2001:db8::1"));
  EXPECT_FALSE(matches("32.*", "20::1")) << "0x20 is 32";
}

TEST(AddressPatterns, KnowAMappedIpv4Address) {
  EXPECT_TRUE(matches("10.1.2.3", "::ffff:10.1.2.3"));
  EXPECT_TRUE(matches("10.1.2.*", "::ffff:10.1.2.3"));
}

TEST(AddressPatterns, RefuseOtherFormsAndNameThem) {
  for (const std::string bad :
       {"10.1.2", "10.1.2.256", "10.1.2.20-10", "10.1.2.{3", "10.1.2.{a}", "10.1.2.3.4", "host",
        "10.1.2.-3", "2001:db8:*:g", "1:2:3:4:5:6:7:8:9", "10.1.2.3/24"}) {
    const auto parsed = AddressPatterns::parse("10.0.0.1," + bad);
    ASSERT_FALSE(parsed) << bad;
    EXPECT_NE(parsed.error().remark.find("\"" + bad + "\""), std::string::npos)
        << parsed.error().remark;
  }
}

}  // namespace
}  // namespace rocketmq::acl
