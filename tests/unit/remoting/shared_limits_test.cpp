#include "rocketmq/net/shared_limits.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "rocketmq/net/admission.hpp"

namespace rocketmq::net {
namespace {

/// A connection as far as its place goes.
struct Holder final : PlaceHolder {
  explicit Holder(std::shared_ptr<SharedLimits> of) : limits(std::move(of)) {}
  ~Holder() { limits->leave(*place); }
  void place_lost() override {}

  std::shared_ptr<SharedLimits> limits;
  std::optional<Admission> place;
};

class SharedLimitsTest : public testing::Test {
 protected:
  using HolderPtr = std::shared_ptr<Holder>;

  /// A connection of the host 10.0.0.`host` that has sent a request, if it was admitted.
  HolderPtr admit(std::uint8_t host) {
    auto holder = silent(Endpoint::v4(10, 0, 0, host, 40'000));
    if (holder != nullptr) limits->has_spoken(*holder->place);
    return holder;
  }
  HolderPtr silent(const Endpoint& peer) {
    auto holder = std::make_shared<Holder>(limits);
    Admission& place =
        holder->place.emplace(std::shared_ptr<PlaceHolder>(holder), address_key(peer));
    evicted.reset();
    return limits->admit(place, now, evicted) ? holder : nullptr;
  }

  std::shared_ptr<SharedLimits> limits =
      std::make_shared<SharedLimits>(SharedLimits::Options{.connections_max = 4});
  std::chrono::steady_clock::time_point now;
  std::shared_ptr<PlaceHolder> evicted;
};

TEST_F(SharedLimitsTest, AdmitsConnectionsUntilAllPlacesAreTaken) {
  std::vector<HolderPtr> connections;
  for (int k = 0; k < 4; ++k) connections.push_back(admit(1));
  EXPECT_EQ(limits->connections(), 4U);
  EXPECT_EQ(admit(1), nullptr) << "its own address has most";
  connections.pop_back();
  EXPECT_EQ(limits->connections(), 3U);
  EXPECT_NE(admit(1), nullptr);
  EXPECT_EQ(evicted, nullptr);
}

TEST_F(SharedLimitsTest, MakesRoomForAnotherAddressByTheNewestConnectionOfTheOneThatHasMost) {
  std::vector<HolderPtr> greedy;
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
  limits = places_of_16;
  const auto speaking = admit(1);
  const auto early = silent(Endpoint::v4(10, 0, 0, 1, 40'001));
  now += SharedLimits::idle_after;
  std::vector<HolderPtr> flood;
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
  std::vector<HolderPtr> connections;
  for (const char* ip : {"2001:db8::1", "2001:db8::2", "2001:db8::3"}) {
    connections.push_back(silent(Endpoint::from_ip(ip, 40'000).value()));
    limits->has_spoken(*connections.back()->place);
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
}  // namespace rocketmq::net
