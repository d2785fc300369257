#pragma once

#include "rocketmq/common/address_list.hpp"
#include "rocketmq/common/endpoint.hpp"
#include "rocketmq/common/result.hpp"

// Addresses that programs publish for others to connect to, and those that they trust at first.
namespace rocketmq {

/// Error: no client can connect to such an address: it is none of one machine (0.0.0.0/8, ::,
/// multicast, broadcast, reserved), or says nothing without an interface (fe80::/10).
inline Result<void> check_published_address(const Endpoint& endpoint) {
  static const AddressList of_no_machine =
      *AddressList::parse("0.0.0.0/8;224.0.0.0/3;::/128;ff00::/8;fe80::/10");
  if (!of_no_machine.contains(endpoint)) return {};
  return Error{ResponseCode::SystemError,
               endpoint.ip_text() +
                   " is no address that others can connect to: expected one of a single machine, "
                   "neither 0.0.0.0, multicast, broadcast nor link-local IPv6"};
}

/// 127.0.0.0/8 and ::1, which lists of allowed addresses hold until the operator says otherwise.
inline const AddressList& loopback_addresses() {
  static const AddressList addresses = *AddressList::parse("127.0.0.0/8;::1");
  return addresses;
}

}  // namespace rocketmq
