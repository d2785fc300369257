#include "dispatch_service.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>

#include "rocketmq/common/shared_log.hpp"
#include "rocketmq/common/thread_name.hpp"

namespace rocketmq::store {
namespace {

using namespace std::chrono_literals;

constexpr int records_per_turn = 512;
/// A thread that is woken more often than this within a millisecond naps instead of being woken for
/// each commit.
constexpr int sleeps_per_window_max = 4;
constexpr auto window = 1ms;
constexpr auto nap = 100us;
constexpr auto retry_pause = 1s;

}  // namespace

DispatchService::DispatchService(const CommitLog& log, LogEnd& end, RecordDispatcher& dispatcher,
                                 WriteGate& gate)
    : log_(log),
      end_(end),
      dispatcher_(dispatcher),
      gate_(gate),
      cursor_(log, 0),
      follower_(end, [this] {
        const std::lock_guard lock(sleep_mutex_);
        has_more_ = true;
        wake_.notify_one();
      }) {}

void DispatchService::start() {
  thread_ = named_thread("store-dispatch", [this] { run(); });
}

void DispatchService::stop() {
  {
    const std::lock_guard lock(sleep_mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  progress_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void DispatchService::wait_for(std::int64_t physical_offset) {
  ++waiters_;
  {
    std::unique_lock lock(sleep_mutex_);
    progress_.wait(lock, [&] {
      return dispatched_.load() >= physical_offset || stopping_.load() || stuck_.load();
    });
  }
  --waiters_;
}

void DispatchService::run_paused(const std::function<void()>& action) {
  ++pauses_wanted_;
  const std::lock_guard lock(work_mutex_);
  --pauses_wanted_;
  action();
}

void DispatchService::run() {
  // The recovery may have found no room for queues or index.
  look_at_failures();
  while (!stopping_.load(std::memory_order_relaxed)) {
    if (gate_.is_closed_for(WriteGate::Reason::DispatchFailed)) [[unlikely]]
      try_again();
    if (dispatched_.load(std::memory_order_relaxed) >= readable_end()) {
      rest();
      continue;
    }
    // A std::mutex may be taken again immediately by the thread that has just released it.
    while (pauses_wanted_.load() > 0) std::this_thread::yield();
    {
      const std::lock_guard lock(work_mutex_);
      dispatch_some();
    }
    if (waiters_.load() > 0) {
      const std::lock_guard lock(sleep_mutex_);
      progress_.notify_all();
    }
  }
}

void DispatchService::rest() {
  const auto now = std::chrono::steady_clock::now();
  if (now - window_begin_ > window) {
    window_begin_ = now;
    sleeps_in_window_ = 0;
  }
  std::unique_lock lock(sleep_mutex_);
  if (gate_.is_closed_for(WriteGate::Reason::DispatchFailed)) [[unlikely]] {
    wake_.wait_until(lock, try_again_at_, [&] { return stopping_.load(); });
    return;
  }
  if (++sleeps_in_window_ > sleeps_per_window_max) {
    wake_.wait_for(lock, nap, [&] { return stopping_.load(); });
    return;
  }
  has_more_ = false;
  lock.unlock();  // the call below may come while the end's lock is held
  if (!follower_.wait_beyond(dispatched_.load(std::memory_order_relaxed))) return;
  lock.lock();
  wake_.wait(lock, [&] { return has_more_ || stopping_.load(); });
}

void DispatchService::advance_to(std::int64_t physical_offset) {
  dispatched_.store(physical_offset, std::memory_order_release);
}

void DispatchService::dispatch_some() {
  const std::int64_t begin = dispatched_.load(std::memory_order_relaxed);
  const std::int64_t end = readable_end();
  for (int i = 0; i < records_per_turn && pauses_wanted_.load(std::memory_order_relaxed) == 0;
       ++i) {
    const MessageRecord* const record = cursor_.next(end);
    if (record == nullptr) {
      if (cursor_.position() == begin)
        return pause_after_failure("the log has nothing at " + std::to_string(begin));
      return advance_to(cursor_.position());
    }
    cursor_.prefetch();
    if (!dispatch_one(*record)) return cursor_.seek(dispatched_.load(std::memory_order_relaxed));
    dispatched_timestamp_ms_.store(record->store_timestamp_ms, std::memory_order_relaxed);
    advance_to(cursor_.position());
  }
}

bool DispatchService::dispatch_one(const MessageRecord& record) {
  const auto dispatched = dispatcher_.dispatch(record);
  if (!dispatched) {
    pause_after_failure(dispatched.error().text);
    return false;
  }
  if (stuck_.load(std::memory_order_relaxed)) [[unlikely]]
    stuck_ = false;
  look_at_failures();
  if (*dispatched && listener_) {
    listener_({.topic = record.topic,
               .queue_id = record.queue_id,
               .queue_offset = record.queue_offset,
               .tags_code = **dispatched,
               .store_timestamp_ms = record.store_timestamp_ms,
               .properties = record.properties});
  }
  return true;
}

void DispatchService::look_at_failures() {
  if (const auto failure = dispatcher_.failure()) [[unlikely]] {
    close_gate(failure->text);
  } else if (gate_.is_closed_for(WriteGate::Reason::DispatchFailed)) [[unlikely]] {
    gate_.open(WriteGate::Reason::DispatchFailed);
  }
}

/// What could not be written, once in a while.
void DispatchService::try_again() {
  const auto now = std::chrono::steady_clock::now();
  if (now < try_again_at_) return;
  while (pauses_wanted_.load() > 0) std::this_thread::yield();
  const std::lock_guard lock(work_mutex_);
  const auto behind_before = dispatcher_.index_behind_from();
  const bool has_caught_up = dispatcher_.catch_up(log_, dispatched_.load());
  if (has_caught_up && !stuck_.load()) {
    store_log().info("queues and index can be written again");
    return gate_.open(WriteGate::Reason::DispatchFailed);
  }
  // While there is progress, the rest follows.
  if (dispatcher_.index_behind_from() == behind_before) try_again_at_ = now + retry_pause;
}

void DispatchService::close_gate(const std::string& why) {
  if (gate_.is_closed_for(WriteGate::Reason::DispatchFailed)) return;
  store_log().error("dispatch: {}; the store takes no messages until the queues can be written",
                    why);
  gate_.close(WriteGate::Reason::DispatchFailed, why);
  try_again_at_ = std::chrono::steady_clock::now() + retry_pause;
}

void DispatchService::pause_after_failure(const std::string& why) {
  close_gate(why);
  stuck_ = true;
  std::unique_lock lock(sleep_mutex_);
  progress_.notify_all();
  wake_.wait_for(lock, retry_pause, [&] { return stopping_.load(); });
}

}  // namespace rocketmq::store
