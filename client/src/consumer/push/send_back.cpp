#include "consumer/push/send_back.hpp"

#include <spdlog/logger.h>

#include <limits>
#include <utility>

#include "rocketmq/client/client_log.hpp"
#include "rocketmq/client/message/message_access.hpp"
#include "rocketmq/common/names.hpp"
#include "rocketmq/common/sys_flag.hpp"
#include "rocketmq/protocol/send_headers.hpp"

namespace rocketmq::client {
namespace {

constexpr milliseconds send_back_timeout{5'000};
constexpr int first_retry_level = 3;

Outcome<void> ask_broker(ConsumerContext& context, const MessageExt& message, int delay_level,
                         const std::string& broker_name) {
  const std::string address = context.instance->fast_address(
      context.instance->routes().master_address(broker_name).value_or(message.getStoreHost()));
  remoting::ConsumerSendMsgBackRequestHeader header;
  header.offset = message.getCommitLogOffset();
  header.group = context.group();
  header.delayLevel = delay_level;
  header.originMsgId = message.getMsgId();
  header.originTopic = context.settings.name_space.wrap(message.getTopic());
  header.unitMode = false;
  header.maxReconsumeTimes = max_reconsume_times(context.settings);
  const auto answer = context.instance->call(
      address, make_request(remoting::RequestCode::ConsumerSendMsgBack, header), send_back_timeout);
  if (!answer) return answer.error();
  return {};
}

/// The message as a new one for the retry topic.
Message retry_message(const ConsumerContext& context, const MessageExt& message, int times) {
  Message retry = message;
  retry.setTopic(retry_topic_of(context.group()));
  const std::string origin_topic = message.getProperty(property::retry_topic);
  const std::string origin_id = message.getProperty(property::origin_message_id);
  MessageAccess::put(
      retry, property::retry_topic,
      origin_topic.empty() ? context.settings.name_space.wrap(message.getTopic()) : origin_topic);
  MessageAccess::put(retry, property::origin_message_id,
                     origin_id.empty() ? message.getMsgId() : origin_id);
  MessageAccess::put(retry, property::reconsume_time, std::to_string(times));
  MessageAccess::put(retry, property::max_reconsume_times,
                     std::to_string(max_reconsume_times(context.settings)));
  MessageAccess::remove(retry, property::transaction_prepared);
  retry.setDelayTimeLevel(first_retry_level + message.getReconsumeTimes());
  return retry;
}

Outcome<void> send_as_new(ConsumerContext& context, const MessageExt& message, int times) {
  Message retry = retry_message(context, message, times);
  ProducerSettings settings;
  OutgoingMessage outgoing;
  if (MessageAccess::body_error(message) == nullptr) {
    prepare(retry, settings, true, outgoing);
  } else {
    // A body that cannot be read travels on as it is, for members that can read it.
    settings.compress_over_bytes = std::numeric_limits<int>::max();
    prepare(retry, settings, true, outgoing);
    outgoing.sys_flag |= message.getSysFlag() & (sys_flag::compressed | sys_flag::compression_mask);
  }
  const auto sent = context.inner_sender->send(outgoing, settings.send_timeout);
  if (!sent) return sent.error();
  return {};
}

}  // namespace

int max_reconsume_times(const PushConsumerSettings& settings) {
  if (settings.max_reconsume_times >= 0) return settings.max_reconsume_times;
  return settings.orderly_listener != nullptr ? std::numeric_limits<int>::max()
                                              : default_max_reconsume_times;
}

Outcome<void> send_back(ConsumerContext& context, const MessageExt& message, int delay_level,
                        const std::string& broker_name) {
  const auto asked = ask_broker(context, message, delay_level, broker_name);
  if (asked) return {};
  // A shutdown waits for this. The message stays unfinished and is delivered again.
  if (context.is_stopping) return asked.error();
  client_log().warn("message {} cannot be sent back: {}; it is sent to the retry topic",
                    message.getMsgId(), asked.error().text);
  return send_as_new(context, message, message.getReconsumeTimes() + 1);
}

bool send_to_retry_topic(ConsumerContext& context, const MessageExt& message, int reconsume_times) {
  const auto sent = send_as_new(context, message, reconsume_times);
  if (!sent) {
    client_log().warn("message {} cannot be sent to the retry topic: {}", message.getMsgId(),
                      sent.error().text);
  }
  return sent.has_value();
}

void show_to_user(MessageExt& message, const ConsumerContext& context) {
  if (is_retry_topic(message.getTopic()) && message.getTopic() == retry_topic_of(context.group())) {
    std::string origin = message.getProperty(property::retry_topic);
    if (!origin.empty()) message.setTopic(std::move(origin));
  }
  const Namespace& name_space = context.settings.name_space;
  if (!name_space.empty()) message.setTopic(name_space.strip(message.getTopic()));
}

}  // namespace rocketmq::client
