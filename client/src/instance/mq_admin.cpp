#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <limits>
#include <mutex>
#include <optional>
#include <utility>

#include "instance/client_instance.hpp"
#include "rocketmq/MQAdmin.h"
#include "rocketmq/client/client_settings.hpp"
#include "rocketmq/client/message/message_codec.hpp"
#include "rocketmq/client/name_checks.hpp"
#include "rocketmq/client/requests.hpp"
#include "rocketmq/common/message_id.hpp"
#include "rocketmq/protocol/group_headers.hpp"
#include "rocketmq/protocol/queue_headers.hpp"

namespace rocketmq {
namespace {

using client::client_failure;
using client::ClientInstance;
using client::milliseconds;
using client::value_or_throw;
using remoting::make_request;
using remoting::RemotingCommand;
using remoting::RequestCode;

constexpr milliseconds admin_timeout{6'000};
constexpr milliseconds query_timeout{18'000};
constexpr int topic_tries_max = 5;
constexpr int no_message = static_cast<int>(ResponseCode::NoMessage);

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

/// One broker's response to a query.
struct Found {
  std::vector<MessageExt> messages;
  std::int64_t index_time_ms = 0;
  std::optional<client::Failure> failure;
};

Found read_query_answer(const Result<RemotingCommand>& answer, const std::string& broker_name,
                        const std::string& address) {
  Found found;
  if (!answer) {
    found.failure = client::remoting_failure(answer.error(), address);
    return found;
  }
  if (answer->response_code() == ResponseCode::QueryNotFound) return found;
  if (answer->response_code() != ResponseCode::Success) {
    found.failure = client::broker_failure(*answer, address);
    return found;
  }
  if (const auto header = remoting::decode_header<remoting::QueryMessageResponseHeader>(*answer)) {
    found.index_time_ms = header->indexLastUpdateTimestamp;
  }
  auto messages = client::decode_messages(answer->body, broker_name);
  if (!messages) {
    found.failure = client_failure("the messages of " + address +
                                   " cannot be read: " + messages.error().remark);
    return found;
  }
  found.messages = std::move(*messages);
  return found;
}

bool has_key(const MessageExt& message, const std::string& key) {
  const std::string keys = message.getKeys();
  std::string_view rest = keys;
  while (!rest.empty()) {
    const auto end = rest.find(' ');
    if (rest.substr(0, end) == key) return true;
    rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
  }
  return false;
}

/// Queries all brokers of the topic at the same time and waits for all responses.
std::vector<Found> query_brokers(ClientInstance& instance,
                                 const remoting::QueryMessageRequestHeader& header) {
  struct Gathering {
    std::mutex mutex;
    std::condition_variable done;
    std::vector<Found> found;  // guarded by mutex
    std::size_t left = 0;      // guarded by mutex
  };
  client::TopicRoutePtr route = instance.routes().route(header.topic);
  if (route == nullptr) route = value_or_throw(instance.refresh_route(header.topic));
  std::vector<std::pair<std::string, client::BrokerAddress>> brokers;
  for (const remoting::BrokerData& broker : route->broker_datas) {
    const auto address = instance.routes().address_for_reading(broker.broker_name, 0, false);
    if (address) brokers.emplace_back(broker.broker_name, *address);
  }
  const auto gathering = std::make_shared<Gathering>();
  gathering->left = brokers.size();
  for (const auto& [name, broker] : brokers) {
    instance.network().invoke_async(
        broker.address, make_request(RequestCode::QueryMessage, header), query_timeout,
        [gathering, name = name, address = broker.address](const Result<RemotingCommand>& answer) {
          Found found = read_query_answer(answer, name, address);
          const std::scoped_lock lock(gathering->mutex);
          gathering->found.push_back(std::move(found));
          if (--gathering->left == 0) gathering->done.notify_all();
        });
  }
  std::unique_lock lock(gathering->mutex);
  gathering->done.wait(lock, [&] { return gathering->left == 0; });
  return std::move(gathering->found);
}

/// Collects the messages that `wanted` accepts. Nothing found: says so, with the brokers' reasons.
template <class Wanted>
QueryResult merge(std::vector<Found> answers, const std::string& what, Wanted&& wanted) {
  QueryResult result;
  std::string reasons;
  for (Found& found : answers) {
    if (found.failure) reasons += "; " + found.failure->text;
    result.indexLastUpdateTimestamp =
        std::max(result.indexLastUpdateTimestamp, found.index_time_ms);
    for (MessageExt& message : found.messages) {
      // The index knows hashes only: what has another key in truth is left out here.
      if (wanted(message)) result.messageList.push_back(std::move(message));
    }
  }
  if (result.messageList.empty()) {
    throw MQClientException("query message by " + what + " finished, but no message." + reasons,
                            no_message);
  }
  result.messageList = value_or_throw(client::readable_messages(std::move(result.messageList)));
  return result;
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
    remoting::CreateTopicRequestHeader header;
    header.topic = name_space.wrap(newTopic);
    header.defaultTopic = name_space.wrap(key);
    header.readQueueNums = queueNum;
    header.writeQueueNums = queueNum;
    header.topicFilterType = "SINGLE_TAG";
    header.topicSysFlag = topicSysFlag;
    header.order = false;
    bool is_done = false;
    for (int i = 0; i < topic_tries_max && !is_done; ++i) {
      const auto answer = instance->call(
          master->second, make_request(RequestCode::UpdateAndCreateTopic, header), admin_timeout);
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
  const auto instance = runningInstance();
  const auto id = decode_offset_message_id(offsetMsgId);
  if (!id) throw MQClientException("query message by id finished, but no message.", no_message);
  const remoting::ViewMessageRequestHeader header{.offset = id->physical_offset};
  const RemotingCommand answer = value_or_throw(instance->call(
      id->store_host.text(), make_request(RequestCode::ViewMessageById, header), admin_timeout));
  auto messages = client::decode_messages(answer.body, {});
  if (!messages || messages->empty())
    throw MQClientException("the broker's answer is no message", no_message);
  MessageExt message =
      std::move(value_or_throw(client::readable_messages(std::move(*messages))).front());
  message.setTopic(clientSettings().name_space.strip(message.getTopic()));
  return message;
}

MessageExt MQAdmin::viewMessage(const std::string& topic, const std::string& msgId) {
  const auto instance = runningInstance();
  const client::Namespace& name_space = clientSettings().name_space;
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
  remoting::QueryMessageRequestHeader header;
  header.topic = name_space.wrap(topic);
  header.key = msgId;
  header.maxNum = 32;
  header.beginTimestamp = 0;
  header.endTimestamp = std::numeric_limits<std::int64_t>::max();
  header._UNIQUE_KEY_QUERY = true;
  QueryResult found =
      merge(query_brokers(*instance, header), "unique key", [&](const MessageExt& message) {
        return message.getMsgId() == msgId && message.getTopic() == header.topic;
      });
  for (MessageExt& message : found.messageList) message.setTopic(topic);
  const auto earlier = [](const MessageExt& a, const MessageExt& b) {
    return a.getStoreTimestamp() < b.getStoreTimestamp();
  };
  return std::move(*std::min_element(found.messageList.begin(), found.messageList.end(), earlier));
}

QueryResult MQAdmin::queryMessage(const std::string& topic, const std::string& key, int maxNum,
                                  std::int64_t begin, std::int64_t end) {
  const auto instance = runningInstance();
  remoting::QueryMessageRequestHeader header;
  header.topic = clientSettings().name_space.wrap(topic);
  header.key = key;
  header.maxNum = maxNum;
  header.beginTimestamp = begin;
  header.endTimestamp = end;
  header._UNIQUE_KEY_QUERY = false;
  QueryResult found =
      merge(query_brokers(*instance, header), "key", [&](const MessageExt& message) {
        return message.getTopic() == header.topic && has_key(message, key);
      });
  for (MessageExt& message : found.messageList) message.setTopic(topic);
  return found;
}

}  // namespace rocketmq
