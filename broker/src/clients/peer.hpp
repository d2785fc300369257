#pragma once

#include "rocketmq/common/budget.hpp"
#include "rocketmq/net/admission.hpp"
#include "rocketmq/remoting/channel.hpp"
#include "rocketmq/remoting/dispatcher.hpp"

namespace rocketmq::broker {

/// Whose share of a budget counts: connections are cheap to make, so it is their address.
inline Budget::Peer peer_of(const remoting::ChannelPtr& channel) {
  return channel == nullptr ? Budget::nobody : net::address_key(channel->remote());
}
inline Budget::Peer peer_of(const remoting::RequestContext& context) {
  return peer_of(context.channel);
}

}  // namespace rocketmq::broker
