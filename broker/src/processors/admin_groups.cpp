#include "processors/admin_groups.hpp"

#include <spdlog/spdlog.h>

#include <nlohmann/json.hpp>

#include "limits.hpp"
#include "processors/admin_checks.hpp"
#include "processors/admin_lists.hpp"
#include "rocketmq/common/fastjson.hpp"
#include "rocketmq/common/json_reader.hpp"
#include "rocketmq/common/names.hpp"
#include "rocketmq/common/text.hpp"
#include "rocketmq/protocol/admin_answers.hpp"
#include "rocketmq/protocol/admin_headers.hpp"

namespace rocketmq::broker {

using remoting::Reply;

namespace {

Result<void> check_config(const SubscriptionGroupConfig& config) {
  if (auto checked = check_group_name(config.group_name); !checked) return checked;
  if (config.retry_queue_nums < 0 || config.retry_queue_nums > limits::queues_per_topic_max) {
    return Error{ResponseCode::SystemError, "retryQueueNums of group " + config.group_name +
                                                " must be 0 to " +
                                                std::to_string(limits::queues_per_topic_max)};
  }
  return {};
}

}  // namespace

void AdminGroupsProcessor::update_group(const remoting::RequestContext&,
                                        remoting::RemotingCommand& request, Reply reply) {
  auto config = parse_json_object<SubscriptionGroupConfig>("subscription group", request.body);
  if (!config) return reply(config.error());
  if (auto checked = check_config(*config); !checked) return reply(checked.error());
  if (auto updated = parts_.groups.update(*std::move(config)); !updated)
    return reply(updated.error());
  reply_when_saved(parts_.groups.file(), std::move(reply));
}

void AdminGroupsProcessor::update_groups(const remoting::RequestContext&,
                                         remoting::RemotingCommand& request, Reply reply) {
  auto configs = decode_list<SubscriptionGroupConfig>(request.body, "groupConfigList");
  if (!configs) return reply(configs.error());
  for (const SubscriptionGroupConfig& config : *configs) {
    if (auto checked = check_config(config); !checked) return reply(checked.error());
  }
  if (auto updated = parts_.groups.update_all(*std::move(configs)); !updated)
    return reply(updated.error());
  reply_when_saved(parts_.groups.file(), std::move(reply));
}

void AdminGroupsProcessor::delete_group(const remoting::RequestContext& context,
                                        remoting::RemotingCommand& request, Reply reply) {
  const auto header =
      remoting::decode_header<remoting::DeleteSubscriptionGroupRequestHeader>(request);
  if (!header) return reply(header.error());
  if (auto checked = check_group(header->groupName); !checked) return reply(checked.error());
  if (header->groupName.starts_with(names::system_group_prefix)) {
    return reply(ResponseCode::SystemError,
                 "group " + header->groupName + " belongs to the system and stays");
  }
  spdlog::info("consumer group {} is deleted by {}", header->groupName,
               context.channel->remote().text());
  (void)parts_.groups.remove(header->groupName);
  const bool with_offsets =
      header->removeOffset.value_or(false) || header->cleanOffset.value_or(false);
  parts_.groups.file().when_saved([this, group = header->groupName, with_offsets,
                                   reply = std::move(reply)](const Result<void>& saved) mutable {
    if (!saved) return reply(saved.error());
    run_on(parts_.pool,
           [this, group = std::move(group), with_offsets, reply = std::move(reply)]() mutable {
             if (with_offsets) parts_.offsets.remove_group(group);
             parts_.stats.forget_group(group);
             reply();
           });
  });
}

void AdminGroupsProcessor::group_config(const remoting::RequestContext&,
                                        remoting::RemotingCommand& request, Reply reply) {
  const auto header = remoting::decode_header<remoting::GroupRequestHeader>(request);
  if (!header) return reply(header.error());
  if (const auto config = parts_.groups.find(header->group))
    return reply.body(dump_json(nlohmann::json(*config)));
  reply(ResponseCode::SubscriptionGroupNotExist,
        "subscription group [" + header->group + "] does not exist");
}

void AdminGroupsProcessor::set_request_mode(const remoting::RequestContext&,
                                            remoting::RemotingCommand& request, Reply reply) {
  const auto mode = remoting::decode_request_mode(request.body);
  if (!mode) return reply(mode.error());
  if (auto checked = check_group(mode->consumer_group); !checked) return reply(checked.error());
  if (auto checked = check_name("topic", mode->topic); !checked) return reply(checked.error());
  if (mode->mode == "PULL") return reply();
  reply(ResponseCode::SystemError,
        "consume mode " + printable(mode->mode, 32) +
            " is not served: consumers of this broker pull, and divide the queues themselves");
}

void AdminGroupsProcessor::all_groups(const remoting::RequestContext&, remoting::RemotingCommand&,
                                      Reply reply) {
  answer(reply, dump_json(nlohmann::json(parts_.groups.snapshot())));
}

}  // namespace rocketmq::broker
