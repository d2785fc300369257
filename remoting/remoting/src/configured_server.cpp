#include "rocketmq/remoting/configured_server.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include "rocketmq/common/descriptors.hpp"

namespace rocketmq::remoting {

ServerOptions server_options(const ServerConfig& config) {
  ServerOptions options;
  options.bind_address = config.bind_address;
  options.port = static_cast<std::uint16_t>(config.listen_port);
  options.net_threads = static_cast<std::size_t>(config.server_selector_threads);
  options.backlog = config.server_socket_backlog;
  options.idle_timeout = std::chrono::seconds(config.server_channel_max_idle_time_seconds);
  options.socket_send_buffer_bytes = config.server_socket_snd_buf_size;
  options.socket_receive_buffer_bytes = config.server_socket_rcv_buf_size;
  return options;
}

SharedLimits::Options shared_limits(const ServerConfig& config) {
  std::size_t connections = share_descriptors(descriptor_limit()).connections;
  if (config.server_connections_max > 0)
    connections = std::min(connections, static_cast<std::size_t>(config.server_connections_max));
  return {.connections_max = std::min<std::size_t>(connections, ServerConfig::connections_max),
          .buffer_bytes_max = static_cast<std::size_t>(config.server_buffer_bytes_max)};
}

}  // namespace rocketmq::remoting
