#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "rocketmq/common/clock.hpp"
#include "rocketmq/common/result.hpp"
#include "rocketmq/store/replica_writer.hpp"
#include "rocketmq/store/store_config.hpp"

namespace rocketmq::broker::ha {

/// How a slave's link to its master is.
struct MasterState {
  /// Empty: not known.
  std::string address;
  bool is_connected = false;
  std::int64_t last_read_ms = 0;
  std::int64_t last_write_ms = 0;
  std::int64_t bytes_per_second = 0;
  /// Why it does not follow, or did not the last time; empty: there was no reason not to.
  std::string last_failure;
};

/// The slave's end of replication: connects to the master, appends what comes, and reports
/// (spec/ha.md §2.1). What fails is tried again after retry_pause_min; each time after twice as
/// long, up to retry_pause_max, until something has come from the master.
///
/// Runs on: `ha-slave`, a reactor of its own with this one link, which waits for the disk where
/// append_at() does; meanwhile nothing is read, and the master waits. start() and stop() on the
/// owner's thread, the rest on any.
class HaClient {
 public:
  static constexpr std::chrono::milliseconds connect_timeout{3'000};
  static constexpr std::chrono::milliseconds retry_pause_min{100};
  static constexpr std::chrono::milliseconds retry_pause_max{5'000};

  /// Asked before each connect whether the log may be continued by this master's. Calls the answer
  /// once, on any thread, also after stop() has begun; an Error says why not.
  using Answer = std::function<void(Result<void>)>;
  using Check = std::function<void(Answer)>;

  /// All must outlive it. A null `check` finds nothing wrong.
  HaClient(const store::StoreConfig& config, const Clock& clock, store::ReplicaWriter& writer,
           Check check = nullptr);
  ~HaClient();
  HaClient(const HaClient&) = delete;
  HaClient& operator=(const HaClient&) = delete;

  void start();
  /// Closes the link. Idempotent.
  void stop();

  /// Where the master listens for slaves, "host:port". Takes effect at the next connect: a link
  /// that holds is kept. An empty one is ignored: the last one is kept (spec/ha.md §5).
  void set_master_address(const std::string& address);
  MasterState state() const;

 private:
  struct Impl;
  class Link;
  std::shared_ptr<Impl> impl_;
};

}  // namespace rocketmq::broker::ha
