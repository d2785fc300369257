#include "files_service.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <limits>

#include "rocketmq/common/thread_name.hpp"

namespace rocketmq::store {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

/// A start is followed by a minute in which nothing is deleted: time to correct a configuration.
constexpr milliseconds first_deletion{60'000};
constexpr milliseconds first_look{1'000};

}  // namespace

FilesService::FilesService(const StoreConfig& config, CommitLog& log, Checkpointer& checkpointer,
                           FileCleaner& cleaner, std::function<void()> look_after)
    : config_(config),
      log_(log),
      checkpointer_(checkpointer),
      cleaner_(cleaner),
      look_after_(std::move(look_after)) {}

void FilesService::start() {
  const std::int64_t size = log_.files().file_size();
  prepare_at_ = log_.files().base_of(log_.committed_offset()) + size / 2;
  thread_ = named_thread("store-files", [this] { run(); });
}

void FilesService::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void FilesService::wake() {
  // Until the file is made there is nothing more to say.
  prepare_at_ = std::numeric_limits<std::int64_t>::max();
  {
    const std::lock_guard lock(mutex_);
    work_ = true;
  }
  wake_.notify_one();
}

void FilesService::run() {
  const auto begin = steady_clock::now();
  auto next_cleaning = begin + first_look;
  auto next_flush = begin;
  for (;;) {
    bool prepare = false;
    {
      std::unique_lock lock(mutex_);
      wake_.wait_until(lock, std::min(next_cleaning, next_flush),
                       [&] { return work_ || stopping_; });
      if (stopping_) return;
      prepare = std::exchange(work_, false);
    }
    if (prepare) prepare_next_file();
    const auto now = steady_clock::now();
    if (now >= next_flush) {
      checkpointer_.tick();
      next_flush = now + milliseconds(std::max(config_.flush_interval_consume_queue_ms.get(), 1));
    }
    if (now >= next_cleaning) {
      clean(now - begin >= first_deletion);
      next_cleaning = now + milliseconds(std::max(config_.clean_resource_interval_ms.get(), 1));
    }
  }
}

void FilesService::clean(bool may_delete) {
  if (cleaner_.tick(may_delete)) {
    // A start would miss what was deleted.
    if (const auto written = checkpointer_.run(false); !written)
      spdlog::error("checkpoint: {}", written.error().text);
  }
  look_after_();
}

void FilesService::prepare_next_file() {
  const std::int64_t size = log_.files().file_size();
  const std::int64_t base = log_.files().base_of(log_.committed_offset()) + size;
  if (const auto prepared = log_.files().prepare(base); !prepared) {
    // The append tries again when it needs the file, and reports the failure.
    spdlog::warn("CommitLog: {}", prepared.error().text);
  }
  prepare_at_ = base + size / 2;
}

}  // namespace rocketmq::store
