#include "rocketmq/remoting/configured_server.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include "rocketmq/common/descriptors.hpp"
#include "rocketmq/common/figure_table.hpp"

namespace rocketmq::remoting {

ServerOptions server_options(const ServerConfig& config) {
  ServerOptions options;
  options.bind_address = config.bind_address;
  options.port = static_cast<std::uint16_t>(config.listen_port);
  options.net_threads = static_cast<std::size_t>(config.server_selector_threads);
  options.backlog = config.server_socket_backlog;
  options.idle_timeout = std::chrono::seconds(config.server_channel_max_idle_time_seconds);
  options.first_request_timeout = std::chrono::seconds(config.server_first_request_timeout_seconds);
  options.output_bytes_max = static_cast<std::size_t>(config.server_output_bytes_max);
  options.socket_send_buffer_bytes = config.server_socket_snd_buf_size;
  options.socket_receive_buffer_bytes = config.server_socket_rcv_buf_size;
  return options;
}

SharedLimits::Options shared_limits(const ServerConfig& config) {
  std::size_t connections = share_descriptors(descriptor_limit()).connections;
  if (config.server_connections_max > 0)
    connections = std::min(connections, static_cast<std::size_t>(config.server_connections_max));
  return {.connections_max = std::min<std::size_t>(connections, ServerConfig::connections_max),
          .per_address_max = static_cast<std::size_t>(config.server_connections_per_address_max),
          .buffer_bytes_max = static_cast<std::size_t>(config.server_buffer_bytes_max)};
}

void add_connection_figures(FigureTable& table, std::shared_ptr<const SharedLimits> limits) {
  const auto count = [&](const Figure& figure, auto size_of) {
    table.add(figure, [limits, size_of]() -> FigureValue {
      return static_cast<std::int64_t>(size_of(*limits));
    });
  };
  count({.name = "connectionsMax",
         .unit = "connections",
         .help = "connections that all listeners accept together",
         .use = in_state_line},
        [](const SharedLimits& now) { return now.options().connections_max; });
  count({.name = "silentConnectionCount",
         .unit = "connections",
         .help = "connections that have not sent a whole request yet",
         .use = in_state_line},
        [](const SharedLimits& now) { return now.silent_connections(); });
  count({.name = "connectionBufferBytes",
         .unit = "bytes",
         .help = "responses that peers have not read, and large requests that are not whole yet",
         .use = in_state_line},
        [](const SharedLimits& now) { return now.buffer_bytes(); });
  count({.name = "connectionBufferBytesMax",
         .unit = "bytes",
         .help = "bytes above which connections are closed"},
        [](const SharedLimits& now) { return now.options().buffer_bytes_max; });
  table.add_family({.name = "closedConnections_",
                    .kind = FigureKind::Counter,
                    .unit = "connections",
                    .help = "connections that were refused or closed: refused, madeRoom, "
                            "buffersFull, outputFull, badInput or noRequest",
                    .key = "REASON"},
                   [limits](const FigureTable::FamilyReader& read) {
                     for (std::size_t k = 0; k < net::endings_count; ++k) {
                       const auto ending = static_cast<net::Ending>(k);
                       read(net::to_string(ending),
                            static_cast<std::int64_t>(limits->endings(ending)));
                     }
                   });
}

}  // namespace rocketmq::remoting
