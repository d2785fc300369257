#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "rocketmq/common/clock.hpp"
#include "rocketmq/common/figure_table.hpp"
#include "rocketmq/common/result.hpp"
#include "rocketmq/filtersrv/filter_server_settings.hpp"

namespace rocketmq::filtersrv {

/// A filter server: constructs and connects the parts, starts them, and stops them in reverse
/// order.
class FilterServer {
 public:
  /// Both arguments must outlive the filter server. Error: an installed filter does not compile, or
  /// there is no engine of a name.
  static Result<std::unique_ptr<FilterServer>> open(const FilterServerSettings& settings,
                                                    const Clock& clock);
  ~FilterServer();
  FilterServer(const FilterServer&) = delete;
  FilterServer& operator=(const FilterServer&) = delete;

  /// Listens, and begins to register with the broker, which may be started later. Error: the port
  /// cannot be bound.
  Result<void> start();
  /// What consumers connect to, "ip:port"; after start().
  std::string address() const;
  std::uint16_t port() const;
  /// Closes every connection and joins every thread. Idempotent.
  void stop();

  /// Every figure of the filter server. Any thread; valid while the filter server is.
  const FigureTable& figures() const;
  /// The figures of the state line, and each filter with its counts and its state.
  std::string state_line() const;

 private:
  struct Impl;
  explicit FilterServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace rocketmq::filtersrv
