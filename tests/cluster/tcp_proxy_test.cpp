#include "tcp_proxy.hpp"

#include <gtest/gtest.h>

#include <string>

#include "raw_connection.hpp"

namespace rocketmq::test {
namespace {

using Way = TcpProxy::Way;

/// A client, the proxy, and the server's end of the connection.
class TcpProxyTest : public testing::Test {
 protected:
  /// What has arrived, once it is `count` bytes.
  static std::string read(RawConnection& connection, std::size_t count) {
    std::string bytes(count, '\0');
    std::size_t done = 0;
    while (done < count) {
      const ssize_t got = ::recv(connection.descriptor(), bytes.data() + done, count - done, 0);
      if (got <= 0) break;
      done += static_cast<std::size_t>(got);
    }
    bytes.resize(done);
    return bytes;
  }
  static bool has_arrived(RawConnection& connection) {
    pollfd readable{connection.descriptor(), POLLIN, 0};
    return ::poll(&readable, 1, 200) > 0;
  }

  RawListener listener_;
  TcpProxy proxy_{{.server_port = listener_.port()}};
  RawConnection client_{proxy_.port()};
  RawConnection server_{listener_.accept()};
};

TEST_F(TcpProxyTest, PassesBytesBothWaysAndCountsThem) {
  client_.send("question");
  EXPECT_EQ(read(server_, 8), "question");
  server_.send("reply");
  EXPECT_EQ(read(client_, 5), "reply");
  EXPECT_EQ(proxy_.passed(Way::ToServer), 8);
  EXPECT_EQ(proxy_.passed(Way::ToClient), 5);
  EXPECT_EQ(proxy_.accepted(), 1);
}

TEST_F(TcpProxyTest, HoldsOneWayUntilItIsHealed) {
  proxy_.hold(Way::ToServer);
  client_.send("held");
  server_.send("through");
  EXPECT_EQ(read(client_, 7), "through");
  EXPECT_FALSE(has_arrived(server_));
  proxy_.heal();
  EXPECT_EQ(read(server_, 4), "held");
}

TEST_F(TcpProxyTest, CutsBehindTheByteThatWasNamed) {
  proxy_.cut_after(Way::ToClient, 3);
  server_.send("abcdef");
  EXPECT_EQ(read(client_, 6), "abc");
  EXPECT_TRUE(server_.is_closed_by_peer());
  const RawConnection again(proxy_.port());
  EXPECT_NO_THROW(listener_.accept());
}

TEST_F(TcpProxyTest, ChangesTheByteThatWasNamed) {
  proxy_.corrupt_after(Way::ToClient, 2);
  server_.send("abcd");
  EXPECT_EQ(read(client_, 4), std::string("ab") + static_cast<char>('c' ^ 0x55) + "d");
}

TEST_F(TcpProxyTest, ACutResetsConnectionsUntilItIsHealed) {
  proxy_.cut();
  EXPECT_TRUE(client_.is_closed_by_peer());
  EXPECT_TRUE(server_.is_closed_by_peer());
  RawConnection refused(proxy_.port());
  EXPECT_TRUE(refused.is_closed_by_peer());
  proxy_.heal();
  const RawConnection again(proxy_.port());
  EXPECT_NO_THROW(listener_.accept());
}

TEST_F(TcpProxyTest, AHalfOpenConnectionIsGoneForTheServerOnly) {
  proxy_.leave_half_open();
  EXPECT_TRUE(server_.is_closed_by_peer());
  EXPECT_NO_THROW(client_.send("nobody hears this"));
  EXPECT_FALSE(has_arrived(client_));
}

TEST_F(TcpProxyTest, ASlowLinkDeliversEverything) {
  proxy_.limit(1'000'000);
  const std::string bytes(100'000, 's');
  client_.send(bytes);
  EXPECT_EQ(read(server_, bytes.size()), bytes);
}

}  // namespace
}  // namespace rocketmq::test
