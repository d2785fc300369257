#include "rocketmq/remoting/slow_requests.hpp"

#include <spdlog/spdlog.h>

#include "rocketmq/common/shared_log.hpp"

namespace rocketmq::remoting {

void SlowRequests::report(const RequestTimes& times, std::chrono::nanoseconds took,
                          std::string_view name, const Endpoint& peer) {
  using std::chrono::duration_cast;
  using std::chrono::milliseconds;
  count_.fetch_add(1, std::memory_order_relaxed);
  const auto held_back =
      limiters_[static_cast<std::uint32_t>(times.code) % limiters_.size()].admit();
  if (!held_back) return;
  const auto waited = RequestTimes::between(times.received, times.begun);
  slow_request_log().warn(
      "request {} ({}) of {} took {} ms: it waited for {} and was processed for {} (and {} such "
      "before)",
      name, times.code, peer.text(), duration_cast<milliseconds>(took).count(),
      duration_cast<milliseconds>(waited).count(),
      duration_cast<milliseconds>(took - waited).count(), *held_back);
}

}  // namespace rocketmq::remoting
