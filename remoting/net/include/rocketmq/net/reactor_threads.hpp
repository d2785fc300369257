#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "rocketmq/net/reactor.hpp"

namespace rocketmq::net {

/// The threads of reactors whose batches may wait for a disk: one for each reactor and a spare one.
///
/// The spare thread watches the others. When one of them has been in a batch's commit for longer
/// than `patience`, and sleeps there instead of waiting for a processor, the spare one continues
/// its reactor, whose other connections have waited for no longer than that. The one that waited
/// becomes the spare one when the disk releases it. While a thread is away the others are not
/// watched: the batches see to it that no second one waits at the same time.
///
/// Runs on: start(), join() on the owner's thread; the rest on the threads it has made.
class ReactorThreads final : private WaitObserver {
 public:
  /// The spare thread is "<prefix>-spare".
  ReactorThreads(std::string prefix, std::vector<std::shared_ptr<Reactor>> reactors);
  ~ReactorThreads();
  ReactorThreads(const ReactorThreads&) = delete;
  ReactorThreads& operator=(const ReactorThreads&) = delete;

  void start();
  /// Waits until all reactors have ended, which they were told to, and their threads as well.
  void join();

 private:
  /// How long a thread may wait before another takes its place: twice this at most.
  static constexpr std::chrono::milliseconds patience{5};
  /// Looks without a sign of work, after which the spare thread sleeps until there is one.
  static constexpr int quiet_looks_max = 20;

  void serve(Reactor* reactor);
  Reactor* stand_by();
  void begins_to_wait() override;

  const std::string prefix_;
  const std::vector<std::shared_ptr<Reactor>> reactors_;
  std::vector<std::thread> threads_;
  std::atomic<bool> is_asleep_{false};
  std::mutex mutex_;
  std::condition_variable wake_;
  std::size_t running_ = 0;  // guarded by mutex_; reactors that have not ended
};

}  // namespace rocketmq::net
