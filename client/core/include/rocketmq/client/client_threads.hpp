#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <thread>

#include "rocketmq/client/callback_executor.hpp"
#include "rocketmq/common/shared_pool.hpp"
#include "rocketmq/common/timer_thread.hpp"
#include "rocketmq/net/net_threads.hpp"

namespace rocketmq::client {

/// The threads that all client instances of a process share. An instance has an I/O thread for
/// itself as long as there are few of them.
class ClientThreads {
 public:
  ClientThreads()
      : network_({.thread_name_prefix = "rmq-net",
                  .threads_max = std::clamp<std::size_t>(std::thread::hardware_concurrency(), 1,
                                                         net_threads_max),
                  .callbacks_ran = [] { CallbackExecutor::post_gathered(); }}) {}

  net::NetThreads& network() { return network_; }
  TimerThread& timer() { return timer_; }
  SharedPool& work() { return work_pool_; }
  SharedPool& callbacks() { return callback_pool_; }
  /// After all instances have stopped: joins the threads. Idempotent; not on one of them.
  void stop() {
    network_.stop();
    timer_.stop();
    work_pool_.stop();
    callback_pool_.stop();
  }

 private:
  static constexpr std::size_t net_threads_max = 4;
  /// Each may be waiting for servers that do not reply.
  static constexpr std::size_t work_threads_max = 16;
  /// Bounded by what the clients set (clientCallbackExecutorThreads); no process has more.
  static constexpr std::size_t callback_threads_max = 1024;

  SharedPool work_pool_{"rmq-work", work_threads_max};
  SharedPool callback_pool_{"rmq-callback", callback_threads_max};
  TimerThread timer_{"rmq-timer", {&work_pool_, &callback_pool_}};
  net::NetThreads network_;
};

}  // namespace rocketmq::client
