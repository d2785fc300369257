#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace rocketmq::client {

/// Work for the consume pool that consists of pieces which several threads may run at the same
/// time.
class ConsumeWork {
 public:
  virtual ~ConsumeWork() = default;
  /// Claims the next piece for the calling thread; nothing when none was left. Does not wait.
  virtual std::optional<std::size_t> claim() = 0;
  /// Runs a piece that was claimed. Must not throw.
  virtual void run(std::size_t piece) = 0;
  /// False when every piece is claimed.
  virtual bool has_more() const = 0;
};

/// Work that is one piece.
class OneCall final : public ConsumeWork {
 public:
  explicit OneCall(std::function<void()> call) : call_(std::move(call)) {}
  bool has_more() const override { return !is_claimed_.load(std::memory_order_relaxed); }
  std::optional<std::size_t> claim() override {
    if (is_claimed_.exchange(true)) return std::nullopt;
    return 0;
  }
  void run(std::size_t) override { call_(); }

 private:
  const std::function<void()> call_;
  std::atomic<bool> is_claimed_{false};
};

/// The threads that call listeners. Work stays in the queue until its last piece is claimed, so
/// that a piece which takes long holds up no other one. Waking a thread costs more than many a
/// piece: one is woken at a time, and only while something waits that is unclaimed. The
/// queue's length is bounded by the pull loop's flow control.
class ConsumePool {
 public:
  ConsumePool(std::string thread_name, int threads);
  ~ConsumePool() { stop(); }
  ConsumePool(const ConsumePool&) = delete;
  ConsumePool& operator=(const ConsumePool&) = delete;

  void start();
  /// Lets this many threads, at least one, take work; surplus ones finish their piece
  /// first. Any thread; nothing once the pool is stopping.
  void resize(int threads);
  /// Any thread; dropped when the pool is stopping.
  void post(std::shared_ptr<ConsumeWork> work);
  /// Lets no further piece begin and drops what waits. Any thread.
  void stop_taking();
  /// Waits until no piece runs; 0 waits as long as it takes. False when the time was over before.
  /// Not on a pool thread.
  bool wait_until_idle(std::chrono::milliseconds timeout);
  /// stop_taking(), and joins the threads. Idempotent; not on a pool thread.
  void stop();

  bool runs_this_thread() const;
  int threads() const { return thread_count_.load(std::memory_order_relaxed); }

 private:
  struct Claimed {
    std::shared_ptr<ConsumeWork> work;
    std::size_t piece = 0;
  };
  void add_threads();            // under mutex_
  bool begin_wake();             // under mutex_
  bool claim(Claimed& claimed);  // under mutex_
  void run(int index);
  /// No work once the pool is stopping.
  Claimed take(int index, std::unique_lock<std::mutex>& lock);

  const std::string thread_name_;
  std::mutex mutex_;
  std::condition_variable resized_;
  std::condition_variable wake_;
  std::condition_variable idle_changed_;
  std::deque<std::shared_ptr<ConsumeWork>> waiting_;  // guarded by mutex_
  std::atomic<bool> stopping_{false};                 // written under mutex_
  std::atomic<int> thread_count_;                     // written under mutex_
  int idle_ = 0;                                      // guarded by mutex_
  bool is_waking_ = false;                            // guarded by mutex_; an idle one is called
  int busy_ = 0;                                      // guarded by mutex_
  // Those behind thread_count_ take no work. Guarded by mutex_ until the pool is stopping.
  std::vector<std::thread> threads_;
};

}  // namespace rocketmq::client
