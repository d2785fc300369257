#include "acknowledgements.hpp"

#include <spdlog/spdlog.h>

#include <chrono>
#include <utility>

#include "rocketmq/common/shared_log.hpp"
#include "rocketmq/common/thread_name.hpp"

namespace rocketmq::store {
namespace {

/// The interval at which overdue puts are searched for.
constexpr std::chrono::milliseconds due_period{50};

}  // namespace

template <class Change>
void Acknowledgements::complete(AcknowledgementTable::Completed& completed, Change&& change) {
  {
    const std::lock_guard lock(mutex_);
    change();
  }
  if (completed.empty()) return;
  const auto now = clock_.steady_now();
  for (AcknowledgementTable::Put& put : completed) {
    put_clock_.record(now - put.began, 1);
    put.done(put.result);
  }
}

void Acknowledgements::start() {
  thread_ = named_thread("store-flush-due", [this] { run(); });
}

void Acknowledgements::stop(std::string_view why) {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  stop_wanted_.notify_all();
  if (thread_.joinable()) thread_.join();
  AcknowledgementTable::Completed completed;
  complete(completed, [&] { table_.close(why, completed); });
}

void Acknowledgements::run() {
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      stop_wanted_.wait_for(lock, due_period, [this] { return is_stopping_; });
      if (is_stopping_) return;
    }
    expire();
  }
}

void Acknowledgements::wait(AcknowledgementTable::Put put, const AcknowledgementNeeds& needs) {
  const auto now = clock_.steady_now();
  AcknowledgementTable::Completed completed;
  complete(completed, [&] { table_.add(std::move(put), needs, now, completed); });
}

void Acknowledgements::flushed_to(std::int64_t end) {
  complete(flushed_puts_, [&] { table_.flushed_to(end, flushed_puts_); });
  flushed_puts_.clear();
}

void Acknowledgements::flush_failed(std::string_view why) {
  AcknowledgementTable::Completed completed;
  complete(completed, [&] { table_.flush_failed(why, completed); });
}

void Acknowledgements::slaves_at(std::span<std::int64_t> ends, std::int64_t log_end) {
  const auto slaves_end = end_of_enough(ends, options_.slaves_needed);
  AcknowledgementTable::Completed completed;
  complete(completed, [&] { table_.slaves_at(slaves_end, log_end, completed); });
}

void Acknowledgements::expire() {
  const auto now = clock_.steady_now();
  AcknowledgementTable::Completed completed;
  bool was_in_step = false;
  bool is_in_step = false;
  complete(completed, [&] {
    was_in_step = table_.pace().is_in_step();
    table_.expire(now, completed);
    is_in_step = table_.pace().is_in_step();
  });
  if (!was_in_step || is_in_step) return;
  ha_log().warn(
      "a slave that was in step is more than asyncSlaveLagMax ({} bytes) behind and does not come "
      "nearer: sends do not wait for it until it is within half of that",
      options_.async_slave_lag_max_bytes);
}

}  // namespace rocketmq::store
