#include "rocketmq/common/endpoint.hpp"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <memory>
#include <system_error>

#include "rocketmq/common/text.hpp"

namespace rocketmq {
namespace {

Error bad_address(std::string_view text) {
  return {ResponseCode::SystemError,
          "'" + std::string(text) + "' is no address of the form host:port"};
}

bool is_bridge(const char* interface_name) {
  std::error_code ignored;
  return std::filesystem::exists(std::string("/sys/class/net/") + interface_name + "/bridge",
                                 ignored);
}

}  // namespace

Endpoint Endpoint::v4(std::uint8_t a, std::uint8_t b, std::uint8_t c, std::uint8_t d,
                      std::int32_t port) {
  Endpoint endpoint;
  endpoint.ip = {a, b, c, d};
  endpoint.port = port;
  return endpoint;
}

Result<Endpoint> Endpoint::from_ip(std::string_view ip, std::int32_t port) {
  const std::string text(ip);
  Endpoint endpoint;
  endpoint.port = port;
  if (inet_pton(AF_INET, text.c_str(), endpoint.ip.data()) == 1) return endpoint;
  endpoint.ip_bytes = 16;
  if (inet_pton(AF_INET6, text.c_str(), endpoint.ip.data()) == 1) return endpoint;
  return Error{ResponseCode::SystemError, "'" + text + "' is no IPv4 or IPv6 address"};
}

Result<Endpoint> Endpoint::parse(std::string_view text) {
  const auto parts = parse_host_port(text);
  if (!parts) return parts.error();
  return from_ip(parts->host, parts->port);
}

std::string Endpoint::ip_text() const {
  char buffer[INET6_ADDRSTRLEN] = {};
  inet_ntop(is_v6() ? AF_INET6 : AF_INET, ip.data(), buffer, sizeof buffer);
  return buffer;
}

std::string Endpoint::text() const {
  return (is_v6() ? "[" + ip_text() + "]" : ip_text()) + ":" + std::to_string(port);
}

Result<HostPort> parse_host_port(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return bad_address(text);
  std::string_view host = text.substr(0, colon);
  const std::string_view port_text = text.substr(colon + 1);
  if (host.front() == '[') {
    if (host.size() < 3 || host.back() != ']') return bad_address(text);
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != std::string_view::npos) {
    return bad_address(text);
  }
  const auto port = whole_number<std::uint16_t>(port_text);
  if (!port || *port == 0) return bad_address(text);
  return HostPort{std::string(host), *port};
}

bool is_host_name(std::string_view text) {
  constexpr std::size_t chars_max = 253;
  return !text.empty() && text.size() <= chars_max && text.front() != '.' && text.front() != '-' &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '-' || c == '_' || c == '.';
         });
}

Result<Endpoint> resolve_host(const std::string& host, std::int32_t port) {
  if (auto literal = Endpoint::from_ip(host, port)) return literal;
  if (!is_host_name(host)) {
    return Error{ResponseCode::SystemError, "'" + host + "' is neither an address nor a host name"};
  }
  addrinfo wanted{};
  wanted.ai_socktype = SOCK_STREAM;
  addrinfo* raw = nullptr;
  if (const int failure = getaddrinfo(host.c_str(), nullptr, &wanted, &raw); failure != 0) {
    const std::string reason =
        failure == EAI_SYSTEM ? std::generic_category().message(errno) : gai_strerror(failure);
    return Error{ResponseCode::SystemError, "cannot resolve the host name " + host + ": " + reason};
  }
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> addresses(raw, freeaddrinfo);
  Endpoint endpoint;
  endpoint.port = port;
  for (const int family : {AF_INET, AF_INET6}) {
    for (const addrinfo* entry = addresses.get(); entry != nullptr; entry = entry->ai_next) {
      if (entry->ai_family != family) continue;
      if (family == AF_INET) {
        sockaddr_in address{};
        std::memcpy(&address, entry->ai_addr, sizeof address);
        std::memcpy(endpoint.ip.data(), &address.sin_addr, 4);
      } else {
        sockaddr_in6 address{};
        std::memcpy(&address, entry->ai_addr, sizeof address);
        endpoint.ip_bytes = 16;
        std::memcpy(endpoint.ip.data(), &address.sin6_addr, 16);
      }
      return endpoint;
    }
  }
  return Error{ResponseCode::SystemError, "the host name " + host + " has no IP address"};
}

Result<std::vector<std::string>> parse_address_list(std::string_view text) {
  auto addresses = split(text, ';');
  for (const std::string& address : addresses) {
    if (const auto parsed = parse_host_port(address); !parsed) return parsed.error();
  }
  if (addresses.empty()) return Error{ResponseCode::SystemError, "the address list is empty"};
  return addresses;
}

std::string local_ip() {
  ifaddrs* raw = nullptr;
  if (getifaddrs(&raw) != 0) return "127.0.0.1";
  const std::unique_ptr<ifaddrs, decltype(&freeifaddrs)> interfaces(raw, freeifaddrs);
  std::string private_v4;
  std::string v6;
  for (const ifaddrs* entry = interfaces.get(); entry != nullptr; entry = entry->ifa_next) {
    if (entry->ifa_addr == nullptr || (entry->ifa_flags & IFF_UP) == 0 ||
        (entry->ifa_flags & IFF_LOOPBACK) != 0 || is_bridge(entry->ifa_name)) {
      continue;
    }
    Endpoint endpoint;
    if (entry->ifa_addr->sa_family == AF_INET) {
      sockaddr_in address{};
      std::memcpy(&address, entry->ifa_addr, sizeof address);
      std::memcpy(endpoint.ip.data(), &address.sin_addr, 4);
      const std::string text = endpoint.ip_text();
      if (text.starts_with("127.0.")) continue;
      if (!text.starts_with("192.168.")) return text;
      private_v4 = text;
    } else if (entry->ifa_addr->sa_family == AF_INET6 && v6.empty()) {
      sockaddr_in6 address{};
      std::memcpy(&address, entry->ifa_addr, sizeof address);
      if (IN6_IS_ADDR_LINKLOCAL(&address.sin6_addr)) continue;
      endpoint.ip_bytes = 16;
      std::memcpy(endpoint.ip.data(), &address.sin6_addr, 16);
      v6 = endpoint.ip_text();
    }
  }
  if (!private_v4.empty()) return private_v4;
  return v6.empty() ? "127.0.0.1" : v6;
}

}  // namespace rocketmq
