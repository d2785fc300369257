#include "registration/store_host.hpp"

#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

namespace rocketmq::broker {
namespace {

/// A resolver whose answer the test gives. Shared with look-ups that outlive a test.
struct Names {
  std::mutex mutex;
  std::condition_variable changed;
  Result<Endpoint> answer = Endpoint::v4(10, 0, 0, 1, 0);
  bool is_held = false;
  int begun = 0;
  int ended = 0;

  StoreHost::Lookup lookup(const std::shared_ptr<Names>& self) {
    return [self](const std::string&, std::int32_t port) -> Result<Endpoint> {
      std::unique_lock lock(self->mutex);
      ++self->begun;
      self->changed.notify_all();
      self->changed.wait(lock, [&] { return !self->is_held; });
      ++self->ended;
      self->changed.notify_all();
      auto found = self->answer;
      if (found) found->port = port;
      return found;
    };
  }
};

class StoreHostTest : public ::testing::Test {
 protected:
  StoreHostTest() { config.store_host = Endpoint::v4(10, 0, 0, 1, config.listen_port); }
  /// Ticks until a look-up that began now has been taken over.
  void look_up(StoreHost& host) {
    int wanted = 0;
    {
      const std::lock_guard lock(names->mutex);
      wanted = names->ended + 2;  // one may have been under way already
    }
    for (;;) {
      host.tick();
      const std::lock_guard lock(names->mutex);
      if (names->ended > wanted) return;
    }
  }
  void answer(Result<Endpoint> found) {
    const std::lock_guard lock(names->mutex);
    names->answer = std::move(found);
  }

  BrokerConfig config;
  std::shared_ptr<Names> names = std::make_shared<Names>();
};

TEST_F(StoreHostTest, FollowsANameWhoseAddressChanges) {
  config.broker_ip1 = "broker-a.example";
  StoreHost host(config, names->lookup(names));
  answer(Endpoint::v4(10, 0, 0, 9, 0));
  look_up(host);
  EXPECT_EQ(config.store_host.get(), Endpoint::v4(10, 0, 0, 9, config.listen_port));
}

TEST_F(StoreHostTest, KeepsTheAddressWhileTheNameCannotBeResolved) {
  config.broker_ip1 = "broker-a.example";
  StoreHost host(config, names->lookup(names));
  answer(Error{ResponseCode::SystemError, "no name service"});
  look_up(host);
  EXPECT_EQ(config.store_host.get(), Endpoint::v4(10, 0, 0, 1, config.listen_port));
}

TEST_F(StoreHostTest, DoesNotWaitForALookUpThatHangsAndBeginsNoOther) {
  config.broker_ip1 = "broker-a.example";
  names->is_held = true;
  {
    StoreHost host(config, names->lookup(names));
    host.tick();
    std::unique_lock lock(names->mutex);
    names->changed.wait(lock, [this] { return names->begun == 1; });
    lock.unlock();
    for (int i = 0; i < 3; ++i) host.tick();
    lock.lock();
    EXPECT_EQ(names->begun, 1);
  }
  std::unique_lock lock(names->mutex);
  names->is_held = false;
  names->changed.notify_all();
  names->changed.wait(lock, [this] { return names->ended == 1; });
}

TEST_F(StoreHostTest, ALiteralAddressIsNotLookedUp) {
  config.broker_ip1 = "10.0.0.1";
  StoreHost host(config, names->lookup(names));
  for (int i = 0; i < 3; ++i) host.tick();
  EXPECT_EQ(names->begun, 0);
}

}  // namespace
}  // namespace rocketmq::broker
