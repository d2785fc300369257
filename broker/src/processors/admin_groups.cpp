#include "processors/admin_groups.hpp"

#include <nlohmann/json.hpp>

#include "limits.hpp"
#include "rocketmq/common/fastjson.hpp"
#include "rocketmq/common/names.hpp"

namespace rocketmq::broker {

using remoting::Reply;

void AdminGroupsProcessor::update_group(const remoting::RequestContext&,
                                        remoting::RemotingCommand& request, Reply reply) {
  const auto body = parse_fastjson(request.body);
  if (!body) return reply(body.error());
  if (!body->is_object())
    return reply(ResponseCode::SystemError, "the body is no subscription group");
  auto config = body->get<SubscriptionGroupConfig>();
  if (auto checked = check_name("group", config.group_name); !checked)
    return reply(checked.error());
  if (config.retry_queue_nums > limits::queues_per_topic_max) {
    return reply(ResponseCode::SystemError, "retryQueueNums of group " + config.group_name +
                                                " must be at most " +
                                                std::to_string(limits::queues_per_topic_max));
  }
  if (auto updated = groups_.update(std::move(config)); !updated) return reply(updated.error());
  reply();
}

void AdminGroupsProcessor::all_groups(const remoting::RequestContext&, remoting::RemotingCommand&,
                                      Reply reply) {
  reply.body(dump_json(nlohmann::json(groups_.snapshot())));
}

}  // namespace rocketmq::broker
