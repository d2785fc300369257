#include "rocketmq/remoting/shared_limits.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "admission.hpp"
#include "connection.hpp"
#include "reactor.hpp"

namespace rocketmq::remoting {
namespace {

class SharedLimitsTest : public testing::Test {
 protected:
  using ConnectionPtr = std::shared_ptr<Connection>;

  SharedLimitsTest() {
    context->frame_bytes_max = 1'000;
    context->limits = limits;
  }
  /// A connection of the host 10.0.0.`host` that has sent a request, if it was admitted.
  ConnectionPtr admit(std::uint8_t host) {
    auto connection = silent(Endpoint::v4(10, 0, 0, host, 40'000));
    if (connection != nullptr) limits->has_spoken(*places.back());
    return connection;
  }
  ConnectionPtr silent(const Endpoint& peer) {
    auto connection = std::make_shared<Connection>(reactor, context, "");
    Admission& place = connection->place_of(peer);
    evicted.reset();
    if (!limits->admit(place, evicted)) return nullptr;
    places.push_back(&place);
    return connection;
  }

  std::shared_ptr<SharedLimits> limits =
      std::make_shared<SharedLimits>(SharedLimits::Options{.connections_max = 4});
  std::shared_ptr<Reactor> reactor = std::make_shared<Reactor>("net-test");
  std::shared_ptr<ConnectionContext> context = std::make_shared<ConnectionContext>();
  std::vector<Admission*> places;
  ConnectionPtr evicted;
};

TEST_F(SharedLimitsTest, AdmitsConnectionsUntilAllPlacesAreTaken) {
  std::vector<ConnectionPtr> connections;
  for (int k = 0; k < 4; ++k) connections.push_back(admit(1));
  EXPECT_EQ(limits->connections(), 4U);
  EXPECT_EQ(admit(1), nullptr) << "its own address has most";
  connections.pop_back();
  EXPECT_EQ(limits->connections(), 3U);
  EXPECT_NE(admit(1), nullptr);
  EXPECT_EQ(evicted, nullptr);
}

TEST_F(SharedLimitsTest, MakesRoomForAnotherAddressByTheNewestConnectionOfTheOneThatHasMost) {
  std::vector<ConnectionPtr> greedy;
  for (int k = 0; k < 3; ++k) greedy.push_back(admit(1));
  const auto modest = admit(2);
  const auto newcomer = admit(3);
  ASSERT_NE(newcomer, nullptr);
  EXPECT_EQ(evicted, greedy[2]);
  EXPECT_EQ(limits->connections(), 4U);
  EXPECT_EQ(admit(1), nullptr) << "it has most itself";
  const auto another = admit(4);
  ASSERT_NE(another, nullptr);
  EXPECT_EQ(evicted, greedy[1]);
  EXPECT_EQ(admit(5), nullptr) << "nobody has more than it would have";
}

TEST_F(SharedLimitsTest, MakesRoomByTheConnectionThatHasBeenSilentLongest) {
  const auto speaking = admit(1);
  const auto longest = silent(Endpoint::v4(10, 0, 0, 1, 40'001));
  const auto second = silent(Endpoint::v4(10, 0, 0, 2, 40'000));
  const auto third = silent(Endpoint::v4(10, 0, 0, 1, 40'002));
  const auto newcomer = admit(1);
  ASSERT_NE(newcomer, nullptr);
  EXPECT_EQ(evicted, longest);
  const auto next = admit(1);
  ASSERT_NE(next, nullptr);
  EXPECT_EQ(evicted, second);
}

TEST_F(SharedLimitsTest, CountsANetworkOfIpv6AsOneAddress) {
  std::vector<ConnectionPtr> connections;
  for (const char* ip : {"2001:db8::1", "2001:db8::2", "2001:db8::3"}) {
    connections.push_back(silent(Endpoint::from_ip(ip, 40'000).value()));
    limits->has_spoken(*places.back());
  }
  connections.push_back(admit(1));
  EXPECT_NE(admit(2), nullptr);
  EXPECT_EQ(evicted, connections[2]);
}

TEST_F(SharedLimitsTest, CountsWhatTheBuffersOfAllConnectionsHold) {
  limits->count_buffers(0, 700);
  limits->count_buffers(0, 500);
  limits->count_buffers(700, 100);
  EXPECT_EQ(limits->buffer_bytes(), 600U);
  limits->count_buffers(100, 0);
  limits->count_buffers(500, 0);
  EXPECT_EQ(limits->buffer_bytes(), 0U);
}

}  // namespace
}  // namespace rocketmq::remoting
