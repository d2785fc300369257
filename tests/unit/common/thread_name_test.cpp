#include "rocketmq/common/thread_name.hpp"

#include <gtest/gtest.h>
#include <pthread.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <exception>
#include <string>
#include <string_view>
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

TEST(NamedThread, CarriesItsNameAndRunsItsBody) {
  std::string seen;
  named_thread("store-files", [&seen] {
    std::array<char, 16> buffer{};
    pthread_getname_np(pthread_self(), buffer.data(), buffer.size());
    seen = buffer.data();
  }).join();
  EXPECT_EQ(seen, "store-files");
}

TEST(NamedThread, ALimitThatBitesNamesTheThread) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "sanitizers need more memory than the limit leaves";
#endif
  // In a process of its own, with no room for another stack.
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const rlimit no_room{1, 1};
    ::setrlimit(RLIMIT_AS, &no_room);
    try {
      // The library keeps the stacks of threads that have ended: take those first.
      for (;;) named_thread("store-files", [] { ::pause(); }).detach();
    } catch (const std::exception& failure) {
      [[maybe_unused]] const auto written =
          ::write(ends[1], failure.what(), std::strlen(failure.what()));
    }
    ::_exit(0);
  }
  ::close(ends[1]);
  std::array<char, 512> text{};
  const ssize_t bytes = ::read(ends[0], text.data(), text.size());
  ::close(ends[0]);
  ::waitpid(child, nullptr, 0);
  ASSERT_GT(bytes, 0);
  EXPECT_NE(std::string_view(text.data()).find("cannot start the thread store-files"),
            std::string_view::npos)
      << text.data();
}

}  // namespace
}  // namespace rocketmq
