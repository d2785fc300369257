#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "asio.hpp"
#include "buffer_pool.hpp"
#include "deadline_queue.hpp"
#include "rocketmq/common/result.hpp"
#include "rocketmq/common/unique_function.hpp"
#include "rocketmq/net/request_batch.hpp"
#include "rocketmq/protocol/remoting_command.hpp"

namespace rocketmq::remoting {

class Connection;

/// How often connections are looked through for idle ones: often enough that none lives an eighth
/// longer than allowed.
std::chrono::milliseconds idle_scan_period(std::chrono::milliseconds idle_timeout);

/// One I/O thread with its io_context and the connections that live on it.
///
/// Runs on: post() and wake() on any thread (mutex_); start(), stop() and join() on the owner's;
/// everything else on the reactor's own thread. Connections keep their reactor alive, so that a
/// reply that comes after the end finds one that refuses instead of a dangling reference.
class Reactor final : public BatchReactor {
 public:
  /// Bytes that one read takes at most; the buffer is shared by all connections of the reactor.
  static constexpr std::size_t receive_bytes = 256 * 1024;

  explicit Reactor(std::string thread_name);
  ~Reactor();
  Reactor(const Reactor&) = delete;
  Reactor& operator=(const Reactor&) = delete;

  void start();
  /// Lets every connection send what it has for `grace`, failing requests under way with `error`,
  /// then ends the thread.
  void stop(Error error, std::chrono::milliseconds grace);
  /// Waits for the thread; after it nothing runs here any more.
  void join();

  /// The reactor whose thread is calling, or nullptr.
  static Reactor* current();
  bool in_this_thread() const { return current() == this; }

  /// Runs `task` on the reactor's thread. False after its end: the task is left with the caller.
  bool post(UniqueFunction<void()>& task) override;
  bool post(UniqueFunction<void()>&& task) { return post(task); }
  /// Has Connection::on_wake() called. Many calls before the reactor gets to them cost one wake-up.
  /// False after its end.
  bool wake(std::shared_ptr<Connection> connection);

  asio::io_context& context() { return context_; }
  DeadlineQueue& deadlines() { return deadlines_; }
  BufferPool& buffers() { return buffers_; }
  std::size_t connection_count() const { return connection_count_.load(std::memory_order_relaxed); }
  bool is_stopping() const { return stop_error_.has_value(); }

  /// On the reactor's thread. A copy, where connections may close meanwhile.
  const std::vector<std::shared_ptr<Connection>>& connections() const { return connections_; }
  void add(std::shared_ptr<Connection> connection);
  void remove(Connection& connection);
  /// Has Connection::flush() called once at the end of the current turn.
  void flush_later(std::shared_ptr<Connection> connection);
  /// Calls `handler` at the end of every turn, before the output leaves. Called before start().
  void on_turn_end(std::function<void()> handler) { turn_ended_ = std::move(handler); }
  /// Has what requests leave in `batch` finished after each piece of work. Called before start().
  void use_batch(std::unique_ptr<RequestBatch> batch) { batch_ = std::move(batch); }
  RequestBatch* batch() { return batch_.get(); }
  /// Looks for idle connections so often; 0 never. Called before start().
  void scan_idle_every(std::chrono::milliseconds period) { scan_period_ = period; }

  char* receive_buffer() { return receive_buffer_.get(); }
  /// The request or response being decoded: one object, so that its buffers are used again and
  /// again.
  RemotingCommand& command() { return *command_; }
  /// The same as callbacks get it; those that do not move from it leave its buffers here.
  Result<RemotingCommand>& response() { return command_; }
  /// When the current turn began.
  SteadyTime now() const { return now_; }

  /// One stretch of work on the reactor's thread. What it makes connections send leaves when it
  /// ends, all at once.
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
  void run();
  bool run_one();
  void commit_batch();
  void request_drain();
  void drain();
  void flush_dirty();
  void scan_idle();
  void begin_stop(Error error, std::chrono::milliseconds grace);
  void end_if_done();

  const std::string thread_name_;
  std::chrono::milliseconds scan_period_{0};
  std::function<void()> turn_ended_;
  asio::io_context context_;
  asio::executor_work_guard<asio::io_context::executor_type> work_;
  std::thread thread_;
  std::atomic<std::size_t> connection_count_{0};

  mutable std::mutex mutex_;
  std::vector<UniqueFunction<void()>> tasks_;       // guarded by mutex_
  std::vector<std::shared_ptr<Connection>> woken_;  // guarded by mutex_
  bool drain_requested_ = false;                    // guarded by mutex_
  bool has_ended_ = false;                          // guarded by mutex_

  // Owned by the reactor's thread.
  std::unique_ptr<RequestBatch> batch_;
  DeadlineQueue deadlines_;
  SteadyTimer scan_timer_;
  SteadyTimer grace_timer_;
  BufferPool buffers_;
  std::unique_ptr<char[]> receive_buffer_;
  Result<RemotingCommand> command_ = RemotingCommand();
  std::vector<std::shared_ptr<Connection>> connections_;
  std::vector<std::shared_ptr<Connection>> dirty_;
  std::vector<UniqueFunction<void()>> running_tasks_;
  std::vector<std::shared_ptr<Connection>> running_woken_;
  std::optional<Error> stop_error_;
  SteadyTime now_;
  int turn_depth_ = 0;
};

}  // namespace rocketmq::remoting
