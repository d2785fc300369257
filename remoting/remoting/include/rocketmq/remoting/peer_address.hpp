#pragma once

#include "rocketmq/common/address_list.hpp"
#include "rocketmq/remoting/channel.hpp"

namespace rocketmq::remoting {

/// A connection to one of this machine's own addresses from the same address: the system takes no
/// packet from a network that claims to come from itself.
inline bool is_from_this_machine(const Channel& channel) {
  const Endpoint& remote = channel.remote();
  const Endpoint& local = channel.local();
  return remote.ip_bytes == local.ip_bytes && remote.ip == local.ip;
}

/// Whether `list` lets the peer of a connection pass. 127.0.0.1 in it stands for this machine,
/// whichever of its addresses the peer uses. An empty list lets everybody pass.
inline bool allows_peer(const AddressList& list, const Channel& channel) {
  return list.contains(channel.remote()) ||
         (is_from_this_machine(channel) && list.contains(Endpoint::v4(127, 0, 0, 1, 0)));
}

/// The same, but an empty list names no peer.
inline bool names_peer(const AddressList& list, const Channel& channel) {
  return !list.holds_all() && allows_peer(list, channel);
}

/// The peer's address as `list` names it: 127.0.0.1 for a peer on this machine that the list has
/// only as that.
inline Endpoint as_named(const AddressList& list, const Channel& channel) {
  const Endpoint& remote = channel.remote();
  if (list.contains(remote) || !names_peer(list, channel)) return remote;
  return Endpoint::v4(127, 0, 0, 1, remote.port);
}

}  // namespace rocketmq::remoting
