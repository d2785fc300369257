#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "rocketmq/common/clock.hpp"
#include "rocketmq/common/log_limiter.hpp"
#include "rocketmq/common/result.hpp"
#include "rocketmq/remoting/channel.hpp"

namespace rocketmq::broker {

/// The filter servers beside this broker, by the connection over which they registered
/// (spec/filtersrv.md §3). Runs on: any thread (mutex_). Bounded: `servers_max` entries.
class FilterServers {
 public:
  /// One that has not registered again for this long is removed, and its connection closed.
  static constexpr std::chrono::milliseconds silence_max{30'000};
  /// What a name server takes of one broker.
  static constexpr std::size_t servers_max = 1'024;

  explicit FilterServers(const Clock& clock) : clock_(clock) {}

  /// Called when the list of addresses has changed, without a lock. Set before the first call.
  void on_change(std::function<void()> listener) { on_change_ = std::move(listener); }

  /// Inserts or refreshes. `address` is what consumers are to connect to. Error: it is none that
  /// they can connect to, or the table is full.
  Result<void> register_server(const remoting::ChannelPtr& channel, const std::string& address);
  void channel_closed(const remoting::ChannelPtr& channel);
  /// Removes and closes the silent ones.
  void scan_silent_channels();

  /// Sorted, each once.
  std::vector<std::string> addresses() const;
  std::size_t size() const;

 private:
  struct Entry {
    remoting::ChannelPtr channel;
    std::string address;
    std::chrono::steady_clock::time_point heard_at;
  };
  void changed() const {
    if (on_change_) on_change_();
  }

  const Clock& clock_;
  // A peer can come, go and change its address as often as it likes.
  LogLimiter came_log_;
  LogLimiter gone_log_;
  LogLimiter silent_log_;
  std::function<void()> on_change_;
  mutable std::mutex mutex_;
  std::map<std::uint64_t, Entry> entries_;  // guarded by mutex_; by the connection's id
};

}  // namespace rocketmq::broker
