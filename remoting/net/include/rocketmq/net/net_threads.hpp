#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace rocketmq::net {

class Reactor;

struct NetThreadsOptions {
  std::string thread_name_prefix = "net-client";
  std::size_t threads_max = 1;
  /// How long the clients' connections may be idle, as far as looking for idle ones depends on it.
  std::chrono::milliseconds idle_timeout{120'000};
  /// Called on an I/O thread after it has run some callbacks, before it waits again. Must not
  /// throw.
  std::function<void()> callbacks_ran;
};

/// I/O threads that several clients share. One is made when a client comes and each has one
/// already, up to a bound; a client stays on its thread. Any thread.
class NetThreads {
 public:
  explicit NetThreads(NetThreadsOptions options);
  ~NetThreads();
  NetThreads(const NetThreads&) = delete;
  NetThreads& operator=(const NetThreads&) = delete;

  /// After the shutdown() of all clients. Joins the threads. Idempotent; not on one of them.
  void stop();

  /// The thread of a new client, which gives it back when it ends.
  std::shared_ptr<Reactor> take();
  void give_back(const std::shared_ptr<Reactor>& reactor);
  const NetThreadsOptions& options() const { return options_; }

 private:
  struct Thread {
    std::shared_ptr<Reactor> reactor;
    std::size_t clients = 0;
  };

  const NetThreadsOptions options_;
  std::mutex mutex_;
  std::vector<Thread> threads_;  // guarded by mutex_
};

}  // namespace rocketmq::net
