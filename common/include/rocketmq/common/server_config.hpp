#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "rocketmq/common/address_list.hpp"
#include "rocketmq/common/live.hpp"
#include "rocketmq/common/published_address.hpp"
#include "rocketmq/common/tls_config.hpp"

namespace rocketmq {

class ConfigTable;

/// What the configuration of every daemon says of its listeners and their connections. A daemon's
/// own configuration derives from it; member names are the keys' names, in our spelling
/// (docs/configuration.md).
struct ServerConfig {
  /// Settled by settle_bind_address(), where no key says it.
  std::string bind_address = "127.0.0.1";
  /// Why others may connect, for the line at the start. Not a key.
  std::string opened_by;
  std::int32_t listen_port = 0;
  std::int32_t server_selector_threads = 2;
  std::int32_t server_channel_max_idle_time_seconds = 120;
  /// 0 leaves the system's.
  std::int32_t server_socket_snd_buf_size = 0;
  std::int32_t server_socket_rcv_buf_size = 0;
  std::int32_t server_socket_backlog = 1'024;
  /// 0: as many as the limit of open descriptors leaves.
  std::int32_t server_connections_max = 0;
  /// 0: as many as no other address asks for.
  std::int32_t server_connections_per_address_max = 0;
  std::int32_t server_first_request_timeout_seconds = 60;
  /// Of one connection.
  std::int64_t server_output_bytes_max = 67'108'864;
  std::int64_t server_buffer_bytes_max = 536'870'912;
  /// Who may change something; empty: as settle_administrators() says.
  AddressList admin_allowed_addresses;
  /// Every host may connect, and may change something.
  bool open_to_all_hosts = false;
  /// Who may change something, once it is settled. Not a key.
  AddressList administrators = loopback_addresses();
  /// Only requests of accounts and of trusted addresses are processed.
  bool acl_enable = false;
  /// The accounts; empty: conf/plain_acl.yml below rocketmqHome.
  std::filesystem::path acl_file;
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
/// Binds adminAllowedAddresses and openToAllHosts.
void add_access_keys(ConfigTable& table, ServerConfig& config);
/// Binds aclEnable and aclFile.
void add_acl_keys(ConfigTable& table, ServerConfig& config);
/// Binds slowRequestThresholdMills.
void add_slow_request_key(ConfigTable& table, ServerConfig& config);

}  // namespace rocketmq
