#pragma once

#include <cstdint>
#include <string>

#include "rocketmq/common/address_list.hpp"
#include "rocketmq/common/live.hpp"
#include "rocketmq/common/tls_config.hpp"

namespace rocketmq {

class ConfigTable;

/// What the configuration of every daemon says of its listeners and their connections. A daemon's
/// own configuration derives from it; member names are the keys' names, in our spelling
/// (docs/configuration.md).
struct ServerConfig {
  std::string bind_address = "0.0.0.0";
  std::int32_t listen_port = 0;
  std::int32_t server_selector_threads = 2;
  std::int32_t server_channel_max_idle_time_seconds = 120;
  /// 0 leaves the system's.
  std::int32_t server_socket_snd_buf_size = 0;
  std::int32_t server_socket_rcv_buf_size = 0;
  std::int32_t server_socket_backlog = 1'024;
  /// 0: as many as the limit of open descriptors leaves.
  std::int32_t server_connections_max = 0;
  std::int64_t server_buffer_bytes_max = 536'870'912;
  /// Who may change something; everybody when it is empty.
  AddressList admin_allowed_addresses;
  /// 0: no request is slow.
  Live<std::int64_t> slow_request_threshold_ms = 1'000;
  TlsConfig tls;

  /// Whatever is configured, a daemon has no more connections.
  static constexpr std::int32_t connections_max = 100'000;
  /// The least that serverBufferBytesMax may be: a frame.
  static constexpr std::int64_t buffer_bytes_min = 16 * 1'024 * 1'024;
};

/// What differs between daemons in the key listenPort.
struct ListenPortKey {
  std::string meaning;
  std::int32_t min = 0;
  std::int32_t max = 65'535;
};

/// Binds bindAddress, listenPort and the keys that begin with "server".
void add_server_keys(ConfigTable& table, ServerConfig& config, const ListenPortKey& listen_port);
/// Binds adminAllowedAddresses.
void add_access_key(ConfigTable& table, ServerConfig& config);
/// Binds slowRequestThresholdMills.
void add_slow_request_key(ConfigTable& table, ServerConfig& config);

}  // namespace rocketmq
