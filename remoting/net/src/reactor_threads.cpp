#include "rocketmq/net/reactor_threads.hpp"

#include <fstream>
#include <string>
#include <utility>

#include "rocketmq/common/result.hpp"
#include "rocketmq/common/thread_name.hpp"

namespace rocketmq::net {
namespace {

/// Whether a thread of this process waits for something else than a processor; also when that
/// cannot be told.
bool is_asleep(pid_t thread) {
  std::ifstream in("/proc/self/task/" + std::to_string(thread) + "/stat");
  std::string line;
  std::getline(in, line);
  // "12 (net-0) R …"; the name may hold anything.
  const std::size_t name_end = line.rfind(") ");
  return name_end == std::string::npos || line[name_end + 2] != 'R';
}

}  // namespace

ReactorThreads::ReactorThreads(std::string prefix, std::vector<std::shared_ptr<Reactor>> reactors)
    : prefix_(std::move(prefix)), reactors_(std::move(reactors)) {}

ReactorThreads::~ReactorThreads() {
  ensure(threads_.empty(), "the threads of reactors are joined before they go away");
}

void ReactorThreads::start() {
  running_ = reactors_.size();
  for (const std::shared_ptr<Reactor>& reactor : reactors_) reactor->observe_waits(*this);
  for (const std::shared_ptr<Reactor>& reactor : reactors_) {
    threads_.push_back(
        named_thread(reactor->thread_name(), [this, first = reactor.get()] { serve(first); }));
  }
  threads_.push_back(named_thread(prefix_ + "-spare", [this] { serve(stand_by()); }));
}

void ReactorThreads::join() {
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

/// The life of a thread, with `reactor` for the beginning.
void ReactorThreads::serve(Reactor* reactor) {
  while (reactor != nullptr) {
    if (reactor->run()) {
      const std::lock_guard lock(mutex_);
      --running_;
      wake_.notify_all();
      return;
    }
    set_thread_name(prefix_ + "-spare");
    reactor = stand_by();
    if (reactor != nullptr) set_thread_name(reactor->thread_name());
  }
}

/// Watches until a reactor needs another thread, and returns that one; null when all have ended.
Reactor* ReactorThreads::stand_by() {
  std::vector<std::uint64_t> seen(reactors_.size());
  int quiet_looks = 0;
  std::unique_lock lock(mutex_);
  while (running_ > 0) {
    ++quiet_looks;
    for (std::size_t k = 0; k < reactors_.size(); ++k) {
      WaitMark& mark = reactors_[k]->wait_mark();
      const std::uint64_t now = mark.look();
      if (now != seen[k] || now % 2 == 1) quiet_looks = 0;
      if (now != seen[k]) {
        seen[k] = now;
      } else if (now % 2 == 1 && is_asleep(reactors_[k]->thread_id()) && mark.take_over(now)) {
        return reactors_[k].get();
      }
    }
    if (quiet_looks <= quiet_looks_max) {
      wake_.wait_for(lock, patience);
    } else if (!is_asleep_.exchange(true, std::memory_order_seq_cst)) {
      // Once more: a wait that began before this was to be seen does not wake anybody.
      continue;
    } else {
      wake_.wait(lock, [this] { return running_ == 0 || !is_asleep_; });
      quiet_looks = 0;
    }
    is_asleep_ = false;
  }
  return nullptr;
}

void ReactorThreads::begins_to_wait() {
  if (!is_asleep_.load(std::memory_order_seq_cst)) [[likely]]
    return;
  const std::lock_guard lock(mutex_);
  is_asleep_ = false;
  wake_.notify_all();
}

}  // namespace rocketmq::net
