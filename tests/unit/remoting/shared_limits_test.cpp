#include "rocketmq/net/shared_limits.hpp"

#include <gtest/gtest.h>

#include <chrono>
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
    if (!limits->admit(place, now, evicted)) return nullptr;
    places.push_back(&place);
    return connection;
  }

  std::shared_ptr<SharedLimits> limits =
      std::make_shared<SharedLimits>(SharedLimits::Options{.connections_max = 4});
  std::shared_ptr<Reactor> reactor = std::make_shared<Reactor>("net-test");
  std::shared_ptr<ConnectionContext> context = std::make_shared<ConnectionContext>();
  std::chrono::steady_clock::time_point now;
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

TEST_F(SharedLimitsTest, MakesRoomByTheNewestOfManyConnectionsThatAskNothing) {
  const auto places_of_16 =
      std::make_shared<SharedLimits>(SharedLimits::Options{.connections_max = 16});
  limits = context->limits = places_of_16;
  const auto speaking = admit(1);
  const auto early = silent(Endpoint::v4(10, 0, 0, 1, 40'001));
  now += SharedLimits::idle_after;
  std::vector<ConnectionPtr> flood;
  for (std::uint16_t k = 0; k < 14; ++k)
    flood.push_back(silent(Endpoint::v4(10, 0, 0, 1, 41'000 + k)));
  EXPECT_EQ(admit(1), nullptr) << "they may be about to ask, and one alone is left its place";
  now += SharedLimits::idle_after;
  const auto newcomer = admit(1);
  ASSERT_NE(newcomer, nullptr);
  EXPECT_EQ(evicted, flood[13]);
  ASSERT_NE(admit(1), nullptr);
  EXPECT_EQ(evicted, flood[12]);
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
