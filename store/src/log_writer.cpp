#include "log_writer.hpp"

#include <sys/resource.h>

#include <utility>

#include "rocketmq/common/thread_name.hpp"

namespace rocketmq::store {
namespace {

/// A write that takes longer, and not for want of a processor, is slow.
constexpr std::chrono::milliseconds slow_write{1};
/// How long no write may have been slow before batches' threads write again.
constexpr std::chrono::milliseconds quick_for{200};

/// How often the calling thread has waited for something else than a processor.
long waits_of_this_thread() {
  rusage usage{};
  ::getrusage(RUSAGE_THREAD, &usage);
  return usage.ru_nvcsw;
}

}  // namespace

LogWriter::LogWriter(CommitLog& log, const Clock& clock) : log_(log), clock_(clock) {}

void LogWriter::start() {
  is_running_ = true;
  thread_ = named_thread("store-write", [this] { run(); });
}

void LogWriter::stop() {
  {
    const std::lock_guard lock(mutex_);
    is_running_ = false;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

bool LogWriter::write(PutBatch& batch) {
  Job& job = batch.take_job();
  // Refusals wait for nothing; and another batch's write may have brought these along.
  if (!job.has_place || log_.is_settled(job.ticket)) {
    batch.written_ = &job;
    return true;
  }
  if (!is_running_.load(std::memory_order_relaxed)) [[unlikely]] {
    log_.commit(job.ticket);
    batch.written_ = &job;
    return true;
  }
  if (!is_slow_.load(std::memory_order_relaxed) && take_pen()) return write_here(job);
  leave(job);
  return true;
}

/// Nothing may be thrown in the wait: two threads would continue one's work.
bool LogWriter::write_here(Job& job) noexcept {
  PutThread& thread = *job.batch.thread_;
  const PutThread::Wait wait = thread.begin_wait();
  log_.commit(job.ticket);
  if (waiting_jobs_.load(std::memory_order_relaxed) > 0) write_left();
  const bool is_kept = thread.end_wait(wait);
  if (is_kept) {
    job.batch.written_ = &job;
  } else {
    is_slow_.store(true, std::memory_order_relaxed);
    last_slow_ = clock_.steady_now();
    post(job);
  }
  drop_pen();
  return is_kept;
}

void LogWriter::leave(Job& job) {
  job.is_left = true;
  job.batch.count_shares(job, true);
  waiting_puts_.fetch_add(job.puts.size(), std::memory_order_relaxed);
  {
    const std::lock_guard lock(mutex_);
    left_.push_back(&job);
    // In one order with drop_pen(), so that one of the two sides notices the other.
    waiting_jobs_.fetch_add(1, std::memory_order_seq_cst);
  }
  if (take_pen()) pass_pen();
}

/// Writes what was left, and has it completed. With the pen.
void LogWriter::write_left() {
  {
    const std::lock_guard lock(mutex_);
    taken_.swap(left_);
    waiting_jobs_.store(0, std::memory_order_relaxed);
  }
  // Not only the last one: they are in the order in which they were left, not in the log's.
  for (Job* job : taken_) log_.commit(job->ticket);
  for (Job* job : taken_) {
    waiting_puts_.fetch_sub(job->puts.size(), std::memory_order_relaxed);
    post(*job);
  }
  taken_.clear();
}

void LogWriter::post(Job& job) {
  UniqueFunction<void()> task = [&job] { job.batch.finish(job); };
  if (!job.batch.thread_->post(task)) task();
}

bool LogWriter::take_pen() { return !is_pen_taken_.exchange(true, std::memory_order_seq_cst); }

/// The next one writes; when something was left meanwhile, that is `store-write`.
void LogWriter::drop_pen() {
  if (waiting_jobs_.load(std::memory_order_relaxed) == 0) {
    is_pen_taken_.store(false, std::memory_order_seq_cst);
    if (waiting_jobs_.load(std::memory_order_seq_cst) == 0 || !take_pen()) return;
  }
  pass_pen();
}

/// Gives the pen to `store-write`.
void LogWriter::pass_pen() {
  bool is_running = false;
  {
    const std::lock_guard lock(mutex_);
    has_thread_pen_ = is_running = is_running_;
  }
  if (is_running) {
    wake_.notify_one();
  } else {
    write_all_left();
  }
}

void LogWriter::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [this] { return has_thread_pen_ || !is_running_; });
    if (!std::exchange(has_thread_pen_, false)) return;
    lock.unlock();
    write_all_left();
    lock.lock();
  }
}

/// On `store-write`, with the pen, which it gives back.
void LogWriter::write_all_left() {
  do {
    while (waiting_jobs_.load(std::memory_order_relaxed) > 0) {
      const auto began = clock_.steady_now();
      const long waits_before = waits_of_this_thread();
      write_left();
      const auto ended = clock_.steady_now();
      if (ended - began > slow_write && waits_of_this_thread() != waits_before) {
        is_slow_ = true;
        last_slow_ = ended;
      } else if (ended - last_slow_ > quick_for) {
        is_slow_ = false;
      }
    }
    is_pen_taken_.store(false, std::memory_order_seq_cst);
  } while (waiting_jobs_.load(std::memory_order_seq_cst) > 0 && take_pen());
}

}  // namespace rocketmq::store
