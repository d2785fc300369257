#pragma once

#include <spdlog/formatter.h>
#include <spdlog/sinks/sink.h>

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

#include "rocketmq/common/result.hpp"

namespace rocketmq {

/// Where lines of the log leave the process. Used by one thread at a time; may wait for a disk.
class LogOutput {
 public:
  virtual ~LogOutput() = default;
  /// Writes whole lines, in order. Error: the reason why they are lost, all or some of them.
  virtual Result<void> write(const std::vector<std::string>& lines) = 0;
  /// Opens the file again: what was renamed or removed is left.
  virtual void reopen() {}
};

/// The thread `log`, which hands lines to their outputs, so that no caller waits for a disk.
/// Several sinks may share one. Bounded: of `queued_bytes_max` bytes of lines that wait or are
/// being written, and of those of one output by half of that when there are several, so that a
/// flood in one file leaves room for the others. A line beyond that is dropped, and the next one of
/// its output that is written is preceded by the number of those that were. Runs on: any thread
/// (mutex_); flush() waits.
class LogThread {
 public:
  explicit LogThread(std::size_t queued_bytes_max);
  /// Waits for the queue as flush() does. A thread that a disk still holds then is left behind.
  ~LogThread();
  LogThread(const LogThread&) = delete;
  LogThread& operator=(const LogThread&) = delete;

  /// Returns the number by which log() names the output.
  std::size_t add(std::unique_ptr<LogOutput> output, std::unique_ptr<spdlog::formatter> formatter);
  /// The line is made on the caller's thread, whose name it carries.
  void log(std::size_t output, const spdlog::details::log_msg& message);
  void set_formatter(std::size_t output, std::unique_ptr<spdlog::formatter> formatter);
  /// Waits until what was logged before is written, 5 s at most.
  void flush();
  /// Has all outputs opened again before the next line, soon.
  void reopen();
  /// True when everything that was logged has been written. Takes no lock: a signal handler may
  /// ask.
  bool is_drained() const;

 private:
  struct Channel {
    std::unique_ptr<LogOutput> output;             // used by the thread
    std::unique_ptr<spdlog::formatter> formatter;  // guarded by mutex
    std::vector<std::string> queue;                // guarded by mutex
    std::size_t held_bytes = 0;                    // guarded by mutex; queued or being written
    std::uint64_t dropped = 0;                     // guarded by mutex
    std::uint64_t lost = 0;                        // of the thread: since the output last worked

    /// Under mutex.
    std::string line(const spdlog::details::log_msg& message) const;
    std::string own_line(const std::string& text) const;
  };
  /// Shared with the thread, which may outlive the object.
  struct State {
    explicit State(std::size_t queued_bytes_max_in) : queued_bytes_max(queued_bytes_max_in) {}

    const std::size_t queued_bytes_max;
    std::atomic<std::uint64_t> accepted{0};  // lines; written under mutex
    std::atomic<std::uint64_t> written{0};   // lines, lost ones among them; written under mutex

    std::mutex mutex;
    std::condition_variable wake;                    // for the thread
    std::condition_variable drained;                 // for flush()
    std::vector<std::unique_ptr<Channel>> channels;  // guarded by mutex
    std::size_t held_bytes = 0;                      // guarded by mutex; of all channels
    bool wants_reopening = false;                    // guarded by mutex
    bool stopping = false;                           // guarded by mutex
    bool ended = false;                              // guarded by mutex

    bool has_work() const;                           // under mutex
    bool is_full_for(const Channel& channel) const;  // under mutex
    void queue(Channel& channel, std::string line);  // under mutex
    void run();
    /// Writes what waits for one output; `lock` is released meanwhile.
    void write(Channel& channel, std::unique_lock<std::mutex>& lock);
    void reopen_all(std::unique_lock<std::mutex>& lock);
  };

  const std::shared_ptr<State> state_;
  std::thread thread_;
};

/// A sink that only queues, for one output of a LogThread.
class QueuedSink final : public spdlog::sinks::sink {
 public:
  QueuedSink(std::shared_ptr<LogThread> thread, std::unique_ptr<LogOutput> output,
             std::unique_ptr<spdlog::formatter> formatter);
  /// With a thread of its own.
  QueuedSink(std::unique_ptr<LogOutput> output, std::unique_ptr<spdlog::formatter> formatter,
             std::size_t queued_bytes_max);

  void log(const spdlog::details::log_msg& message) override;
  void flush() override { thread_->flush(); }
  void set_pattern(const std::string& pattern) override;
  void set_formatter(std::unique_ptr<spdlog::formatter> formatter) override;
  bool is_drained() const { return thread_->is_drained(); }

 private:
  const std::shared_ptr<LogThread> thread_;
  const std::size_t output_;
};

}  // namespace rocketmq
