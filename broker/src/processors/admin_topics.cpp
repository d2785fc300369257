#include "processors/admin_topics.hpp"

#include <spdlog/spdlog.h>

#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "limits.hpp"
#include "processors/admin_checks.hpp"
#include "processors/admin_lists.hpp"
#include "rocketmq/common/fastjson.hpp"
#include "rocketmq/common/names.hpp"
#include "rocketmq/protocol/group_headers.hpp"
#include "rocketmq/protocol/route_data.hpp"

namespace rocketmq::broker {

using remoting::Reply;

namespace {

Error refuse_topic(std::string remark) { return {ResponseCode::SystemError, std::move(remark)}; }

/// 0 takes a topic out of use step by step: no more writes first, no more reads when all is
/// consumed.
bool is_queue_count(std::int32_t count) {
  return count >= 0 && count <= limits::queues_per_topic_max;
}

Result<TopicConfig> to_config(const remoting::CreateTopicRequestHeader& header) {
  const auto filter_type = header.topicFilterType.value_or("SINGLE_TAG");
  if (filter_type != "SINGLE_TAG" && filter_type != "MULTI_TAG") {
    return refuse_topic("topicFilterType of topic " + header.topic +
                        " must be SINGLE_TAG or MULTI_TAG");
  }
  return TopicConfig{.topic_name = header.topic,
                     .read_queue_nums = header.readQueueNums,
                     .write_queue_nums = header.writeQueueNums,
                     .perm = header.perm,
                     .topic_filter_type = filter_type == "MULTI_TAG" ? TopicFilterType::MultiTag
                                                                     : TopicFilterType::SingleTag,
                     .topic_sys_flag = header.topicSysFlag.value_or(0),
                     .order = header.order.value_or(false)};
}

}  // namespace

Result<void> AdminTopicsProcessor::check(const TopicConfig& config) const {
  const std::string& topic = config.topic_name;
  if (auto checked = check_name("topic", topic); !checked) return checked;
  if (parts_.topics.is_system_topic(topic))
    return refuse_topic("The topic[" + topic + "] is conflict with system topic.");
  if (!is_queue_count(config.read_queue_nums) || !is_queue_count(config.write_queue_nums)) {
    return refuse_topic("readQueueNums and writeQueueNums of topic " + topic + " must be 0 to " +
                        std::to_string(limits::queues_per_topic_max));
  }
  if (config.perm < 0 || config.perm > 7) {
    return refuse_topic("perm[" + std::to_string(config.perm) + "] of topic " + topic +
                        " is illegal: a sum of 4 (read), 2 (write) and 1 (inherit) is expected");
  }
  return {};
}

void AdminTopicsProcessor::update_topic(const remoting::RequestContext&,
                                        remoting::RemotingCommand& request, Reply reply) {
  const auto header = remoting::decode_header<remoting::CreateTopicRequestHeader>(request);
  if (!header) return reply(header.error());
  auto config = to_config(*header);
  if (!config) return reply(config.error());
  if (auto checked = check(*config); !checked) return reply(checked.error());
  const auto updated = parts_.topics.update(*std::move(config));
  if (!updated) return reply(updated.error());
  reply_when_known(*updated, std::move(reply));
}

void AdminTopicsProcessor::update_topics(const remoting::RequestContext&,
                                         remoting::RemotingCommand& request, Reply reply) {
  auto configs = decode_list<TopicConfig>(request.body, "topicConfigList");
  if (!configs) return reply(configs.error());
  for (const TopicConfig& config : *configs) {
    if (auto checked = check(config); !checked) return reply(checked.error());
  }
  const auto updated = parts_.topics.update_all(*std::move(configs));
  if (!updated) return reply(updated.error());
  reply_when_known(*updated, std::move(reply));
}

void AdminTopicsProcessor::reply_when_known(std::uint64_t change, Reply reply) {
  parts_.topics.file().when_saved(
      [this, change, reply = std::move(reply)](const Result<void>& saved) mutable {
        if (!saved) return reply(saved.error());
        parts_.topics.waits().hold(reply, change);
        reply();
      });
}

void AdminTopicsProcessor::forget(std::vector<std::string> topics, UniqueFunction<void()> done) {
  auto delete_all = [this, topics, done = std::move(done)]() mutable {
    for (const std::string& topic : topics) {
      parts_.administration.delete_topic(topic);
      parts_.stats.forget_topic(topic);
      parts_.held.topic_deleted(topic);
    }
    done();
  };
  // A topic of that name that comes later begins at 0, also when the broker is killed now. What
  // cannot be saved is logged.
  for (const std::string& topic : topics) parts_.offsets.remove_topic(topic);
  parts_.offsets.file().when_saved(
      [this, delete_all = std::move(delete_all)](const Result<void>&) mutable {
        run_on(parts_.pool, std::move(delete_all));
      });
}

void AdminTopicsProcessor::delete_topic(const remoting::RequestContext& context,
                                        remoting::RemotingCommand& request, Reply reply) {
  const auto header = remoting::decode_header<remoting::TopicRequestHeader>(request);
  if (!header) return reply(header.error());
  if (auto checked = check_name("topic", header->topic); !checked) return reply(checked.error());
  if (parts_.topics.is_system_topic(header->topic)) {
    return reply(refuse_topic("The topic[" + header->topic + "] is conflict with system topic."));
  }
  spdlog::info("topic {} is deleted by {}", header->topic, context.channel->remote().text());
  const auto removed = parts_.topics.remove(header->topic);
  parts_.topics.file().when_saved([this, topic = header->topic, removed,
                                   reply = std::move(reply)](const Result<void>& saved) mutable {
    if (!saved) return reply(saved.error());
    forget({std::move(topic)}, [this, removed, reply = std::move(reply)]() mutable {
      // The operator deletes it on the name servers next: no registration with the topic may come
      // later.
      if (removed) parts_.topics.waits().hold(reply, *removed);
      reply();
    });
  });
}

void AdminTopicsProcessor::clean_unused(const remoting::RequestContext& context,
                                        remoting::RemotingCommand&, Reply reply) {
  std::set<std::string> unused;
  for (auto& queue : parts_.reader.queues()) {
    if (!parts_.topics.shape_of(queue.topic) && !parts_.topics.is_system_topic(queue.topic))
      unused.insert(std::move(queue.topic));
  }
  for (const auto& topic : unused) {
    spdlog::info("queues of the unknown topic {} are deleted by {}", topic,
                 context.channel->remote().text());
  }
  forget({unused.begin(), unused.end()}, [reply = std::move(reply)]() mutable { reply(); });
}

void AdminTopicsProcessor::system_topics(const remoting::RequestContext&,
                                         remoting::RemotingCommand&, Reply reply) {
  const auto names = parts_.topics.system_topics();
  answer(reply, remoting::encode_body(remoting::TopicList{.topics = {names.begin(), names.end()},
                                                          .broker_addr = std::nullopt}));
}

void AdminTopicsProcessor::topic_config(const remoting::RequestContext&,
                                        remoting::RemotingCommand& request, Reply reply) {
  const auto header = remoting::decode_header<remoting::TopicRequestHeader>(request);
  if (!header) return reply(header.error());
  if (const auto config = parts_.topics.find(header->topic))
    return reply.body(dump_json(nlohmann::json(*config)));
  reply(ResponseCode::TopicNotExist, "topic[" + header->topic + "] not exist on this broker");
}

void AdminTopicsProcessor::all_topics(const remoting::RequestContext&, remoting::RemotingCommand&,
                                      Reply reply) {
  answer(reply, dump_json(nlohmann::json(parts_.topics.snapshot())));
}

}  // namespace rocketmq::broker
