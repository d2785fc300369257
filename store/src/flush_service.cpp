#include "flush_service.hpp"

#include <spdlog/spdlog.h>

#include "rocketmq/common/thread_name.hpp"

namespace rocketmq::store {
namespace {

constexpr std::size_t waiting_max = 262'144;
constexpr std::int64_t dirty_page_bytes = 4096;
/// How often overdue puts are looked for.
constexpr std::chrono::milliseconds due_period{50};

}  // namespace

FlushService::FlushService(CommitLog& log, const StoreConfig& config, const Clock& clock,
                           std::function<void()> on_flushed)
    : log_(log), config_(config), clock_(clock), on_flushed_(std::move(on_flushed)) {}

void FlushService::start() {
  thread_ = named_thread("store-flush", [this] { run(); });
  if (config_.flush_disk_type == FlushDiskType::SyncFlush) {
    due_thread_ = named_thread("store-flush-due", [this] { run_due(); });
  }
}

void FlushService::join() {
  wake_.notify_all();
  due_wake_.notify_all();
  if (thread_.joinable()) thread_.join();
  if (due_thread_.joinable()) due_thread_.join();
}

void FlushService::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  join();
  flush_once();
}

void FlushService::abandon() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    last_flush_ = false;
  }
  join();
  std::deque<Waiting> left;
  {
    const std::lock_guard lock(mutex_);
    left.swap(waiting_);
  }
  for (Waiting& put : left) {
    put.result.status = PutStatus::ServiceNotAvailable;
    put.result.remark = "the store stopped before the message was on disk";
    put.done(put.result);
  }
}

void FlushService::wake() {
  if (!sleeping_.load(std::memory_order_seq_cst) || !sleeping_.exchange(false)) return;
  const std::lock_guard lock(mutex_);
  wake_.notify_one();
}

void FlushService::wait_for_flush(std::int64_t end, PutResult result, PutCallback done) {
  if (log_.flushed_offset() >= end) {
    done(result);
    return;
  }
  {
    const std::lock_guard lock(mutex_);
    if (waiting_.size() < waiting_max && last_flush_) {
      waiting_.push_back(
          {end, clock_.steady_now() + std::chrono::milliseconds(config_.sync_flush_timeout_ms),
           std::move(result), std::move(done)});
      // Without a running thread nobody would come back to it.
      if (!stopping_) {
        if (sleeping_.exchange(false)) wake_.notify_one();
        return;
      }
    } else {
      result.status = PutStatus::FlushDiskTimeout;
      result.remark = "too many messages wait for the disk";
    }
  }
  if (done) {
    done(result);
  } else {
    flush_once();
  }
}

void FlushService::run() {
  if (config_.flush_disk_type == FlushDiskType::SyncFlush) {
    run_sync();
  } else {
    run_async();
  }
}

void FlushService::run_async() {
  auto last_thorough = clock_.steady_now();
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      wake_.wait_for(
          lock, std::chrono::milliseconds(std::max(config_.flush_interval_commit_log_ms.get(), 1)),
          [&] { return stopping_; });
      if (stopping_) return;
    }
    const std::int64_t flushed = log_.flushed_offset();
    const std::int64_t committed = log_.committed_offset();
    const auto now = clock_.steady_now();
    const bool is_thorough =
        now - last_thorough >=
        std::chrono::milliseconds(config_.flush_commit_log_thorough_interval_ms);
    if (is_thorough) last_thorough = now;
    const std::int64_t dirty_pages = committed / dirty_page_bytes - flushed / dirty_page_bytes;
    if (committed > flushed && (is_thorough || dirty_pages >= config_.flush_commit_log_least_pages))
      flush_once();
  }
}

void FlushService::run_sync() {
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      sleeping_.store(true, std::memory_order_seq_cst);
      wake_.wait(lock, [&] {
        return stopping_ || !waiting_.empty() || !sleeping_.load() ||
               log_.committed_offset() > log_.flushed_offset();
      });
      sleeping_ = false;
      if (stopping_) return;
    }
    flush_once();
  }
}

void FlushService::flush_once() {
  const IoResult<void> flushed = log_.flush();
  complete_flushed(flushed);
  if (flushed && on_flushed_) on_flushed_();
  if (!flushed) {
    // The failure stays: there is nothing more to be done but to answer those who come.
    std::unique_lock lock(mutex_);
    wake_.wait_for(lock, due_period, [&] { return stopping_ || !waiting_.empty(); });
  }
}

void FlushService::complete_flushed(const IoResult<void>& flushed) {
  std::vector<Waiting> ready;
  {
    const std::lock_guard lock(mutex_);
    const std::int64_t end = log_.flushed_offset();
    // Puts of several threads may have come out of order: all are looked at.
    auto kept = waiting_.begin();
    for (Waiting& put : waiting_) {
      if (!flushed || put.end <= end) {
        ready.push_back(std::move(put));
      } else {
        if (&*kept != &put) *kept = std::move(put);
        ++kept;
      }
    }
    waiting_.erase(kept, waiting_.end());
  }
  for (Waiting& put : ready) {
    if (put.end > log_.flushed_offset()) {
      put.result.status = PutStatus::ServiceNotAvailable;
      put.result.remark = flushed.has_error() ? flushed.error().text : "not flushed";
    }
    put.done(put.result);
  }
}

void FlushService::expire() {
  std::vector<Waiting> overdue;
  {
    const std::lock_guard lock(mutex_);
    const auto now = clock_.steady_now();
    while (!waiting_.empty() && waiting_.front().deadline <= now) {
      overdue.push_back(std::move(waiting_.front()));
      waiting_.pop_front();
    }
  }
  for (Waiting& put : overdue) {
    put.result.status = PutStatus::FlushDiskTimeout;
    put.result.remark =
        "not on disk within " + std::to_string(config_.sync_flush_timeout_ms) + " ms";
    put.done(put.result);
  }
}

void FlushService::run_due() {
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      due_wake_.wait_for(lock, due_period, [&] { return stopping_; });
      if (stopping_) return;
    }
    expire();
  }
}

}  // namespace rocketmq::store
