#include "ha/replication.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

namespace rocketmq::broker::ha {
namespace {

/// Below what service managers and containers leave for a stop.
constexpr std::chrono::milliseconds last_bytes_limit{1'000};
/// A shorter haMasterAddress counts as none (spec/ha.md §2.1).
constexpr std::size_t address_bytes_min = 6;

bool has_fixed_master(const store::StoreConfig& config) {
  return config.ha_master_address.size() >= address_bytes_min;
}

using enum FigureKind;

// clang-format off
constexpr FigureRow<HaState> rows[] = {
    // name                       kind     unit       meaning                                                       shown in           read
    {{"slaveCount",               Gauge,   "slaves",  "slaves that follow this broker",                             in_state_line},    [](const HaState& now) -> FigureValue { return std::ssize(now.slaves); }},
    {{"slavesInSync",             Gauge,   "slaves",  "slaves that are less than haSlaveFallbehindMax behind",      in_state_line},    [](const HaState& now) -> FigureValue { return now.slaves_in_sync(); }},
    {{"slaveLagMax",              Gauge,   "bytes",   "end of the log that the slave farthest behind does not have", in_state_line},   [](const HaState& now) -> FigureValue { return now.lag_bytes_max(); }},
    {{"masterConnected",          Gauge,   "links",   "1 on a slave that is connected to its master, else 0",       in_state_line},    [](const HaState& now) -> FigureValue { return std::int64_t{now.master.is_connected ? 1 : 0}; }},
    {{"masterBytesPerSecond",     Gauge,   "bytes/s", "bytes of the log that a slave gets",                         elsewhere},        [](const HaState& now) -> FigureValue { return now.master.bytes_per_second; }},
    {{"masterFailure",            Text,    "",        "why a slave does not follow its master, or none",            in_state_line},    [](const HaState& now) -> FigureValue { return now.master.last_failure.empty() ? std::string("none") : now.master.last_failure; }},
};
// clang-format on

}  // namespace

std::int64_t HaState::slaves_in_sync() const {
  return std::count_if(slaves.begin(), slaves.end(),
                       [](const SlaveState& slave) { return slave.is_in_sync; });
}

std::int64_t HaState::lag_bytes_max() const {
  std::int64_t lag = 0;
  for (const SlaveState& slave : slaves) lag = std::max(lag, slave.lag_bytes);
  return lag;
}

Replication::Replication(const BrokerSettings& settings, const Clock& clock,
                         store::MessageStore& store, HaClient::Check check)
    : config_(settings.store),
      store_(store),
      server_({.bind_address = settings.broker.bind_address,
               .port = static_cast<std::uint16_t>(settings.broker.ha_listen_port)},
              settings.store, store),
      client_(settings.store, clock, store, std::move(check)) {}

Result<void> Replication::start(store::BrokerRole role) {
  is_slave_ = role == store::BrokerRole::Slave;
  if (auto started = server_.start(role == store::BrokerRole::SyncMaster); !started) return started;
  if (!is_slave_) return {};
  if (has_fixed_master(config_)) client_.set_master_address(config_.ha_master_address);
  client_.start();
  return {};
}

void Replication::stop() {
  client_.stop();
  server_.stop(last_bytes_limit);
}

void Replication::set_master_ha_address(const std::string& address) {
  if (is_slave_ && !has_fixed_master(config_)) client_.set_master_address(address);
}

HaState Replication::state() const {
  return {.role = store_.role(),
          .log_end = store_.log_bounds().end,
          .slaves = server_.slaves(),
          .master = client_.state()};
}

void Replication::add_figures(FigureTable& figures) const {
  figures.add_group([this] { return state(); }, rows);
  figures.add_family({.name = "slaveLag_",
                      .unit = "bytes",
                      .help = "end of the log that this slave does not have",
                      .key = "ADDRESS"},
                     [this](const FigureTable::FamilyReader& show) {
                       for (const SlaveState& slave : server_.slaves())
                         show(slave.address, slave.lag_bytes);
                     });
}

}  // namespace rocketmq::broker::ha
