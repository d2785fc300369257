#include "processors/register_filter_server.hpp"

#include <utility>

#include "rocketmq/protocol/filter_headers.hpp"
#include "rocketmq/remoting/peer_address.hpp"

namespace rocketmq::broker {

void RegisterFilterServerProcessor::process(const remoting::RequestContext& context,
                                            remoting::RemotingCommand& request,
                                            remoting::Reply reply) {
  const auto header = remoting::decode_header<remoting::RegisterFilterServerRequestHeader>(request);
  if (!header) return reply(header.error());
  if (!remoting::names_peer(config_.filter_server_white_list, *context.channel)) {
    return reply(ResponseCode::NoPermission,
                 "filter servers may register only from addresses in filterServerWhiteList");
  }
  if (const auto taken = servers_.register_server(context.channel, header->filterServerAddr);
      !taken)
    return reply(taken.error());
  reply(remoting::RegisterFilterServerResponseHeader{.brokerName = config_.broker_name,
                                                     .brokerId = config_.broker_id});
}

}  // namespace rocketmq::broker
