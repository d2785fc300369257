#include "dispatch_service.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>

#include "rocketmq/common/bytes.hpp"
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

/// Asks for the next record's head and, as if it were of the same size, its end: they were written
/// by another core, and waiting for them is most of what a record costs here.
void prefetch_next(std::string_view bytes, std::size_t size) {
  if (bytes.size() < 2 * size) return;
  const char* next = bytes.data() + size;
  __builtin_prefetch(next);
  __builtin_prefetch(next + 64);
  for (std::size_t back = 64; back <= std::min<std::size_t>(size, 256); back += 64)
    __builtin_prefetch(next + size - back);
}

}  // namespace

DispatchService::DispatchService(CommitLog& log, RecordDispatcher& dispatcher, WriteGate& gate,
                                 bool only_flushed)
    : log_(log), dispatcher_(dispatcher), gate_(gate), only_flushed_(only_flushed) {}

void DispatchService::start() {
  thread_ = std::thread([this] {
    set_thread_name("store-dispatch");
    run();
  });
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

void DispatchService::wake() {
  if (!sleeping_.load(std::memory_order_seq_cst) || !sleeping_.exchange(false)) return;
  const std::lock_guard lock(sleep_mutex_);
  wake_.notify_one();
}

void DispatchService::wait_for(std::int64_t physical_offset) {
  ++waiters_;
  {
    std::unique_lock lock(sleep_mutex_);
    progress_.wait(lock, [&] {
      return dispatched_.load() >= physical_offset || stopping_.load() ||
             gate_.is_closed_for(WriteGate::Reason::DispatchFailed);
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
  while (!stopping_.load(std::memory_order_relaxed)) {
    const std::int64_t end = readable_end();
    if (dispatched_.load(std::memory_order_relaxed) >= end) {
      rest();
      continue;
    }
    // A std::mutex may be taken again at once by the thread that has just let go of it.
    while (pauses_wanted_.load() > 0) std::this_thread::yield();
    {
      const std::lock_guard lock(work_mutex_);
      dispatch_some(end);
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
  if (++sleeps_in_window_ > sleeps_per_window_max) {
    wake_.wait_for(lock, nap, [&] { return stopping_.load(); });
    return;
  }
  sleeping_.store(true, std::memory_order_seq_cst);
  wake_.wait(lock, [&] {
    return !sleeping_.load() || stopping_.load() || dispatched_.load() < readable_end();
  });
  sleeping_ = false;
}

void DispatchService::advance_to(std::int64_t physical_offset) {
  dispatched_.store(physical_offset, std::memory_order_release);
}

void DispatchService::dispatch_some(std::int64_t end) {
  std::int64_t position = dispatched_.load(std::memory_order_relaxed);
  if (position < log_.min_offset()) return advance_to(log_.min_offset());
  const CommitLog::Slice slice = log_.read_to_end_of_file(position);
  std::string_view bytes = slice.bytes.substr(0, static_cast<std::size_t>(end - position));
  for (int i = 0; i < records_per_turn && !bytes.empty() &&
                  pauses_wanted_.load(std::memory_order_relaxed) == 0;
       ++i) {
    if (bytes.size() >= message_record::blank_bytes &&
        load_be<std::int32_t>(bytes.data() + 4) == message_record::magic_blank) {
      return advance_to(slice.file->end());
    }
    const auto record = message_record::decode(bytes, message_record::Check::None);
    if (!record)
      return pause_after_failure("the log at " + std::to_string(position) + ": " +
                                 record.error().remark);
    prefetch_next(bytes, static_cast<std::size_t>(record->total_size));
    if (!dispatch_one(*record)) return;
    dispatched_timestamp_ms_.store(record->store_timestamp_ms, std::memory_order_relaxed);
    position += record->total_size;
    bytes.remove_prefix(static_cast<std::size_t>(record->total_size));
    advance_to(position);
  }
}

bool DispatchService::dispatch_one(const MessageRecord& record) {
  const auto dispatched = dispatcher_.dispatch(record);
  if (!dispatched) {
    pause_after_failure(dispatched.error().text);
    return false;
  }
  if (gate_.is_closed_for(WriteGate::Reason::DispatchFailed)) [[unlikely]]
    gate_.open(WriteGate::Reason::DispatchFailed);
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

void DispatchService::pause_after_failure(const std::string& why) {
  if (!gate_.is_closed_for(WriteGate::Reason::DispatchFailed)) {
    spdlog::error("dispatch: {}; the store takes no messages until the queues can be written", why);
    gate_.close(WriteGate::Reason::DispatchFailed, why);
  }
  std::unique_lock lock(sleep_mutex_);
  progress_.notify_all();
  wake_.wait_for(lock, retry_pause, [&] { return stopping_.load(); });
}

}  // namespace rocketmq::store
