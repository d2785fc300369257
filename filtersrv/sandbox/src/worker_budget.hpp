#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <utility>

#include "rocketmq/common/result.hpp"

namespace rocketmq::filtersrv {

/// How many workers there may be and how much memory all of them together. Safe on any thread.
class WorkerBudget {
 public:
  /// A worker's share, given back at its end.
  class Share {
   public:
    Share(WorkerBudget& budget, std::uint64_t bytes) : budget_(&budget), bytes_(bytes) {}
    Share(Share&& other) noexcept
        : budget_(std::exchange(other.budget_, nullptr)), bytes_(other.bytes_) {}
    Share& operator=(Share&&) = delete;
    ~Share() {
      if (budget_ != nullptr) budget_->give_back(bytes_);
    }

   private:
    WorkerBudget* budget_;
    std::uint64_t bytes_;
  };

  WorkerBudget(std::size_t workers_max, std::uint64_t bytes_max)
      : workers_max_(workers_max), bytes_max_(bytes_max) {}

  Result<Share> take(std::uint64_t bytes);
  std::size_t workers() const;

 private:
  void give_back(std::uint64_t bytes);

  const std::size_t workers_max_;
  const std::uint64_t bytes_max_;
  mutable std::mutex mutex_;
  std::size_t workers_ = 0;  // guarded by mutex_
  std::uint64_t bytes_ = 0;  // guarded by mutex_
};

}  // namespace rocketmq::filtersrv
