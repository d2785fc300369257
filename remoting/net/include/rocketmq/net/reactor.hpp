#pragma once

#include <sys/types.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "rocketmq/common/result.hpp"
#include "rocketmq/common/unique_function.hpp"
#include "rocketmq/net/buffer_pool.hpp"
#include "rocketmq/net/deadline_queue.hpp"
#include "rocketmq/net/reactor_member.hpp"
#include "rocketmq/net/request_batch.hpp"
#include "rocketmq/net/turn_queue.hpp"
#include "rocketmq/net/wait_mark.hpp"

namespace rocketmq::net {

/// The interval at which sessions are searched for idle ones: none lives an eighth longer than
/// allowed.
std::chrono::milliseconds idle_scan_period(std::chrono::milliseconds idle_timeout);

/// What one I/O thread does: the sessions that live on it.
///
/// It has one thread at a time, its own from start() or one of ReactorThreads, where it may change
/// while its batch waits for a disk.
///
/// Runs on: post() and wake() on any thread (mutex_); start(), stop() and join() on the owner's;
/// everything else on the reactor's thread. Sessions keep their reactor alive, so that a
/// response that comes after the end finds one that refuses instead of a dangling reference.
class Reactor final : public BatchReactor {
 public:
  /// Bytes that one read takes at most; the buffer is shared by all sessions of the reactor.
  static constexpr std::size_t receive_bytes = 256 * 1024;

  explicit Reactor(std::string thread_name);
  ~Reactor();
  Reactor(const Reactor&) = delete;
  Reactor& operator=(const Reactor&) = delete;

  void start();
  /// Runs the reactor on the calling thread. True when the reactor has ended; false when another
  /// thread continues it.
  bool run();
  const std::string& thread_name() const { return thread_name_; }
  /// The kernel's number of the thread that runs it. Any thread.
  pid_t thread_id() const { return thread_id_.load(std::memory_order_relaxed); }
  /// Lets every session send what it has for `grace`, failing requests under way with `error`,
  /// then ends the thread.
  void stop(Error error, std::chrono::milliseconds grace);
  /// Waits for the thread; after it nothing runs here any more.
  void join();

  /// The reactor whose thread is calling, or nullptr.
  static Reactor* current();
  bool in_this_thread() const { return current() == this; }

  // BatchReactor
  Wait begin_wait() override;
  bool end_wait(Wait wait) override { return wait_mark_.end(wait); }
  WaitMark& wait_mark() { return wait_mark_; }
  /// Has `observer` told of each wait of the batch. Before run().
  void observe_waits(WaitObserver& observer) { wait_observer_ = &observer; }

  /// Runs `task` on the reactor's thread. False after its end: the task is left with the caller.
  bool post(UniqueFunction<void()>& task) override;
  bool post(UniqueFunction<void()>&& task) { return post(task); }
  /// Has ReactorMember::on_wake() called. Many calls before the reactor gets to them cost one
  /// wake-up. False after its end.
  bool wake(std::shared_ptr<ReactorMember> member);

  DeadlineQueue& deadlines() { return deadlines_; }
  BufferPool& buffers() { return buffers_; }
  bool is_stopping() const { return stop_error_.has_value(); }

  /// Who uses it while members may close works on a copy.
  const std::vector<std::shared_ptr<ReactorMember>>& members() const { return members_; }
  void add(std::shared_ptr<ReactorMember> member);
  void remove(ReactorMember& member);
  /// Has ReactorMember::on_turn_end() called at the end of the current turn. A member asks once a
  /// turn.
  void flush_later(std::shared_ptr<ReactorMember> member);
  /// Has ReactorMember::take_turn() called behind what is ready and behind those that have asked
  /// before. A member asks again only after the call.
  void take_turn_later(std::shared_ptr<ReactorMember> member);
  /// Whether members wait for a turn that they have asked for.
  bool has_turns_waiting() const { return !turns_.empty(); }
  /// Calls `handler` at the end of every turn, before the output leaves. Called before start().
  void on_turn_end(std::function<void()> handler) { turn_ended_ = std::move(handler); }
  /// Has what requests leave in `batch` finished after each piece of work. Called before start().
  void use_batch(std::unique_ptr<RequestBatch> batch) { batch_ = std::move(batch); }
  RequestBatch* batch() { return batch_.get(); }
  /// Searches for idle members at this interval; 0 never. Called before start().
  void scan_idle_every(std::chrono::milliseconds period) { scan_period_ = period; }

  char* receive_buffer() { return receive_buffer_.get(); }
  /// When the current turn began.
  SteadyTime now() const { return now_; }

  struct Io;
  /// For the transports and the acceptor.
  Io& io() { return *io_; }

  /// One stretch of work on the reactor's thread. What it makes sessions send leaves when it ends,
  /// all together.
  class Turn {
   public:
    explicit Turn(Reactor& reactor);
    ~Turn();
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

   private:
    Reactor& reactor_;
  };

 private:
  bool run_one();
  bool commit_batch();
  bool has_open_requests() const;
  void wind_down_when_finished();
  void end();
  void request_drain();
  void drain();
  void flush_dirty();
  void request_round();
  void run_round();
  void arm_deadline_timer(SteadyTime at);
  void scan_idle();
  void begin_stop(Error error, std::chrono::milliseconds grace);
  void wind_down();
  void end_if_done();

  const std::string thread_name_;
  std::chrono::milliseconds scan_period_{0};
  std::function<void()> turn_ended_;
  const std::unique_ptr<Io> io_;
  std::thread thread_;
  std::atomic<pid_t> thread_id_{0};
  WaitMark wait_mark_;
  WaitObserver* wait_observer_ = nullptr;

  mutable std::mutex mutex_;
  std::vector<UniqueFunction<void()>> tasks_;          // guarded by mutex_
  std::vector<std::shared_ptr<ReactorMember>> woken_;  // guarded by mutex_
  bool drain_requested_ = false;                       // guarded by mutex_
  bool has_ended_ = false;                             // guarded by mutex_

  // Owned by the reactor's thread.
  std::unique_ptr<RequestBatch> batch_;
  DeadlineQueue deadlines_;
  BufferPool buffers_;
  std::unique_ptr<char[]> receive_buffer_;
  std::vector<std::shared_ptr<ReactorMember>> members_;
  std::vector<std::shared_ptr<ReactorMember>> dirty_;
  TurnQueue turns_;
  std::vector<UniqueFunction<void()>> running_tasks_;
  std::vector<std::shared_ptr<ReactorMember>> running_woken_;
  std::optional<Error> stop_error_;
  std::chrono::milliseconds stop_grace_{0};
  bool has_begun_ = false;
  bool is_winding_down_ = false;
  SteadyTime now_;
  int turn_depth_ = 0;
  bool is_round_posted_ = false;
};

}  // namespace rocketmq::net
