#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "engine/engines.hpp"
#include "rocketmq/common/worker_pool.hpp"

namespace rocketmq::filtersrv {

/// The threads that filters are made and ended on. What is uploaded is checked by one of them,
/// where expressions are compiled as well; each language whose filters are code has threads of its
/// own, so that no upload waits for the compiler of another language. Outlives the filters.
class UploadPools {
 public:
  /// Each upload that waits may hold a text of filterUploadBytesMax.
  static constexpr std::size_t waiting_max = 64;

  /// `threads` compile, for each language.
  UploadPools(const Engines& engines, std::size_t threads) {
    for (const auto& engine : engines) {
      if (!engine->runs_code()) continue;
      const std::string name = "compile-" + std::string(engine->name());
      compilers_.emplace(engine.get(), std::make_unique<WorkerPool>(name, threads, waiting_max));
    }
  }

  /// Checks uploads.
  WorkerPool& check() { return check_; }
  /// Compiles what the engine takes; null where the thread that has checked it compiles it.
  WorkerPool* compiler_of(const FilterEngine& engine) const {
    const auto found = compilers_.find(&engine);
    return found == compilers_.end() ? nullptr : found->second.get();
  }
  /// The filter, which a thread of these ends: it may have a process to wait for, and its last user
  /// may be a reactor.
  std::shared_ptr<Filter> ended_here(std::unique_ptr<Filter> filter) {
    return {filter.release(), [this](Filter* ended) {
              std::unique_ptr<Filter> owned(ended);
              end_.post(1, [owned = std::move(owned)](WorkerPool::Fate) mutable { owned.reset(); });
            }};
  }

  std::size_t queue_size() const {
    std::size_t size = check_.queue_size();
    for (const auto& [engine, pool] : compilers_) size += pool->queue_size();
    return size;
  }
  /// Takes no further uploads; filters are still ended.
  void stop(std::chrono::milliseconds limit) {
    check_.stop(limit);
    for (const auto& [engine, pool] : compilers_) pool->stop(limit);
  }

 private:
  /// As many as there can be filters with a process: there is always room.
  static constexpr std::size_t ending_max = 4'096;

  WorkerPool end_{"filter-end", 1, ending_max};
  std::map<const FilterEngine*, std::unique_ptr<WorkerPool>> compilers_;
  /// Its threads use the compilers: they end first.
  WorkerPool check_{"upload", 1, waiting_max};
};

}  // namespace rocketmq::filtersrv
