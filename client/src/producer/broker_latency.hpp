#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <optional>
#include <string>

namespace rocketmq::client {

/// How fast brokers responded to sends, and which of them are better avoided for a while
/// (sendLatencyFaultEnable). Safe on any thread. One entry per broker name.
class BrokerLatency {
 public:
  using Time = std::chrono::steady_clock::time_point;
  using Milliseconds = std::chrono::milliseconds;

  /// Notes how long a send took; from a certain time on the broker counts as unavailable for a
  /// while, the longer the slower it was. A failed send counts as one of 30 s.
  void record(const std::string& broker, Milliseconds latency, bool failed, Time now);
  bool is_available(const std::string& broker, Time now) const;
  /// One of the better half of the brokers that were recorded, in turn. For the case that no broker
  /// is available.
  std::optional<std::string> pick_better(Time now);
  void forget(const std::string& broker);

 private:
  struct Entry {
    Milliseconds latency{0};
    Time available_from;
  };

  mutable std::mutex mutex_;
  std::map<std::string, Entry> entries_;  // guarded by mutex_
  std::size_t next_ = 0;                  // guarded by mutex_
};

}  // namespace rocketmq::client
