#include "rocketmq/common/server_config.hpp"

#include "rocketmq/common/config_table.hpp"

namespace rocketmq {

void add_server_keys(ConfigTable& table, ServerConfig& config, const ListenPortKey& listen_port) {
  table.add(
      "bindAddress", config.bind_address, "ip",
      "literal address to listen on; unset: 0.0.0.0, every interface, if the configuration names "
      "another host");
  table.add("listenPort", config.listen_port, "port", listen_port.meaning, listen_port.min,
            listen_port.max);
  table.add("serverSelectorThreads", config.server_selector_threads, "threads",
            "reactors of each listener", 1, 256);
  table.add("serverChannelMaxIdleTimeSeconds", config.server_channel_max_idle_time_seconds, "s",
            "silent connections are closed after this time; 0 never", 0, 1'000'000);
  table.add("serverSocketSndBufSize", config.server_socket_snd_buf_size, "bytes",
            "0 leaves the system's", 0);
  table.add("serverSocketRcvBufSize", config.server_socket_rcv_buf_size, "bytes",
            "0 leaves the system's", 0);
  table.add("serverSocketBacklog", config.server_socket_backlog, "count",
            "connections that wait for accept", 1);
  table.add("serverConnectionsMax", config.server_connections_max, "count",
            "connections of all listeners; 0: what the limit of open files leaves, at most 100000",
            0, ServerConfig::connections_max);
  table.add("serverConnectionsPerAddressMax", config.server_connections_per_address_max, "count",
            "connections of one address; 0: all that no other address asks for. When every place "
            "is taken, the address that has most makes room",
            0, ServerConfig::connections_max);
  table.add("serverFirstRequestTimeoutSeconds", config.server_first_request_timeout_seconds, "s",
            "connections that have sent no whole request by then are closed; 0 never", 0,
            1'000'000);
  table.add("serverOutputBytesMax", config.server_output_bytes_max, "bytes",
            "unread responses of one connection; with more it is closed",
            ServerConfig::buffer_bytes_min);
  table.add(
      "serverBufferBytesMax", config.server_buffer_bytes_max, "bytes",
      "unread responses and unfinished requests in memory; the connections with most are closed",
      ServerConfig::buffer_bytes_min);
  add_tls_keys(table, config.tls);
}

void add_access_keys(ConfigTable& table, ServerConfig& config) {
  table.add("adminAllowedAddresses", config.admin_allowed_addresses,
            "addresses whose requests may change something; empty: this machine, or with aclEnable "
            "administrators");
  table.add("openToAllHosts", config.open_to_all_hosts, "bool",
            "every host may connect and change something, where no other key says it");
}

void add_acl_keys(ConfigTable& table, ServerConfig& config) {
  table.add("aclEnable", config.acl_enable, "bool",
            "only requests of accounts and of trusted addresses are processed");
  table.add_path("aclFile", config.acl_file,
                 "the accounts; conf/plain_acl.yml below rocketmqHome when unset");
}

void add_slow_request_key(ConfigTable& table, ServerConfig& config) {
  table.add("slowRequestThresholdMills", config.slow_request_threshold_ms, "ms",
            "requests that take longer, from their arrival to their response, are counted, and "
            "logged; 0: none",
            0);
}

}  // namespace rocketmq
