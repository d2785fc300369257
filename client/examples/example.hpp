#pragma once

#include <rocketmq/ClientConfig.h>
#include <signal.h>

#include <cstdlib>

/// What the examples share.
namespace example {

/// The first argument, else NAMESRV_ADDR, else this machine.
inline void use_name_servers(rocketmq::ClientConfig& client, int argc, char** argv) {
  if (argc > 1) {
    client.setNamesrvAddr(argv[1]);
  } else if (std::getenv("NAMESRV_ADDR") == nullptr) {
    client.setNamesrvAddr("127.0.0.1:9876");
  }
}

/// Lets a program run until Ctrl-C or SIGTERM. Made before any thread is, so that no thread gets
/// the signals.
class StopSignal {
 public:
  StopSignal() {
    sigemptyset(&signals_);
    sigaddset(&signals_, SIGINT);
    sigaddset(&signals_, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
  }
  void wait() const {
    int signal = 0;
    sigwait(&signals_, &signal);
  }
  bool has_come() const {
    const timespec at_once{};
    return sigtimedwait(&signals_, nullptr, &at_once) > 0;
  }

 private:
  sigset_t signals_{};
};

}  // namespace example
