#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "rocketmq/net/transport.hpp"

namespace rocketmq::net {

class Reactor;

struct SocketOptions {
  /// 0 leaves the system's default.
  int send_buffer_bytes = 0;
  int receive_buffer_bytes = 0;
};

/// A TCP connection that has been accepted. Takes over `descriptor`, which is non-blocking.
std::unique_ptr<Transport> accepted_tcp(Reactor& reactor, int descriptor, SocketOptions options);
/// A TCP connection to "host:port", a name or a literal address. How long it may take is the
/// user's to limit, by close().
std::unique_ptr<Transport> connecting_tcp(Reactor& reactor, std::string host, std::uint16_t port,
                                          SocketOptions options);

}  // namespace rocketmq::net
