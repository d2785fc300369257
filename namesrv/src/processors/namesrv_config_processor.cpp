#include "processors/namesrv_config_processor.hpp"

#include <spdlog/spdlog.h>

#include "rocketmq/common/text.hpp"

namespace rocketmq::namesrv {

using remoting::RemotingCommand;
using remoting::Reply;
using remoting::RequestContext;

void NamesrvConfigProcessor::update(const RequestContext& context, RemotingCommand& request,
                                    Reply reply) {
  spdlog::info("updateConfig called by {}", context.channel->remote().text());
  const auto updated = settings_.update(request.body);
  if (!updated) {
    spdlog::warn("updateConfig refused: {}", printable(updated.error().remark));
    return reply(updated.error());
  }
  reply();
}

void NamesrvConfigProcessor::get(const RequestContext&, RemotingCommand&, Reply reply) {
  reply.body(settings_.print());
}

}  // namespace rocketmq::namesrv
