#include "files_service.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>

#include "rocketmq/common/shared_log.hpp"
#include "rocketmq/common/thread_name.hpp"

namespace rocketmq::store {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

/// A start is followed by a minute in which nothing is deleted: time to correct a configuration.
constexpr milliseconds first_deletion{60'000};
constexpr milliseconds first_cleaning{1'000};
/// While sends are slowed down: what they may take is handed out in parts of this length.
constexpr milliseconds slow_look{100};

}  // namespace

FilesService::FilesService(const StoreConfig& config, CommitLog& log, Checkpointer& checkpointer,
                           FileCleaner& cleaner, SpaceAllowance& allowance,
                           std::function<void()> look_after)
    : config_(config),
      log_(log),
      checkpointer_(checkpointer),
      cleaner_(cleaner),
      allowance_(allowance),
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

void FilesService::wake(bool& work) {
  {
    const std::lock_guard lock(mutex_);
    work = true;
  }
  wake_.notify_one();
}

void FilesService::run() {
  const auto begin = steady_clock::now();
  auto next_cleaning = begin + first_cleaning;
  auto next_flush = begin;
  for (;;) {
    bool prepare = false;
    bool look = false;
    {
      std::unique_lock lock(mutex_);
      auto until = std::min(next_cleaning, next_flush);
      if (allowance_.is_slowing()) until = std::min(until, steady_clock::now() + slow_look);
      wake_.wait_until(lock, until, [&] { return must_prepare_ || must_look_ || stopping_; });
      if (stopping_) return;
      prepare = std::exchange(must_prepare_, false);
      look = std::exchange(must_look_, false);
    }
    if (prepare) prepare_next_file();
    if (look || allowance_.is_slowing()) cleaner_.look_at_disk();
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
      store_log().error("checkpoint: {}", written.error().text);
  }
  look_after_();
}

void FilesService::prepare_next_file() {
  const std::int64_t size = log_.files().file_size();
  const auto prepared = log_.files().prepare_next(log_.committed_offset());
  // The append tries again when it needs the file, and reports the failure.
  if (!prepared) store_log().warn("CommitLog: {}", prepared.error().text);
  const std::int64_t next =
      prepared ? *prepared : log_.files().base_of(log_.committed_offset()) + size;
  prepare_at_ = next + size / 2;
}

}  // namespace rocketmq::store
