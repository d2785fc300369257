#include "rocketmq/client/message_queries.hpp"

#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <limits>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <utility>

#include "rocketmq/client/message/message_codec.hpp"
#include "rocketmq/common/message_id.hpp"
#include "rocketmq/protocol/queue_headers.hpp"

namespace rocketmq::client {
namespace {

using remoting::make_request;
using remoting::RemotingCommand;
using remoting::RequestCode;

constexpr milliseconds query_timeout{18'000};
constexpr int no_message = static_cast<int>(ResponseCode::NoMessage);
constexpr int unique_key_max = 32;

/// One broker's response to a query.
struct Found {
  std::vector<MessageExt> messages;
  std::int64_t index_time_ms = 0;
  std::optional<Failure> failure;
};

Found read_query_answer(const Result<RemotingCommand>& answer, const std::string& broker_name,
                        const std::string& address) {
  Found found;
  if (!answer) {
    found.failure = remoting_failure(answer.error(), address);
    return found;
  }
  if (answer->response_code() == ResponseCode::QueryNotFound) return found;
  if (answer->response_code() != ResponseCode::Success) {
    found.failure = broker_failure(*answer, address);
    return found;
  }
  if (const auto header = remoting::decode_header<remoting::QueryMessageResponseHeader>(*answer)) {
    found.index_time_ms = header->indexLastUpdateTimestamp;
  }
  auto messages = decode_messages(answer->body, broker_name);
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
Outcome<std::vector<Found>> query_brokers(ClientCore& core,
                                          const remoting::QueryMessageRequestHeader& header) {
  struct Gathering {
    std::mutex mutex;
    std::condition_variable done;
    std::vector<Found> found;  // guarded by mutex
    std::size_t left = 0;      // guarded by mutex
  };
  TopicRoutePtr route = core.routes().route(header.topic);
  if (route == nullptr) {
    const auto asked = core.refresh_route(header.topic);
    if (!asked) return asked.error();
    route = *asked;
  }
  std::vector<std::pair<std::string, BrokerAddress>> brokers;
  for (const remoting::BrokerData& broker : route->broker_datas) {
    const auto address = core.routes().address_for_reading(broker.broker_name, 0, false);
    if (address) brokers.emplace_back(broker.broker_name, *address);
  }
  const auto gathering = std::make_shared<Gathering>();
  gathering->left = brokers.size();
  for (const auto& [name, broker] : brokers) {
    core.network().invoke_async(
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
Outcome<FoundMessages> merge(Outcome<std::vector<Found>> answers, const std::string& what,
                             const Wanted& wanted) {
  if (!answers) return answers.error();
  FoundMessages result;
  std::string reasons;
  for (Found& found : *answers) {
    if (found.failure) reasons += "; " + found.failure->text;
    result.index_time_ms = std::max(result.index_time_ms, found.index_time_ms);
    for (MessageExt& message : found.messages) {
      // The index knows hashes only: what has another key in truth is left out here.
      if (wanted(message)) result.messages.push_back(std::move(message));
    }
  }
  if (result.messages.empty()) {
    return client_failure("query message by " + what + " finished, but no message." + reasons,
                          no_message);
  }
  auto readable = readable_messages(std::move(result.messages));
  if (!readable) return readable.error();
  result.messages = std::move(*readable);
  return result;
}

}  // namespace

Outcome<FoundMessages> query_by_key(ClientCore& core, const MessageQuery& query) {
  const remoting::QueryMessageRequestHeader header{.topic = query.topic,
                                                   .key = query.key,
                                                   .maxNum = query.max,
                                                   .beginTimestamp = query.begin_ms,
                                                   .endTimestamp = query.end_ms,
                                                   ._UNIQUE_KEY_QUERY = false};
  return merge(query_brokers(core, header), "key", [&](const MessageExt& message) {
    return message.getTopic() == query.topic && has_key(message, query.key);
  });
}

Outcome<FoundMessages> query_by_unique_key(ClientCore& core, const std::string& topic,
                                           const std::string& id) {
  const remoting::QueryMessageRequestHeader header{
      .topic = topic,
      .key = id,
      .maxNum = unique_key_max,
      .beginTimestamp = 0,
      .endTimestamp = std::numeric_limits<std::int64_t>::max(),
      ._UNIQUE_KEY_QUERY = true};
  return merge(query_brokers(core, header), "unique key", [&](const MessageExt& message) {
    return message.getMsgId() == id && message.getTopic() == topic;
  });
}

Outcome<MessageExt> view_message(ClientCore& core, const std::string& offset_msg_id,
                                 milliseconds timeout) {
  const auto id = decode_offset_message_id(offset_msg_id);
  if (!id) return client_failure("query message by id finished, but no message.", no_message);
  const remoting::ViewMessageRequestHeader header{.offset = id->physical_offset};
  const auto answer =
      core.call(id->store_host.text(), make_request(RequestCode::ViewMessageById, header), timeout);
  if (!answer) return answer.error();
  auto messages = decode_messages(answer->body, {});
  if (!messages || messages->empty())
    return client_failure("the broker's response is no message", no_message);
  auto readable = readable_messages(std::move(*messages));
  if (!readable) return readable.error();
  return std::move(readable->front());
}

}  // namespace rocketmq::client
