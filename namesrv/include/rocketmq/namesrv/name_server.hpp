#pragma once

#include <cstdint>
#include <memory>

#include "rocketmq/common/clock.hpp"
#include "rocketmq/common/figure_table.hpp"
#include "rocketmq/common/result.hpp"
#include "rocketmq/namesrv/namesrv_settings.hpp"

namespace rocketmq::namesrv {

/// A name server: constructs and connects the parts, starts them, and stops them in reverse order.
class NameServer {
 public:
  /// Both arguments must outlive the name server.
  NameServer(NamesrvSettings& settings, const Clock& clock);
  ~NameServer();
  NameServer(const NameServer&) = delete;
  NameServer& operator=(const NameServer&) = delete;

  /// Loads the KV configuration, then listens. Errors: the KV configuration cannot be read, or the
  /// port cannot be bound.
  Result<void> start();
  /// The port it listens on; after start().
  std::uint16_t port() const;
  /// Closes every connection and joins every thread. Idempotent.
  void stop();
  /// Every figure of the name server. Any thread; valid while the name server is.
  const FigureTable& figures() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace rocketmq::namesrv
