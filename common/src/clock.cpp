#include "rocketmq/common/clock.hpp"

#include <ctime>

namespace rocketmq {

std::int64_t SystemClock::now_ms() const {
  using namespace std::chrono;
  return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

std::chrono::steady_clock::time_point SystemClock::steady_now() const {
  return std::chrono::steady_clock::now();
}

std::chrono::steady_clock::time_point SystemClock::coarse_steady_now() const {
  timespec now{};
  // What steady_clock counts, as of the kernel's last tick.
  clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
  return std::chrono::steady_clock::time_point(std::chrono::seconds(now.tv_sec) +
                                               std::chrono::nanoseconds(now.tv_nsec));
}

std::chrono::steady_clock::time_point ManualClock::steady_now() const {
  return std::chrono::steady_clock::time_point(std::chrono::milliseconds(steady_ms_.load()));
}

}  // namespace rocketmq
