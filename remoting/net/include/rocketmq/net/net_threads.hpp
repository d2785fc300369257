#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace rocketmq::remoting {

class Reactor;

struct NetThreadsOptions {
  std::string thread_name_prefix = "net-client";
  std::size_t threads_max = 1;
  /// How long the clients' connections may be idle, as far as looking for idle ones depends on it.
  std::chrono::milliseconds idle_timeout{120'000};
  /// As ClientOptions::callbacks_ran, for all clients.
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

 private:
  friend class Client;
  struct Thread {
    std::shared_ptr<Reactor> reactor;
    std::size_t clients = 0;
  };
  std::shared_ptr<Reactor> take();
  void give_back(const std::shared_ptr<Reactor>& reactor);

  const NetThreadsOptions options_;
  std::mutex mutex_;
  std::vector<Thread> threads_;  // guarded by mutex_
};

}  // namespace rocketmq::remoting
