#include "rocketmq/common/worker_pool.hpp"

#include <spdlog/spdlog.h>

#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

#include "rocketmq/common/lane_queue.hpp"
#include "rocketmq/common/result.hpp"
#include "rocketmq/common/shared_log.hpp"
#include "rocketmq/common/thread_name.hpp"

namespace rocketmq {

struct WorkerPool::Impl {
  Impl(std::string pool_name, std::size_t capacity)
      : name(std::move(pool_name)), queue_max(capacity) {}

  void run();
  void call(Task& task, Fate fate) const;
  const std::string name;
  const std::size_t queue_max;

  mutable std::mutex mutex;
  std::condition_variable changed;
  LaneQueue<Task> waiting;                        // guarded by mutex
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
      changed.wait(lock, [this] { return stopping || !waiting.empty(); });
      if (waiting.empty()) return;
      if (stopping && std::chrono::steady_clock::now() >= stop_at) fate = Fate::Refused;
      task = waiting.pop();
    }
    call(task, fate);
  }
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
    if (impl_->waiting.size() >= impl_->queue_max && !impl_->waiting.give_way(lane, victim))
      return false;
    impl_->waiting.push(lane, std::move(task));
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
  return impl_->waiting.size();
}

std::size_t WorkerPool::queue_capacity() const { return impl_->queue_max; }

const std::string& WorkerPool::name() const { return impl_->name; }

}  // namespace rocketmq
