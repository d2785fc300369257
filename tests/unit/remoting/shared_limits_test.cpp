#include "rocketmq/net/shared_limits.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <future>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "memory_link.hpp"
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
  EXPECT_EQ(admit(5), nullptr) << "none has more than it would have";
  EXPECT_EQ(limits->endings(Ending::MadeRoom), 2U);
  EXPECT_EQ(limits->endings(Ending::Refused), 2U);
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

/// A member of a reactor that holds a fixed number of bytes until it is closed for that.
struct BufferHolder final : ReactorMember {
  BufferHolder(SharedLimits& of, std::size_t bytes) : limits(of), held(bytes) {}
  void on_wake() override {}
  void on_turn_end() override {}
  void take_turn() override {}
  void wind_down(const Error&) override {}
  void close_now(const Error&) override {}
  void close_if_idle(SteadyTime) override {}
  std::size_t counted_bytes() const override { return held; }
  void close_for_buffers() override {
    limits.count_buffers(held, 0);
    held = 0;
  }

  SharedLimits& limits;
  std::atomic<std::size_t> held;
};

TEST(SharedBufferLimit, SparesWhoHoldsLessThanTheAverageOnAReactorWithoutGreedyConnections) {
  constexpr std::size_t limit = 8'000;
  const auto limits =
      std::make_shared<SharedLimits>(SharedLimits::Options{.buffer_bytes_max = limit});
  RunningReactor greedy_reactor;
  RunningReactor modest_reactor;
  const auto greedy = std::make_shared<BufferHolder>(*limits, limit);
  const auto modest = std::make_shared<BufferHolder>(*limits, 100);
  for (auto& [reactor, member] : {std::pair(&greedy_reactor, greedy), {&modest_reactor, modest}}) {
    limits->watch(reactor->get());
    on_reactor(**reactor, [&] { (**reactor).add(member); });
  }
  // The reactor of the modest one looks while too much is still held.
  std::promise<void> may_go_on;
  greedy_reactor.get()->post([&] { may_go_on.get_future().wait(); });
  limits->count_buffers(0, modest->held);
  limits->count_buffers(0, greedy->held);
  on_reactor(*modest_reactor, [] {});
  EXPECT_EQ(modest->held, 100U);
  may_go_on.set_value();
  on_reactor(*greedy_reactor, [] {});
  EXPECT_EQ(greedy->held, 0U);
  EXPECT_EQ(limits->buffer_bytes(), 100U);
  for (auto& [reactor, member] : {std::pair(&greedy_reactor, greedy), {&modest_reactor, modest}})
    on_reactor(**reactor, [&] { (**reactor).remove(*member); });
}

}  // namespace
}  // namespace rocketmq::net
