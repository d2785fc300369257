#include "flush_service.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "rocketmq/common/thread_name.hpp"

namespace rocketmq::store {
namespace {

constexpr std::int64_t dirty_page_bytes = 4096;

}  // namespace

FlushService::FlushService(CommitLog& log, const StoreConfig& config, const Clock& clock,
                           Listener listener)
    : log_(log), config_(config), clock_(clock), listener_(std::move(listener)) {}

void FlushService::start() {
  reported_ = log_.flushed_offset();
  thread_ = named_thread("store-flush", [this] {
    if (config_.flush_disk_type == FlushDiskType::SyncFlush) {
      run_sync();
    } else {
      run_async();
    }
  });
}

void FlushService::stop() {
  abandon();
  flush();
}

void FlushService::abandon() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void FlushService::wake() {
  if (!is_sleeping_.load(std::memory_order_seq_cst) || !is_sleeping_.exchange(false)) return;
  const std::lock_guard lock(mutex_);
  wake_.notify_one();
}

void FlushService::run_async() {
  auto last_thorough = clock_.steady_now();
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      wake_.wait_for(
          lock, std::chrono::milliseconds(std::max(config_.flush_interval_commit_log_ms.get(), 1)),
          [&] { return is_stopping_; });
      if (is_stopping_) return;
    }
    const std::int64_t flushed = log_.flushed_offset();
    const std::int64_t committed = log_.committed_offset();
    const auto now = clock_.steady_now();
    const bool is_thorough =
        now - last_thorough >=
        std::chrono::milliseconds(config_.flush_commit_log_thorough_interval_ms);
    if (is_thorough) last_thorough = now;
    const std::int64_t dirty_pages = committed / dirty_page_bytes - flushed / dirty_page_bytes;
    const bool is_due =
        committed > flushed && (is_thorough || dirty_pages >= config_.flush_commit_log_least_pages);
    if (is_due && !flush()) return;
  }
}

void FlushService::run_sync() {
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      is_sleeping_.store(true, std::memory_order_seq_cst);
      wake_.wait(lock, [&] {
        return is_stopping_ || !is_sleeping_.load() || log_.committed_offset() > reported_;
      });
      is_sleeping_ = false;
      if (is_stopping_) return;
    }
    if (!flush()) return;
  }
}

bool FlushService::flush() {
  const auto flushed = log_.flush();
  FlushReport report{.flushed_to = log_.flushed_offset()};
  if (!flushed) report.failure = flushed.error();
  reported_ = report.flushed_to;
  listener_(report);
  return !report.failure;
}

}  // namespace rocketmq::store
