#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ha/ha_client.hpp"
#include "ha/ha_server.hpp"
#include "rocketmq/broker/broker_config.hpp"
#include "rocketmq/common/clock.hpp"
#include "rocketmq/common/figure_table.hpp"
#include "rocketmq/store/message_store.hpp"

namespace rocketmq::broker::ha {

/// How the replication of a broker is, for administrators.
struct HaState {
  store::BrokerRole role = store::BrokerRole::AsyncMaster;
  std::int64_t log_end = 0;
  std::vector<SlaveState> slaves;
  /// A slave's.
  MasterState master;

  std::int64_t slaves_in_sync() const;
  /// Of the slave that is farthest behind.
  std::int64_t lag_bytes_max() const;
};

/// The broker's part in replication: every broker listens for slaves; a slave follows its master
/// as well. Who is the master is decided elsewhere: the role is given to start(), the master's
/// address to set_master_ha_address().
///
/// Runs on: start() and stop() on the owner's thread, the rest on any after start().
class Replication {
 public:
  /// All must outlive it. A slave asks `check` before each connect; null finds nothing wrong.
  Replication(const BrokerSettings& settings, const Clock& clock, store::MessageStore& store,
              HaClient::Check check = nullptr);

  /// After the store's start. Error: the port for slaves cannot be bound.
  Result<void> start(store::BrokerRole role);
  /// Before the store's shutdown, and when nothing more is put: slaves that follow get the rest of
  /// the log, within a second. Idempotent.
  void stop();

  /// A slave's: "host:port" where its master listens for slaves, as name servers tell it
  /// (haServerAddr of a registration's answer), or an election. Ignored when it is empty, when
  /// haMasterAddress is configured, and on a master.
  void set_master_ha_address(const std::string& address);

  HaState state() const;
  void add_figures(FigureTable& figures) const;

 private:
  const store::StoreConfig& config_;
  store::MessageStore& store_;
  HaServer server_;
  HaClient client_;
  bool is_slave_ = false;  // set by start()
};

}  // namespace rocketmq::broker::ha
