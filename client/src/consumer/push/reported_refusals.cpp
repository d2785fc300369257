#include "consumer/push/reported_refusals.hpp"

namespace rocketmq::client {

bool ReportedRefusals::admit(const std::string& topic, int code, std::int64_t now_ms) {
  const std::scoped_lock lock(mutex_);
  // A clock that was set back must not hold reports up for longer.
  if (now_ms < next_ms_ && now_ms >= next_ms_ - pause_ms) return false;
  if (reported_.size() >= refusals_max || !reported_.emplace(topic, code).second) return false;
  next_ms_ = now_ms + pause_ms;
  return true;
}

void ReportedRefusals::forget(const std::string& topic) {
  const std::scoped_lock lock(mutex_);
  std::erase_if(reported_, [&](const auto& entry) { return entry.first == topic; });
}

}  // namespace rocketmq::client
