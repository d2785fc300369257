#include "rocketmq/common/thread_name.hpp"

#include <gtest/gtest.h>
#include <pthread.h>

#include <array>
#include <string>
#include <thread>

namespace rocketmq {
namespace {

std::string name_after_setting(const std::string& name) {
  std::string seen;
  std::thread([&] {
    set_thread_name(name);
    std::array<char, 16> buffer{};
    pthread_getname_np(pthread_self(), buffer.data(), buffer.size());
    seen = buffer.data();
  }).join();
  return seen;
}

TEST(ThreadName, IsWhatTheKernelShows) {
  EXPECT_EQ(name_after_setting("store-flush"), "store-flush");
}

TEST(ThreadName, IsCutAtFifteenCharacters) {
  EXPECT_EQ(name_after_setting("a-name-of-twenty-two-c"), "a-name-of-twent");
}

}  // namespace
}  // namespace rocketmq
