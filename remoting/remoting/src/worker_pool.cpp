#include "rocketmq/remoting/worker_pool.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <vector>

#include "rocketmq/common/result.hpp"
#include "rocketmq/common/shared_log.hpp"
#include "rocketmq/common/thread_name.hpp"

namespace rocketmq::remoting {

struct WorkerPool::Impl {
  struct Lane {
    std::deque<Task> tasks;
  };
  using Lanes = std::unordered_map<std::uint64_t, Lane>;

  Impl(std::string pool_name, std::size_t capacity)
      : name(std::move(pool_name)), queue_max(capacity) {}

  void run();
  void call(Task& task, Fate fate) const;
  // The following need the mutex.
  bool make_room(std::uint64_t lane, Task& victim);
  void add(std::uint64_t lane, Task&& task);
  Task next();

  /// Empty lanes that are kept, so that a task of a new connection allocates none.
  static constexpr std::size_t spare_max = 64;

  const std::string name;
  const std::size_t queue_max;

  mutable std::mutex mutex;
  std::condition_variable changed;
  Lanes lanes;                                    // guarded by mutex; none is empty
  std::deque<Lanes::value_type*> turns;           // guarded by mutex; every lane once
  std::vector<Lanes::node_type> spare;            // guarded by mutex
  std::size_t waiting = 0;                        // guarded by mutex; tasks of all lanes
  bool stopping = false;                          // guarded by mutex
  std::chrono::steady_clock::time_point stop_at;  // guarded by mutex

  std::mutex stop_mutex;  // makes concurrent stop() calls wait for each other; taken before mutex
  std::vector<std::thread> threads;  // filled by the constructor, joined under stop_mutex
};

void WorkerPool::Impl::call(Task& task, Fate fate) const {
  try {
    task(fate);
  } catch (const std::exception& failure) {
    shared_log().error("a task of worker pool {} threw: {}", name, failure.what());
  } catch (...) {
    shared_log().error("a task of worker pool {} threw something that is no std::exception", name);
  }
}

void WorkerPool::Impl::run() {
  for (;;) {
    Task task;
    Fate fate = Fate::Run;
    {
      std::unique_lock lock(mutex);
      changed.wait(lock, [this] { return stopping || waiting > 0; });
      if (waiting == 0) return;
      if (stopping && std::chrono::steady_clock::now() >= stop_at) fate = Fate::Refused;
      task = next();
    }
    call(task, fate);
  }
}

/// Takes the newest task of the lane that has most, for one of `lane`.
bool WorkerPool::Impl::make_room(std::uint64_t lane, Task& victim) {
  // Hardly a lane has two then, and the longest is not worth being searched for.
  if (lanes.size() > queue_max / 2) return false;
  const auto longest = std::max_element(
      lanes.begin(), lanes.end(),
      [](const auto& a, const auto& b) { return a.second.tasks.size() < b.second.tasks.size(); });
  const auto own = lanes.find(lane);
  const std::size_t own_size = own == lanes.end() ? 0 : own->second.tasks.size();
  if (longest == lanes.end() || longest->second.tasks.size() < own_size + 2) return false;
  victim = std::move(longest->second.tasks.back());
  longest->second.tasks.pop_back();
  --waiting;
  return true;
}

void WorkerPool::Impl::add(std::uint64_t lane, Task&& task) {
  auto found = lanes.find(lane);
  if (found == lanes.end()) {
    if (spare.empty()) {
      found = lanes.try_emplace(lane).first;
    } else {
      Lanes::node_type node = std::move(spare.back());
      spare.pop_back();
      node.key() = lane;
      found = lanes.insert(std::move(node)).position;
    }
    turns.push_back(&*found);
  }
  found->second.tasks.push_back(std::move(task));
  ++waiting;
}

WorkerPool::Task WorkerPool::Impl::next() {
  Lanes::value_type* const lane = turns.front();
  turns.pop_front();
  Task task = std::move(lane->second.tasks.front());
  lane->second.tasks.pop_front();
  --waiting;
  if (!lane->second.tasks.empty()) {
    turns.push_back(lane);
  } else if (Lanes::node_type node = lanes.extract(lane->first); spare.size() < spare_max) {
    spare.push_back(std::move(node));
  }
  return task;
}

WorkerPool::WorkerPool(std::string name, std::size_t threads, std::size_t queue_max)
    : impl_(std::make_unique<Impl>(std::move(name), queue_max)) {
  ensure(threads > 0, "a worker pool has at least one thread");
  impl_->threads.reserve(threads);
  try {
    for (std::size_t k = 0; k < threads; ++k) {
      impl_->threads.push_back(named_thread(impl_->name + "-" + std::to_string(k),
                                            [impl = impl_.get()] { impl->run(); }));
    }
  } catch (...) {
    stop();  // those that were made; without a destructor's help, as there is no pool
    throw;
  }
}

WorkerPool::~WorkerPool() { stop(); }

bool WorkerPool::post(std::uint64_t lane, Task task) {
  Task victim;
  {
    const std::lock_guard lock(impl_->mutex);
    if (impl_->stopping) return false;
    if (impl_->waiting >= impl_->queue_max && !impl_->make_room(lane, victim)) return false;
    impl_->add(lane, std::move(task));
  }
  impl_->changed.notify_one();
  if (victim) impl_->call(victim, Fate::Refused);
  return true;
}

void WorkerPool::stop(std::chrono::milliseconds limit) {
  const std::lock_guard stop_lock(impl_->stop_mutex);
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->stopping = true;
    impl_->stop_at = std::chrono::steady_clock::now() + limit;
  }
  impl_->changed.notify_all();
  for (std::thread& thread : impl_->threads) {
    ensure(thread.get_id() != std::this_thread::get_id(),
           "a worker pool is not stopped by its own task");
    thread.join();
  }
  impl_->threads.clear();
}

std::size_t WorkerPool::queue_size() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->waiting;
}

std::size_t WorkerPool::queue_capacity() const { return impl_->queue_max; }

const std::string& WorkerPool::name() const { return impl_->name; }

}  // namespace rocketmq::remoting
