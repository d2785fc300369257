#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "rocketmq/common/result.hpp"
#include "rocketmq/store/replication_source.hpp"
#include "rocketmq/store/store_config.hpp"

namespace rocketmq::broker::ha {

/// How far one slave is.
struct SlaveState {
  std::string address;
  /// Where its log ends; the first position it asked for.
  std::int64_t acknowledged = 0;
  std::int64_t began_at = 0;
  /// Where what is sent next begins.
  std::int64_t next = 0;
  /// Bytes of this log that it does not have.
  std::int64_t lag_bytes = 0;
  std::int64_t bytes_per_second = 0;
  /// The lag is below haSlaveFallbehindMax.
  bool is_in_sync = false;
};

/// The master's end of replication: listens for slaves, sends each of them the log from where it
/// asks, and tells the store how far they are (spec/ha.md §2.2).
///
/// Runs on: `ha-master`, a reactor on which all slaves live; it never waits. What is not in memory
/// is read by `ha-read-0`. start() and stop() on the owner's thread, the rest on any. Bounded:
/// slaves_max links, and what one slave has not taken by window_bytes and a frame.
class HaServer {
 public:
  static constexpr std::size_t slaves_max = 64;
  /// Frames that wait for a slave's link.
  static constexpr std::size_t window_bytes = 512 * 1024;
  static constexpr std::chrono::milliseconds gather_pause{1};
  /// What is read from the disk in one step for a slave that is far behind.
  static constexpr std::size_t load_bytes = 1024 * 1024;

  struct Options {
    std::string bind_address;
    std::uint16_t port = 0;
  };
  /// `config` and `source` must outlive it.
  HaServer(Options options, const store::StoreConfig& config, store::ReplicationSource& source);
  ~HaServer();
  HaServer(const HaServer&) = delete;
  HaServer& operator=(const HaServer&) = delete;

  /// With `is_waited_for`, what is put leaves immediately; else, under traffic, what has come
  /// together in gather_pause. Error: names the address that cannot be bound, and why.
  Result<void> start(bool is_waited_for);
  std::uint16_t port() const;
  /// Takes no more slaves, waits until those that follow have the whole log, for `limit` at most,
  /// and closes their links. Idempotent.
  void stop(std::chrono::milliseconds limit);

  /// The slaves that follow: those that have said where they are.
  std::vector<SlaveState> slaves() const;

 private:
  struct Impl;
  class Link;
  std::unique_ptr<Impl> impl_;
};

}  // namespace rocketmq::broker::ha
