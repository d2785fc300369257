#include "rocketmq/store/put_batch.hpp"

#include <algorithm>

namespace rocketmq::store {
namespace {

/// Room for puts that a job keeps.
constexpr std::size_t kept_puts_max = 4'096;

}  // namespace

PutBatch::Job& PutBatch::take_job() {
  if (spare_.empty()) {
    jobs_.push_back(std::make_unique<Job>(Job{.batch = *this}));
    spare_.push_back(jobs_.back().get());
  }
  Job& job = *spare_.back();
  spare_.pop_back();
  job.puts.swap(puts_);
  job.began = began_;
  uncommitted_bytes_ = 0;
  // Tickets grow.
  const auto last = std::find_if(job.puts.rbegin(), job.puts.rend(),
                                 [](const PendingPut& put) { return !put.is_refused; });
  job.has_place = last != job.puts.rend();
  if (job.has_place) job.ticket = last->ticket;
  under_way_.push_back(&job);
  return job;
}

void PutBatch::complete() {
  if (Job* const job = std::exchange(written_, nullptr)) finish(*job);
}

void PutBatch::finish(Job& job) {
  job.is_done = true;
  // What was only refused waits for no disk that others wait for.
  if (!job.has_place) {
    under_way_.erase(std::find(under_way_.begin(), under_way_.end(), &job));
    return run_callbacks(job);
  }
  while (!under_way_.empty() && under_way_.front()->is_done) {
    Job& first = *under_way_.front();
    under_way_.pop_front();
    run_callbacks(first);
  }
}

void PutBatch::run_callbacks(Job& job) {
  job.is_done = false;
  if (std::exchange(job.is_left, false)) count_shares(job, false);
  writer_.finish(job.puts, job.began);
  job.puts.clear();
  if (job.puts.capacity() > kept_puts_max) std::vector<PendingPut>().swap(job.puts);
  spare_.push_back(&job);
}

void PutBatch::count_shares(const Job& job, bool is_added) {
  for (const PendingPut& put : job.puts) {
    const auto share = shares_.try_emplace(put.sender).first;
    share->second.puts += is_added ? 1 : -1;
    share->second.bytes += is_added ? put.result.size_bytes : -put.result.size_bytes;
    if (share->second.puts == 0) shares_.erase(share);
  }
}

}  // namespace rocketmq::store
