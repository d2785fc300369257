#include "restart_policy.hpp"

#include <algorithm>

namespace rocketmq::filtersrv {

std::optional<std::string> RestartPolicy::reason_to_wait() const {
  if (clock_.steady_now() >= not_before_) return std::nullopt;
  return next_step() + ": " + last_reason_;
}

std::string RestartPolicy::next_step() const {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(
      not_before_ - std::min(not_before_, clock_.steady_now()));
  return (is_quarantined_ ? "quarantined for another " : "restarts in ") +
         std::to_string(left.count()) + " ms";
}

void RestartPolicy::failed(const std::string& reason) {
  const Time now = clock_.steady_now();
  last_reason_ = reason;
  ++failures_in_all_;
  failures_.push_back(now);
  while (failures_.front() + limits_.window < now) failures_.pop_front();
  is_quarantined_ = failures_.size() >= limits_.failures_max;
  if (is_quarantined_) {
    not_before_ = now + limits_.quarantine;
    failures_.clear();
    failures_in_a_row_ = 0;
    return;
  }
  auto pause = limits_.first_pause;
  for (std::size_t k = 0; k < failures_in_a_row_ && pause < limits_.longest_pause; ++k) pause *= 2;
  ++failures_in_a_row_;
  not_before_ = now + std::min(pause, limits_.longest_pause);
}

std::string RestartPolicy::state() const {
  if (auto reason = reason_to_wait()) return *reason;
  std::string text = "running, " + std::to_string(starts_ > 0 ? starts_ - 1 : 0) + " restarts";
  if (failures_in_all_ > 0) {
    text += ", " + std::to_string(failures_in_all_) + " failures, last: " + last_reason_;
  }
  return text;
}

}  // namespace rocketmq::filtersrv
