#include "rocketmq/daemon/signals.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>

namespace rocketmq {
namespace {

constexpr int survived = 42;

/// Runs `body` in a process of its own, which exits with what it returns. Returns the exit code, or
/// minus the number of the signal that ended it.
template <class Body>
int in_child(Body body) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(body());
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

TEST(Daemon, WaitsForEachOfTheStopSignals) {
  for (const int number : {SIGINT, SIGTERM}) {
    EXPECT_EQ(in_child([number] {
                block_stop_signals();
                ::raise(number);
                return wait_for_stop_signal();
              }),
              number);
  }
}

TEST(Daemon, LearnsHowItsProcessesEndAlsoWhereThatWasIgnored) {
  EXPECT_EQ(in_child([] {
              ::signal(SIGCHLD, SIG_IGN);
              block_stop_signals();
              return in_child([] { return survived; });
            }),
            survived);
}

TEST(Daemon, AFurtherSignalDuringTheStopHasNoEffect) {
  EXPECT_EQ(in_child([] {
              block_stop_signals();
              ::raise(SIGTERM);
              wait_for_stop_signal();
              ::raise(SIGTERM);
              ::raise(SIGINT);
              return survived;
            }),
            survived);
}

TEST(Daemon, AQuitSignalAsksForTheStateAndEndsNothing) {
  EXPECT_EQ(in_child([] {
              block_stop_signals();
              ::raise(SIGQUIT);
              int asked = 0;
              const int ended_by = wait_for_stop_signal({.on_quit = [&asked] {
                ++asked;
                ::raise(SIGTERM);
              }});
              return ended_by == SIGTERM && asked == 1 ? survived : 1;
            }),
            survived);
}

TEST(Daemon, AHangUpIsActedOnAndEndsNothing) {
  EXPECT_EQ(in_child([] {
              block_stop_signals();
              ::raise(SIGHUP);
              int asked = 0;
              const int ended_by = wait_for_stop_signal({.on_hang_up = [&asked] {
                ++asked;
                ::raise(SIGTERM);
              }});
              return ended_by == SIGTERM && asked == 1 ? survived : 1;
            }),
            survived);
}

TEST(Daemon, AClosedPipeDoesNotEndTheProcess) {
  EXPECT_EQ(in_child([] {
              block_stop_signals();
              std::array<int, 2> ends{};
              if (::pipe(ends.data()) != 0) return 1;
              ::close(ends[0]);
              return ::write(ends[1], "x", 1) < 0 ? survived : 1;
            }),
            survived);
}

TEST(Daemon, AWriteBeyondTheLimitOfAFilesSizeFailsAndDoesNotEndTheProcess) {
  EXPECT_EQ(in_child([] {
              block_stop_signals();
              const rlimit none{0, 0};
              std::FILE* const file = std::tmpfile();
              if (file == nullptr || ::setrlimit(RLIMIT_FSIZE, &none) != 0) return 1;
              return ::write(::fileno(file), "x", 1) < 0 && errno == EFBIG ? survived : 2;
            }),
            survived);
}

TEST(Daemon, OutlivesAHangUpUnderNohup) {
  EXPECT_EQ(in_child([] {
              std::signal(SIGHUP, SIG_IGN);  // what nohup does
              block_stop_signals();
              ::raise(SIGHUP);
              ::raise(SIGTERM);
              return wait_for_stop_signal();
            }),
            SIGTERM);
}

TEST(Daemon, OtherSignalsEndItAsBefore) {
  EXPECT_EQ(in_child([] {
              block_stop_signals();
              ::raise(SIGKILL);
              return survived;
            }),
            -SIGKILL);
}

}  // namespace
}  // namespace rocketmq
