#include "rocketmq/common/endpoint.hpp"

#include <gtest/gtest.h>

namespace rocketmq {
namespace {

TEST(Endpoint, ReadsIpv4AndIpv6) {
  const auto v4 = Endpoint::parse("10.0.0.1:10911");
  ASSERT_TRUE(v4) << v4.error().remark;
  EXPECT_EQ(*v4, Endpoint::v4(10, 0, 0, 1, 10911));
  EXPECT_FALSE(v4->is_v6());
  EXPECT_EQ(v4->address().size(), 4U);
  EXPECT_EQ(v4->text(), "10.0.0.1:10911");

  const auto v6 = Endpoint::parse("[2001:db8::1]:9876");
  ASSERT_TRUE(v6) << v6.error().remark;
  EXPECT_TRUE(v6->is_v6());
  EXPECT_EQ(v6->address().size(), 16U);
  EXPECT_EQ(v6->ip_text(), "2001:db8::1");
  EXPECT_EQ(v6->text(), "[2001:db8::1]:9876");
}

TEST(Endpoint, RefusesWhatIsNoLiteralAddress) {
  for (const char* text : {"", ":", "10.0.0.1", "10.0.0.1:", ":10911", "broker:10911",
                           "10.0.0.256:1", "10.0.0.1:0", "10.0.0.1:65536", "10.0.0.1:-1",
                           "10.0.0.1:9x", "::1:9876", "[::1]", "[::1:9876", "[]:9876", "[::g]:1"}) {
    EXPECT_FALSE(Endpoint::parse(text)) << text;
  }
  EXPECT_EQ(Endpoint::parse("nowhere").error().remark,
            "'nowhere' is no address of the form host:port");
}

TEST(HostPort, TakesNamesAndTheWholeRangeOfPorts) {
  const auto parsed = parse_host_port("broker-a.example:65535");
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->host, "broker-a.example");
  EXPECT_EQ(parsed->port, 65535);
  EXPECT_EQ(parse_host_port("h:1")->port, 1);
  EXPECT_EQ(parse_host_port("[::1]:80")->host, "::1");
}

TEST(HostPortList, DropsBlanksAndEmptyPieces) {
  const auto list = parse_address_list(" a:9876 ;; b:9877;\n");
  ASSERT_TRUE(list) << list.error().remark;
  EXPECT_EQ(*list, (std::vector<std::string>{"a:9876", "b:9877"}));
}

TEST(HostPortList, NamesThePieceThatIsNoAddress) {
  const auto refused = parse_address_list("a:9876;b");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().remark, "'b' is no address of the form host:port");
  EXPECT_FALSE(parse_address_list(""));
  EXPECT_FALSE(parse_address_list(" ; ;"));
}

TEST(LocalIp, IsALiteralAddress) { EXPECT_TRUE(Endpoint::from_ip(local_ip(), 1)) << local_ip(); }

TEST(ResolveHost, TakesLiteralsAndNames) {
  EXPECT_EQ(resolve_host("10.1.2.3", 7).value(), Endpoint::v4(10, 1, 2, 3, 7));
  EXPECT_EQ(resolve_host("localhost", 7).value(), Endpoint::v4(127, 0, 0, 1, 7));
}

TEST(ResolveHost, NamesTheHostThatCannotBeResolved) {
  const auto unknown = resolve_host("no-such-host.invalid", 7);
  ASSERT_FALSE(unknown);
  EXPECT_NE(unknown.error().remark.find("no-such-host.invalid"), std::string::npos);
  EXPECT_FALSE(resolve_host("not a host", 7));
  EXPECT_FALSE(resolve_host("", 7));
}

}  // namespace
}  // namespace rocketmq
