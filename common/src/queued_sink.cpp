#include "queued_sink.hpp"

#include <spdlog/details/log_msg.h>
#include <spdlog/pattern_formatter.h>

#include <cstdio>
#include <exception>
#include <utility>

#include "rocketmq/common/thread_name.hpp"

namespace rocketmq {
namespace {

/// A disk that holds the log longer than this holds neither a stop nor the report of a fatal error.
constexpr std::chrono::seconds flush_wait_max{5};

/// An output that throws has lost the lines like one that says so.
Result<void> write_caught(LogOutput& output, const std::vector<std::string>& lines) {
  try {
    return output.write(lines);
  } catch (const std::exception& failure) {
    return Error{ResponseCode::SystemError, failure.what()};
  }
}

}  // namespace

std::string QueuedSink::State::line(const spdlog::details::log_msg& message) {
  spdlog::memory_buf_t text;
  formatter->format(message, text);
  return {text.data(), text.size()};
}

std::string QueuedSink::State::own_line(const std::string& text) {
  return line(spdlog::details::log_msg("log", spdlog::level::warn, text));
}

void QueuedSink::State::run() {
  std::vector<std::string> lines;
  std::uint64_t lost = 0;  // since the output last worked
  std::unique_lock lock(mutex);
  for (;;) {
    wake.wait(lock, [this] { return stopping || !queue.empty(); });
    if (queue.empty()) break;
    lines.clear();
    lines.swap(queue);
    const std::uint64_t taken = lines.size();
    const std::size_t taken_bytes = held_bytes;
    const std::uint64_t dropped_before = std::exchange(dropped, 0);
    if (dropped_before > 0) {
      lines.push_back(own_line(std::to_string(dropped_before) +
                               " lines were dropped: the log was not written fast enough"));
    }
    lock.unlock();

    const auto done = write_caught(*output, lines);
    if (!done && lost == 0)
      std::fprintf(stderr, "the log is lost until it can be written: %s\n",
                   done.error().remark.c_str());

    lock.lock();
    if (!done) {
      lost += taken + dropped_before;
    } else if (lost > 0) {
      queue.push_back(own_line(std::to_string(lost) + " lines could not be written before"));
      held_bytes += queue.back().size();
      accepted.fetch_add(1, std::memory_order_relaxed);
      lost = 0;
    }
    held_bytes -= taken_bytes;
    written.fetch_add(taken, std::memory_order_release);
    drained.notify_all();
  }
  ended = true;
  drained.notify_all();
}

QueuedSink::QueuedSink(std::unique_ptr<LogOutput> output,
                       std::unique_ptr<spdlog::formatter> formatter, std::size_t queued_bytes_max)
    : state_(std::make_shared<State>(std::move(output), std::move(formatter), queued_bytes_max)) {
  thread_ = named_thread("log", [state = state_] { state->run(); });
}

QueuedSink::~QueuedSink() {
  bool ended = false;
  {
    std::unique_lock lock(state_->mutex);
    state_->stopping = true;
    state_->wake.notify_one();
    ended = state_->drained.wait_for(lock, flush_wait_max, [this] { return state_->ended; });
  }
  if (ended) {
    thread_.join();
  } else {
    thread_.detach();
  }
}

void QueuedSink::log(const spdlog::details::log_msg& message) {
  {
    const std::lock_guard lock(state_->mutex);
    if (state_->held_bytes >= state_->queued_bytes_max) {
      ++state_->dropped;
      return;
    }
    state_->queue.push_back(state_->line(message));
    state_->held_bytes += state_->queue.back().size();
    state_->accepted.fetch_add(1, std::memory_order_relaxed);
  }
  state_->wake.notify_one();
}

void QueuedSink::flush() {
  // The thread itself cannot wait for its own work.
  if (std::this_thread::get_id() == thread_.get_id()) return;
  std::unique_lock lock(state_->mutex);
  const std::uint64_t wanted = state_->accepted.load(std::memory_order_relaxed);
  state_->drained.wait_for(lock, flush_wait_max, [&] {
    return state_->written.load(std::memory_order_relaxed) >= wanted;
  });
}

void QueuedSink::set_pattern(const std::string& pattern) {
  set_formatter(std::make_unique<spdlog::pattern_formatter>(pattern));
}

void QueuedSink::set_formatter(std::unique_ptr<spdlog::formatter> formatter) {
  const std::lock_guard lock(state_->mutex);
  state_->formatter = std::move(formatter);
}

bool QueuedSink::is_drained() const {
  return state_->written.load(std::memory_order_acquire) ==
         state_->accepted.load(std::memory_order_relaxed);
}

}  // namespace rocketmq
