#pragma once

#include <memory>
#include <string>

#include "rocketmq/broker/broker_config.hpp"
#include "rocketmq/common/clock.hpp"
#include "rocketmq/common/figure_table.hpp"
#include "rocketmq/common/result.hpp"

namespace rocketmq::store {
class FileSystem;
}

namespace rocketmq::broker {

/// One broker: its store, its tables, its listeners and its background work. Constructed by open(),
/// run by start(), ended by stop().
class Broker {
 public:
  /// Why a broker did not come up; the daemon's exit code depends on it (spec/config.md §5.2).
  enum class Failure {
    /// Another broker uses the store.
    StoreLocked,
    /// A file of the store or of config/ cannot be used.
    Initialise,
    /// A port is taken, a thread could not be started.
    Start,
  };
  struct Refusal {
    Failure failure = Failure::Start;
    std::string reason;
  };

  /// Locks the store, then loads and recovers it and the tables. Nothing is touched before the lock
  /// is held. `settings`, whose live members requests may change, `clock` and `file_system`, which
  /// is the store's and may be null for the machine's own, must outlive the broker. Null with
  /// `refusal` set when it cannot be.
  static std::unique_ptr<Broker> open(BrokerSettings& settings, const Clock& clock,
                                      Refusal& refusal, store::FileSystem* file_system = nullptr);
  ~Broker();
  Broker(const Broker&) = delete;
  Broker& operator=(const Broker&) = delete;

  /// Starts the store's threads, the listeners and the background work, and registers with the name
  /// servers; waits for reachable ones for a moment only. False with `refusal` set when it cannot
  /// be; everything is stopped again then.
  bool start(Refusal& refusal);
  /// Orderly stop: unregisters first, so that clients turn away, and closes the store last.
  /// Idempotent.
  void stop();
  /// Every figure of the broker. Any thread; valid while the broker is.
  const FigureTable& figures() const;

 private:
  struct Impl;
  explicit Broker(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace rocketmq::broker
