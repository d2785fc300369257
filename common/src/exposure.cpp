#include "rocketmq/common/exposure.hpp"

#include <algorithm>

#include "rocketmq/common/endpoint.hpp"
#include "rocketmq/common/published_address.hpp"
#include "rocketmq/common/text.hpp"

namespace rocketmq {
namespace {

constexpr std::string_view loopback = "127.0.0.1";
constexpr std::string_view every_interface = "0.0.0.0";

bool is_every_interface(std::string_view address) {
  return address == every_interface || address == "::";
}

}  // namespace

bool is_loopback_host(std::string_view host) {
  if (const auto literal = Endpoint::from_ip(host, 0))
    return loopback_addresses().contains(*literal);
  std::string name(host);
  std::transform(name.begin(), name.end(), name.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
  });
  return name == "localhost" || name == "localhost.localdomain";
}

bool names_other_hosts(std::string_view addresses) {
  const auto pieces = split(addresses, ';');
  return std::any_of(pieces.begin(), pieces.end(), [](const std::string& piece) {
    const auto parts = parse_host_port(piece);
    return !is_loopback_host(parts ? parts->host : piece);
  });
}

std::string_view value_of(const std::vector<Property>& properties, std::string_view key) {
  const auto last = std::find_if(properties.rbegin(), properties.rend(),
                                 [key](const Property& property) { return property.key == key; });
  return last == properties.rend() ? std::string_view() : trim(last->value);
}

void settle_bind_address(ServerConfig& config, std::string_view set_address,
                         std::initializer_list<NamedAddress> named) {
  config.opened_by.clear();
  if (!set_address.empty()) {
    config.bind_address = set_address;
    config.opened_by = "bindAddress";
    return;
  }
  const auto other = std::find_if(named.begin(), named.end(), [](const NamedAddress& address) {
    return names_other_hosts(address.value);
  });
  if (other != named.end()) {
    config.opened_by = std::string(other->key).append(" is ").append(printable(other->value));
  } else if (config.open_to_all_hosts) {
    config.opened_by = "openToAllHosts";
  }
  config.bind_address = config.opened_by.empty() ? loopback : every_interface;
}

void settle_administrators(ServerConfig& config) {
  if (!config.admin_allowed_addresses.holds_all()) {
    config.administrators = config.admin_allowed_addresses;
  } else if (config.open_to_all_hosts || config.acl_enable) {
    config.administrators = AddressList();
  } else {
    config.administrators = loopback_addresses();
  }
}

std::string address_to_publish(const std::string& bind_address) {
  return is_every_interface(bind_address) ? local_ip() : bind_address;
}

std::vector<std::string> exposure_lines(const ServerConfig& config, std::int32_t port) {
  const bool is_v6 = config.bind_address.find(':') != std::string::npos;
  const std::string place = "listening on " +
                            (is_v6 ? "[" + config.bind_address + "]" : config.bind_address) + ":" +
                            std::to_string(port);
  if (is_loopback_host(config.bind_address)) {
    return {place + ", for this machine only; bindAddress=0.0.0.0 lets other hosts connect"};
  }
  std::string open = place + " (" + config.opened_by + "), for every host that reaches it, ";
  open +=
      config.acl_enable ? "with an account (aclEnable)" : "without an account (aclEnable=false)";
  std::string changes = "requests that change something are taken from ";
  if (config.administrators.holds_all()) {
    changes += config.acl_enable ? "administrators' accounts" : "every host (openToAllHosts)";
  } else if (config.admin_allowed_addresses.holds_all()) {
    changes += "this machine only; adminAllowedAddresses names others";
  } else {
    changes += config.administrators.text() + " (adminAllowedAddresses)";
  }
  return {std::move(open), std::move(changes)};
}

}  // namespace rocketmq
