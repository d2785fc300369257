#include "rocketmq/common/live_endpoint.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace rocketmq {
namespace {

TEST(LiveEndpoint, HoldsAddressesOfBothKinds) {
  LiveEndpoint live = Endpoint::v4(10, 1, 2, 3, 10'911);
  EXPECT_EQ(live.get(), Endpoint::v4(10, 1, 2, 3, 10'911));
  const Endpoint v6 = Endpoint::from_ip("2001:db8::7", 1).value();
  live = v6;
  EXPECT_EQ(live.get(), v6);
}

TEST(LiveEndpoint, NeverReadsHalfOfAChange) {
  const Endpoint one = Endpoint::from_ip("1111:1111:1111:1111:1111:1111:1111:1111", 1).value();
  const Endpoint two = Endpoint::from_ip("2222:2222:2222:2222:2222:2222:2222:2222", 2).value();
  LiveEndpoint live = one;
  std::atomic<bool> stop{false};
  std::thread writer([&] {
    while (!stop) {
      live = two;
      live = one;
    }
  });
  for (int i = 0; i < 20'000; ++i) {
    const Endpoint seen = live;
    ASSERT_TRUE(seen == one || seen == two);
  }
  stop = true;
  writer.join();
}

}  // namespace
}  // namespace rocketmq
