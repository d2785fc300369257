#include "rocketmq/common/address_list.hpp"

#include <gtest/gtest.h>

namespace rocketmq {
namespace {

bool holds(std::string_view list, std::string_view ip) {
  const auto parsed = AddressList::parse(list);
  const auto endpoint = Endpoint::from_ip(ip, 5);
  EXPECT_TRUE(parsed) << list;
  EXPECT_TRUE(endpoint) << ip;
  return parsed && endpoint && parsed->contains(*endpoint);
}

TEST(AddressList, HoldsEveryAddressWhenItIsEmpty) {
  EXPECT_TRUE(AddressList().contains(Endpoint::v4(1, 2, 3, 4, 5)));
  EXPECT_TRUE(holds("", "10.0.0.1"));
  EXPECT_TRUE(holds(" ; ;", "::1"));
}

TEST(AddressList, HoldsTheAddressesThatItNames) {
  EXPECT_TRUE(holds("127.0.0.1; 10.0.0.7", "10.0.0.7"));
  EXPECT_FALSE(holds("127.0.0.1; 10.0.0.7", "10.0.0.8"));
  EXPECT_TRUE(holds("::1", "::1"));
  EXPECT_FALSE(holds("::1", "::2"));
}

TEST(AddressList, HoldsTheAddressesOfItsNetworks) {
  EXPECT_TRUE(holds("10.1.0.0/16", "10.1.255.255"));
  EXPECT_FALSE(holds("10.1.0.0/16", "10.2.0.0"));
  EXPECT_TRUE(holds("10.1.0.0/15", "10.0.3.4"));
  EXPECT_TRUE(holds("192.168.4.0/22", "192.168.7.255"));
  EXPECT_FALSE(holds("192.168.4.0/22", "192.168.8.0"));
  EXPECT_TRUE(holds("0.0.0.0/0", "8.8.8.8"));
  EXPECT_FALSE(holds("0.0.0.0/0", "::1"));
  EXPECT_TRUE(holds("fd00::/8", "fdff::1"));
  EXPECT_FALSE(holds("fd00::/8", "fe80::1"));
}

TEST(AddressList, TakesAMappedAddressForTheAddressItself) {
  EXPECT_TRUE(holds("10.0.0.7", "::ffff:10.0.0.7"));
  EXPECT_FALSE(holds("10.0.0.7", "::ffff:10.0.0.8"));
}

TEST(AddressList, NamesThePieceThatIsNoAddress) {
  for (const std::string piece : {"localhost", "10.0.0.1:80", "10.0.0.0/33", "10.0.0.0/-1",
                                  "10.0.0.0/", "10.0.0.0/8x", "::/129", "10.0.0"}) {
    const auto parsed = AddressList::parse("127.0.0.1;" + piece);
    ASSERT_FALSE(parsed) << piece;
    EXPECT_NE(parsed.error().remark.find("\"" + piece + "\""), std::string::npos);
  }
}

TEST(AddressList, KeepsItsText) {
  EXPECT_EQ(AddressList::parse(" 10.0.0.1;::1 ")->text(), "10.0.0.1;::1");
}

}  // namespace
}  // namespace rocketmq
