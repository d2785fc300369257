#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rocketmq/common/result.hpp"

namespace rocketmq {

/// An IP address and a port, as messages and message ids carry them.
/// `ip` holds 4 or 16 bytes in network order; the rest is zero.
struct Endpoint {
  std::array<std::uint8_t, 16> ip{};
  std::uint8_t ip_bytes = 4;
  std::int32_t port = 0;

  static Endpoint v4(std::uint8_t a, std::uint8_t b, std::uint8_t c, std::uint8_t d,
                     std::int32_t port);
  /// "10.0.0.1:10911" or "[::1]:10911"; the host must be a literal address.
  static Result<Endpoint> parse(std::string_view text);
  /// `ip` is a literal address without a port.
  static Result<Endpoint> from_ip(std::string_view ip, std::int32_t port);

  bool is_v6() const { return ip_bytes == 16; }
  std::span<const std::uint8_t> address() const { return {ip.data(), ip_bytes}; }
  /// "10.0.0.1" or "::1".
  std::string ip_text() const;
  /// "10.0.0.1:10911" or "[::1]:10911".
  std::string text() const;

  friend bool operator==(const Endpoint&, const Endpoint&) = default;
};

/// Splits "host:port" (also "[v6]:port"); the host may be a name. Port 1…65535.
struct HostPort {
  std::string host;
  std::uint16_t port = 0;
};
Result<HostPort> parse_host_port(std::string_view text);

/// True for what may be a host name: letters, digits, '-', '_' and '.', at most 253 of them.
bool is_host_name(std::string_view text);

/// The address of a host, which is a name or a literal; IPv4 comes first where it has both. Waits
/// for the system's look-up, which may take many seconds. Error: names the host and the reason.
Result<Endpoint> resolve_host(const std::string& host, std::int32_t port);

/// Splits an address list "a:9876;b:9876"; blanks around an address and empty pieces are dropped.
/// Errors: empty list, or a piece that is no host:port (the remark names the piece).
Result<std::vector<std::string>> parse_address_list(std::string_view text);

/// The address under which this machine publishes itself: the first IPv4 of an interface that is up
/// and neither loopback, 192.168.*, nor a bridge; else the last 192.168.* one; else IPv6; else
/// 127.0.0.1.
std::string local_ip();

}  // namespace rocketmq
