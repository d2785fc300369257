#include <algorithm>
#include <utility>

#include "instance/client_instance.hpp"
#include "rocketmq/MQAdmin.h"
#include "rocketmq/client/client_settings.hpp"
#include "rocketmq/client/message_queries.hpp"
#include "rocketmq/client/name_checks.hpp"
#include "rocketmq/client/requests.hpp"
#include "rocketmq/client/topic_requests.hpp"
#include "rocketmq/common/message_id.hpp"
#include "rocketmq/protocol/queue_headers.hpp"

namespace rocketmq {
namespace {

using client::client_failure;
using client::ClientInstance;
using client::milliseconds;
using client::value_or_throw;
using remoting::make_request;
using remoting::RequestCode;

constexpr milliseconds admin_timeout{6'000};
constexpr int topic_tries_max = 5;

template <class Response, class Request>
Response ask_master(ClientInstance& instance, RequestCode code, const MessageQueue& queue,
                    const Request& header) {
  const std::string address =
      value_or_throw(instance.master_address(queue.getBrokerName(), queue.getTopic()));
  return value_or_throw(client::ask_broker<Response>(instance, instance.fast_address(address),
                                                     make_request(code, header), admin_timeout))
      .header;
}

remoting::QueueRequestHeader queue_header(const MessageQueue& queue) {
  return {.topic = queue.getTopic(), .queueId = queue.getQueueId()};
}

}  // namespace

void MQAdmin::createTopic(const std::string& key, const std::string& newTopic, int queueNum,
                          int topicSysFlag) {
  value_or_throw(client::check_topic(newTopic));
  const auto instance = runningInstance();
  const client::Namespace& name_space = clientSettings().name_space;
  const auto route = value_or_throw(instance->refresh_route(name_space.wrap(key)));
  bool is_created = false;
  client::Failure last = client_failure("Not found broker, maybe key is wrong");
  for (const remoting::BrokerData& broker : route->broker_datas) {
    const auto master = broker.broker_addrs.find(0);
    if (master == broker.broker_addrs.end()) continue;
    const TopicConfig topic{.topic_name = name_space.wrap(newTopic),
                            .read_queue_nums = queueNum,
                            .write_queue_nums = queueNum,
                            .topic_sys_flag = topicSysFlag};
    bool is_done = false;
    for (int i = 0; i < topic_tries_max && !is_done; ++i) {
      const auto answer = client::update_topic(*instance, master->second, topic,
                                               name_space.wrap(key), admin_timeout);
      is_done = answer.has_value();
      if (!is_done) last = answer.error();
    }
    is_created = is_created || is_done;
  }
  if (!is_created) throw_failure(last);
}

std::int64_t MQAdmin::searchOffset(const MessageQueue& userQueue, std::int64_t timestamp) {
  const MessageQueue queue = clientSettings().name_space.wrap(userQueue);
  const remoting::SearchOffsetRequestHeader header{
      .topic = queue.getTopic(), .queueId = queue.getQueueId(), .timestamp = timestamp};
  return ask_master<remoting::OffsetResponseHeader>(
             *runningInstance(), RequestCode::SearchOffsetByTimestamp, queue, header)
      .offset;
}

std::int64_t MQAdmin::maxOffset(const MessageQueue& userQueue) {
  const MessageQueue queue = clientSettings().name_space.wrap(userQueue);
  return ask_master<remoting::OffsetResponseHeader>(*runningInstance(), RequestCode::GetMaxOffset,
                                                    queue, queue_header(queue))
      .offset;
}

std::int64_t MQAdmin::minOffset(const MessageQueue& userQueue) {
  const MessageQueue queue = clientSettings().name_space.wrap(userQueue);
  return ask_master<remoting::OffsetResponseHeader>(*runningInstance(), RequestCode::GetMinOffset,
                                                    queue, queue_header(queue))
      .offset;
}

std::int64_t MQAdmin::earliestMsgStoreTime(const MessageQueue& userQueue) {
  const MessageQueue queue = clientSettings().name_space.wrap(userQueue);
  return ask_master<remoting::TimestampResponseHeader>(
             *runningInstance(), RequestCode::GetEarliestMsgStoreTime, queue, queue_header(queue))
      .timestamp;
}

MessageExt MQAdmin::viewMessage(const std::string& offsetMsgId) {
  MessageExt message =
      value_or_throw(client::view_message(*runningInstance(), offsetMsgId, admin_timeout));
  message.setTopic(clientSettings().name_space.strip(message.getTopic()));
  return message;
}

MessageExt MQAdmin::viewMessage(const std::string& topic, const std::string& msgId) {
  const auto instance = runningInstance();
  // The two kinds of id look alike. Only an id of the broker leads to a message whose own id it is.
  if (const auto id = decode_offset_message_id(msgId);
      id && id->store_host.port > 0 && id->store_host.port <= 65535) {
    try {
      MessageExt message = viewMessage(msgId);
      if (message.getTopic() == topic) return message;
    } catch (const MQException&) {
      // It is a unique id, then.
    }
  }
  auto found = value_or_throw(
      client::query_by_unique_key(*instance, clientSettings().name_space.wrap(topic), msgId));
  for (MessageExt& message : found.messages) message.setTopic(topic);
  const auto earlier = [](const MessageExt& a, const MessageExt& b) {
    return a.getStoreTimestamp() < b.getStoreTimestamp();
  };
  return std::move(*std::min_element(found.messages.begin(), found.messages.end(), earlier));
}

QueryResult MQAdmin::queryMessage(const std::string& topic, const std::string& key, int maxNum,
                                  std::int64_t begin, std::int64_t end) {
  auto found = value_or_throw(
      client::query_by_key(*runningInstance(), {.topic = clientSettings().name_space.wrap(topic),
                                                .key = key,
                                                .max = maxNum,
                                                .begin_ms = begin,
                                                .end_ms = end}));
  QueryResult result{.indexLastUpdateTimestamp = found.index_time_ms,
                     .messageList = std::move(found.messages)};
  for (MessageExt& message : result.messageList) message.setTopic(topic);
  return result;
}

}  // namespace rocketmq
