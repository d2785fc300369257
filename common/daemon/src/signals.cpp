#include "rocketmq/daemon/signals.hpp"

#include <malloc.h>
#include <pthread.h>
#include <signal.h>

#include "rocketmq/common/result.hpp"

namespace rocketmq {
namespace {

bool is_ignored(int signal_number) {
  struct sigaction current {};
  sigaction(signal_number, nullptr, &current);
  return (current.sa_flags & SA_SIGINFO) == 0 && current.sa_handler == SIG_IGN;
}

/// What was ignored when the process was started stays so: that is how `nohup` keeps a daemon
/// alive. It has to be left out here, because the kernel queues a blocked signal even when it is
/// ignored.
const sigset_t& stop_signals() {
  static const sigset_t signals = [] {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGQUIT);
    if (!is_ignored(SIGINT)) sigaddset(&set, SIGINT);
    if (!is_ignored(SIGHUP)) sigaddset(&set, SIGHUP);
    return set;
  }();
  return signals;
}

}  // namespace

void block_stop_signals() {
  ensure(pthread_sigmask(SIG_BLOCK, &stop_signals(), nullptr) == 0,
         "the stop signals can be blocked");
  signal(SIGPIPE, SIG_IGN);
  // A write that the limit of a file's size refuses is an error like that of a full disk.
  signal(SIGXFSZ, SIG_IGN);
  // Ignored, as some programs leave it to what they start, it would hide how own processes end.
  signal(SIGCHLD, SIG_DFL);
}

int wait_for_stop_signal(const SignalActions& actions) {
  for (;;) {
    int received = 0;
    ensure(sigwait(&stop_signals(), &received) == 0, "the stop signals can be waited for");
    if (received != SIGQUIT && received != SIGHUP) return received;
    const auto& action = received == SIGQUIT ? actions.on_quit : actions.on_hang_up;
    if (action) action();
  }
}

void return_large_blocks() {
#ifdef M_MMAP_THRESHOLD
  mallopt(M_MMAP_THRESHOLD, 512 * 1024);  // NOLINT(concurrency-mt-unsafe): before other threads
#endif
}

}  // namespace rocketmq
