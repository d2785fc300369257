#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>

#include "rocketmq/common/clock.hpp"
#include "rocketmq/filtersrv/sandbox.hpp"

namespace rocketmq::filtersrv {

/// When a filter may have another worker after failures. Used by one thread at a time.
class RestartPolicy {
 public:
  RestartPolicy(const RestartLimits& limits, const Clock& clock) : limits_(limits), clock_(clock) {}

  /// Why no worker may be used now; nothing if one may.
  std::optional<std::string> reason_to_wait() const;
  void failed(const std::string& reason);
  void succeeded() { failures_in_a_row_ = 0; }
  /// After a failure: "restarts in 100 ms" or "quarantined for another 600000 ms".
  std::string next_step() const;
  /// A worker was started, for state().
  void started() { ++starts_; }

  /// One line for administrators.
  std::string state() const;

 private:
  using Time = std::chrono::steady_clock::time_point;
  const RestartLimits limits_;
  const Clock& clock_;
  std::deque<Time> failures_;  // within the window; at most failures_max
  std::size_t failures_in_a_row_ = 0;
  std::uint64_t failures_in_all_ = 0;
  std::uint64_t starts_ = 0;
  Time not_before_{};
  bool is_quarantined_ = false;
  std::string last_reason_;
};

}  // namespace rocketmq::filtersrv
