#pragma once

#include "rocketmq/common/address_list.hpp"
#include "rocketmq/remoting/channel.hpp"

namespace rocketmq::remoting {

/// Whether `list` names the peer of a connection. A peer on this machine counts as 127.0.0.1 also
/// when it has connected to another address of the machine. An empty list names no peer here.
inline bool names_peer(const AddressList& list, const Channel& channel) {
  if (list.holds_all()) return false;
  const Endpoint& remote = channel.remote();
  const Endpoint& local = channel.local();
  const bool is_on_this_machine = remote.ip_bytes == local.ip_bytes && remote.ip == local.ip;
  return list.contains(remote) ||
         (is_on_this_machine && list.contains(Endpoint::v4(127, 0, 0, 1, 0)));
}

/// The peer's address as `list` names it: 127.0.0.1 for a peer on this machine that the list has
/// only as that.
inline Endpoint as_named(const AddressList& list, const Channel& channel) {
  const Endpoint& remote = channel.remote();
  if (list.contains(remote) || !names_peer(list, channel)) return remote;
  return Endpoint::v4(127, 0, 0, 1, remote.port);
}

}  // namespace rocketmq::remoting
