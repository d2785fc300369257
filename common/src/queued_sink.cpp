#include "queued_sink.hpp"

#include <spdlog/details/log_msg.h>
#include <spdlog/pattern_formatter.h>

#include <algorithm>
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

std::string LogThread::Channel::line(const spdlog::details::log_msg& message) const {
  spdlog::memory_buf_t text;
  formatter->format(message, text);
  return {text.data(), text.size()};
}

std::string LogThread::Channel::own_line(const std::string& text) const {
  return line(spdlog::details::log_msg("log", spdlog::level::warn, text));
}

bool LogThread::State::has_work() const {
  return wants_reopening || std::any_of(channels.begin(), channels.end(), [](const auto& channel) {
           return !channel->queue.empty();
         });
}

bool LogThread::State::is_full_for(const Channel& channel) const {
  return held_bytes >= queued_bytes_max ||
         (channels.size() > 1 && channel.held_bytes >= queued_bytes_max / 2);
}

void LogThread::State::queue(Channel& channel, std::string line) {
  channel.held_bytes += line.size();
  held_bytes += line.size();
  channel.queue.push_back(std::move(line));
  accepted.fetch_add(1, std::memory_order_relaxed);
}

void LogThread::State::run() {
  std::unique_lock lock(mutex);
  for (;;) {
    wake.wait(lock, [this] { return stopping || has_work(); });
    if (!has_work()) break;
    if (wants_reopening) reopen_all(lock);
    // By number: what is added meanwhile comes behind.
    for (std::size_t k = 0; k < channels.size(); ++k) {
      if (!channels[k]->queue.empty()) write(*channels[k], lock);
    }
  }
  ended = true;
  drained.notify_all();
}

void LogThread::State::reopen_all(std::unique_lock<std::mutex>& lock) {
  for (std::size_t k = 0; k < channels.size(); ++k) {
    LogOutput& output = *channels[k]->output;
    lock.unlock();
    output.reopen();
    lock.lock();
  }
  wants_reopening = false;
  drained.notify_all();
}

void LogThread::State::write(Channel& channel, std::unique_lock<std::mutex>& lock) {
  std::vector<std::string> lines;
  lines.swap(channel.queue);
  const std::uint64_t taken = lines.size();
  const std::size_t taken_bytes = channel.held_bytes;
  const std::uint64_t dropped_before = std::exchange(channel.dropped, 0);
  if (dropped_before > 0) {
    lines.push_back(channel.own_line(std::to_string(dropped_before) +
                                     " lines were dropped: the log was not written fast enough"));
  }
  lock.unlock();

  const auto done = write_caught(*channel.output, lines);
  if (!done && channel.lost == 0)
    std::fprintf(stderr, "the log is lost until it can be written: %s\n",
                 done.error().remark.c_str());

  lock.lock();
  if (!done) {
    channel.lost += taken + dropped_before;
  } else if (channel.lost > 0) {
    queue(channel,
          channel.own_line(std::to_string(channel.lost) + " lines could not be written before"));
    channel.lost = 0;
  }
  channel.held_bytes -= taken_bytes;
  held_bytes -= taken_bytes;
  written.fetch_add(taken, std::memory_order_release);
  drained.notify_all();
}

LogThread::LogThread(std::size_t queued_bytes_max)
    : state_(std::make_shared<State>(queued_bytes_max)) {
  thread_ = named_thread("log", [state = state_] { state->run(); });
}

LogThread::~LogThread() {
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

std::size_t LogThread::add(std::unique_ptr<LogOutput> output,
                           std::unique_ptr<spdlog::formatter> formatter) {
  auto channel = std::make_unique<Channel>();
  channel->output = std::move(output);
  channel->formatter = std::move(formatter);
  const std::lock_guard lock(state_->mutex);
  state_->channels.push_back(std::move(channel));
  return state_->channels.size() - 1;
}

void LogThread::log(std::size_t output, const spdlog::details::log_msg& message) {
  {
    const std::lock_guard lock(state_->mutex);
    Channel& channel = *state_->channels[output];
    if (state_->is_full_for(channel)) {
      ++channel.dropped;
      return;
    }
    state_->queue(channel, channel.line(message));
  }
  state_->wake.notify_one();
}

void LogThread::set_formatter(std::size_t output, std::unique_ptr<spdlog::formatter> formatter) {
  const std::lock_guard lock(state_->mutex);
  state_->channels[output]->formatter = std::move(formatter);
}

void LogThread::flush() {
  // The thread itself cannot wait for its own work.
  if (std::this_thread::get_id() == thread_.get_id()) return;
  std::unique_lock lock(state_->mutex);
  const std::uint64_t wanted = state_->accepted.load(std::memory_order_relaxed);
  state_->drained.wait_for(lock, flush_wait_max, [&] {
    return state_->written.load(std::memory_order_relaxed) >= wanted && !state_->wants_reopening;
  });
}

void LogThread::reopen() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->wants_reopening = true;
  }
  state_->wake.notify_one();
}

bool LogThread::is_drained() const {
  return state_->written.load(std::memory_order_acquire) ==
         state_->accepted.load(std::memory_order_relaxed);
}

QueuedSink::QueuedSink(std::shared_ptr<LogThread> thread, std::unique_ptr<LogOutput> output,
                       std::unique_ptr<spdlog::formatter> formatter)
    : thread_(std::move(thread)), output_(thread_->add(std::move(output), std::move(formatter))) {}

QueuedSink::QueuedSink(std::unique_ptr<LogOutput> output,
                       std::unique_ptr<spdlog::formatter> formatter, std::size_t queued_bytes_max)
    : QueuedSink(std::make_shared<LogThread>(queued_bytes_max), std::move(output),
                 std::move(formatter)) {}

void QueuedSink::log(const spdlog::details::log_msg& message) { thread_->log(output_, message); }

void QueuedSink::set_pattern(const std::string& pattern) {
  set_formatter(std::make_unique<spdlog::pattern_formatter>(pattern));
}

void QueuedSink::set_formatter(std::unique_ptr<spdlog::formatter> formatter) {
  thread_->set_formatter(output_, std::move(formatter));
}

}  // namespace rocketmq
