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
};

/// A sink that only queues: the thread `log` hands the lines to an output, so that no caller waits
/// for a disk. Lines are made on the caller's thread, whose name they carry.
///
/// Bounded: `queued_bytes_max`; a line beyond that is dropped, and the next one that is written is
/// preceded by the number of those that were. Runs on: log() and flush() on any thread (mutex_);
/// flush() waits.
class QueuedSink final : public spdlog::sinks::sink {
 public:
  QueuedSink(std::unique_ptr<LogOutput> output, std::unique_ptr<spdlog::formatter> formatter,
             std::size_t queued_bytes_max);
  /// Waits for the queue as flush() does. A thread that a disk still holds then is left behind.
  ~QueuedSink() override;
  QueuedSink(const QueuedSink&) = delete;
  QueuedSink& operator=(const QueuedSink&) = delete;

  void log(const spdlog::details::log_msg& message) override;
  /// Waits until what was logged before is written, 5 s at most.
  void flush() override;
  void set_pattern(const std::string& pattern) override;
  void set_formatter(std::unique_ptr<spdlog::formatter> formatter) override;

  /// True when everything that was logged has been written. Takes no lock: a signal handler may
  /// ask.
  bool is_drained() const;

 private:
  /// Shared with the thread, which may outlive the sink.
  struct State {
    const std::unique_ptr<LogOutput> output;
    const std::size_t queued_bytes_max;
    std::atomic<std::uint64_t> accepted{0};  // lines; written under mutex
    std::atomic<std::uint64_t> written{0};   // lines, lost ones among them; written under mutex

    std::mutex mutex;
    std::condition_variable wake;                  // for the thread
    std::condition_variable drained;               // for flush()
    std::unique_ptr<spdlog::formatter> formatter;  // guarded by mutex
    std::vector<std::string> queue;                // guarded by mutex
    std::size_t held_bytes = 0;                    // guarded by mutex; queued or being written
    std::uint64_t dropped = 0;                     // guarded by mutex
    bool stopping = false;                         // guarded by mutex
    bool ended = false;                            // guarded by mutex

    State(std::unique_ptr<LogOutput> output_in, std::unique_ptr<spdlog::formatter> formatter_in,
          std::size_t queued_bytes_max_in)
        : output(std::move(output_in)),
          queued_bytes_max(queued_bytes_max_in),
          formatter(std::move(formatter_in)) {}
    /// Under mutex.
    std::string line(const spdlog::details::log_msg& message);
    std::string own_line(const std::string& text);
    void run();
  };

  const std::shared_ptr<State> state_;
  std::thread thread_;
};

}  // namespace rocketmq
