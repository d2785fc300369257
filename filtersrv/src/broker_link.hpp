#pragma once

#include <chrono>
#include <mutex>
#include <string>

#include "rocketmq/common/clock.hpp"
#include "rocketmq/filtersrv/filter_server_settings.hpp"
#include "rocketmq/remoting/client.hpp"

namespace rocketmq::filtersrv {

/// The broker beside which this filter server runs: registers there every 10 s, and after a
/// failure again after 1 s, 2 s, and so on up to 10 s (spec/filtersrv.md §3); the inner pulls go
/// there as well. The broker forgets a filter server when its connection closes, or that has been
/// silent for 30 s.
/// Runs on: any thread; registrations are sent by tick() and end on an I/O thread `net-broker-0`.
class BrokerLink {
 public:
  static constexpr std::chrono::milliseconds period{10'000};
  static constexpr std::chrono::milliseconds retry_first{1'000};
  /// After this long without a registration the broker has forgotten this server.
  static constexpr std::chrono::milliseconds lost_after{30'000};

  /// Connections are encrypted where `tls` is given.
  BrokerLink(const FilterServerConfig& config, const Clock& clock,
             std::shared_ptr<const net::TlsCredentials> tls);

  /// `own_address` is what consumers are to connect to. Before the first tick().
  void set_own_address(std::string own_address) { own_address_ = std::move(own_address); }
  /// Registers if it is time to.
  void tick();
  bool is_registered() const;
  const std::string& address() const { return address_; }
  remoting::Client& network() { return network_; }
  /// Closes the connection; requests under way end with ShutDown.
  void stop() { network_.shutdown(); }

 private:
  void registered(const remoting::RemotingCommand& answer);
  void failed(const std::string& reason);
  void note(const Result<remoting::RemotingCommand>& answer);

  const std::string address_;
  const Clock& clock_;
  std::string own_address_;
  mutable std::mutex mutex_;
  bool is_under_way_ = false;                              // guarded by mutex_
  std::chrono::steady_clock::time_point due_{};            // guarded by mutex_
  std::chrono::milliseconds retry_{retry_first};           // guarded by mutex_
  bool has_failed_ = false;                                // guarded by mutex_
  std::string broker_;                                     // guarded by mutex_; "name (id)"
  std::chrono::steady_clock::time_point registered_at_{};  // guarded by mutex_
  bool was_registered_ = false;                            // guarded by mutex_
  remoting::Client network_;                               // last: its callbacks use the others
};

}  // namespace rocketmq::filtersrv
