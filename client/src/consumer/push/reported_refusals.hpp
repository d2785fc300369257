#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <set>
#include <string>
#include <utility>

namespace rocketmq::client {

/// Which refusals of pulls the error listener has got: each topic's and code's once, however many
/// queues and brokers refuse, and not more than one a second. Bounded: further ones are only
/// logged. Safe on any thread.
class ReportedRefusals {
 public:
  static constexpr std::size_t refusals_max = 256;
  static constexpr std::int64_t pause_ms = 1'000;

  /// True if this one is to be reported now. One that has to wait for the pause comes with a later
  /// pull.
  bool admit(const std::string& topic, int code, std::int64_t now_ms);
  /// The topic has a new subscription, whose refusals are news.
  void forget(const std::string& topic);

 private:
  std::mutex mutex_;
  std::set<std::pair<std::string, int>> reported_;  // guarded by mutex_
  std::int64_t next_ms_ = 0;                        // guarded by mutex_
};

}  // namespace rocketmq::client
