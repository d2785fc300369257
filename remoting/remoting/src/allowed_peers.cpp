#include "rocketmq/remoting/allowed_peers.hpp"

#include <spdlog/spdlog.h>

#include <utility>

#include "rocketmq/common/shared_log.hpp"

namespace rocketmq::remoting {

Processor only_for(const AddressList& allowed, Processor processor) {
  if (allowed.holds_all()) return processor;
  return [&allowed, processor = std::move(processor)](const RequestContext& context,
                                                      RemotingCommand& request, Reply reply) {
    const Endpoint& peer = context.channel->remote();
    if (allowed.contains(peer)) return processor(context, request, std::move(reply));
    shared_log().warn("request {} of {} refused: not in adminAllowedAddresses", request.code,
                      peer.text());
    reply(ResponseCode::NoPermission, "address " + peer.ip_text() +
                                          " may not change anything here: it is not in "
                                          "adminAllowedAddresses");
  };
}

}  // namespace rocketmq::remoting
