#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <optional>
#include <string>

namespace rocketmq::client {

/// Which brokers have got a heartbeat of this client on their present connection, and when
/// one that has not gets the next. A broker knows its clients by their connections: after a new one
/// was made it neither checks transactions nor reports new members until it gets a heartbeat.
/// Keeps the books only, and sends nothing. Safe on any thread.
class HeartbeatBook {
 public:
  /// Tries after a failure are this far apart at first, then twice as far each time, up to the
  /// larger one.
  static constexpr std::chrono::milliseconds first_delay{1'000};
  static constexpr std::chrono::milliseconds last_delay{30'000};

  /// `period`: how often all brokers get one in any case.
  explicit HeartbeatBook(std::chrono::milliseconds period) : period_(period) {}

  /// True while nothing has been noted of the broker.
  bool is_new(const std::string& address) const;
  /// True when a heartbeat was sent on the present connection, or on the one that is being made.
  bool is_told(const std::string& address) const;
  void sent(const std::string& address);
  /// A heartbeat was successful.
  void taken(const std::string& address);
  /// A heartbeat has failed, or the connection was lost. After the time that is returned
  /// take_retry() is to be called; nothing is returned while that is to come anyway, and when the
  /// next periodic heartbeat is as near.
  std::optional<std::chrono::milliseconds> lost(const std::string& address);
  /// The time is over: true if the broker still needs one.
  bool take_retry(const std::string& address);
  /// The broker is no longer in use.
  void forget(const std::string& address);

 private:
  struct Entry {
    bool is_told = false;
    bool is_retry_coming = false;
    std::chrono::milliseconds next_delay = first_delay;
  };

  const std::chrono::milliseconds period_;
  mutable std::mutex mutex_;
  std::map<std::string, Entry> brokers_;  // guarded by mutex_; by address
};

}  // namespace rocketmq::client
