#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "rocketmq/common/properties_file.hpp"
#include "rocketmq/common/server_config.hpp"

// Which hosts reach a daemon, and which of them may change something: the defaults, and what a
// configuration makes of them (docs/operations.md).
namespace rocketmq {

/// A value of the configuration that has addresses: "host", "host:port", or several of these,
/// separated by ';'.
struct NamedAddress {
  /// As the operator knows it: "brokerIP1", "-n".
  std::string_view key;
  std::string_view value;
};

/// True for 127.0.0.0/8, ::1 and localhost. Another name is another host's: it is not resolved.
bool is_loopback_host(std::string_view host);

/// True if one of the addresses is not a loopback address.
bool names_other_hosts(std::string_view addresses);

/// The last value that a file gives the key; empty when it gives none.
std::string_view value_of(const std::vector<Property>& properties, std::string_view key);

/// Gives bind_address its value where `set_address`, what the configuration says, is empty: every
/// interface if `named` has an address of another host or openToAllHosts is on, else the loopback
/// interface. Sets opened_by.
void settle_bind_address(ServerConfig& config, std::string_view set_address,
                         std::initializer_list<NamedAddress> named);

/// Sets `administrators`: adminAllowedAddresses; where that is empty, everybody with openToAllHosts
/// or access control, which judges accounts instead, and else this machine.
void settle_administrators(ServerConfig& config);

/// The address to publish where none is configured: `bind_address`, or the machine's first where
/// that is every interface.
std::string address_to_publish(const std::string& bind_address);

/// What is open to whom, for the operator: a line or two.
std::vector<std::string> exposure_lines(const ServerConfig& config, std::int32_t port);

}  // namespace rocketmq
