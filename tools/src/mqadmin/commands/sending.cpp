#include "mqadmin/commands/sending.hpp"

#include <map>
#include <string>
#include <utility>

#include "mqadmin/frame/command.hpp"
#include "rocketmq/DefaultMQProducer.h"
#include "rocketmq/MQException.h"
#include "rocketmq/client/message/message_access.hpp"
#include "rocketmq/common/message_properties.hpp"

namespace rocketmq::mqadmin {
namespace {

/// Sends one message with a producer of its own: retries, compression and trace are a producer's.
Outcome<SendResult> send(Context& context, const std::string& group, Message message,
                         const MessageQueue* queue, bool with_trace) {
  try {
    DefaultMQProducer producer(group);
    const std::string name_servers = context.arguments().get("n");
    if (!name_servers.empty()) producer.setNamesrvAddr(name_servers);
    producer.setSendMsgTimeout(request_timeout);
    producer.setEnableMsgTrace(with_trace);
    producer.setSessionCredentials(context.credentials());
    producer.start();
    SendResult result = queue == nullptr ? producer.send(std::move(message))
                                         : producer.send(std::move(message), *queue);
    producer.shutdown();
    return result;
  } catch (const MQException& failure) {
    return client::client_failure(failure.getErrorMessage(), failure.getError());
  }
}

Outcome<void> send_message(Context& context) {
  const Arguments& arguments = context.arguments();
  if (arguments.has("i") && !arguments.has("b"))
    return usage_failure("Broker name must be set if the queue is chosen!");
  const std::string topic = arguments.get("t");
  Message message(topic, arguments.get("c"), arguments.get("k"), arguments.get("p"));
  const MessageQueue queue(topic, arguments.get("b"),
                           static_cast<int>(arguments.get_number("i", 0)));
  const bool to_queue = arguments.has("b");
  const auto result = send(context, "PID_MQADMIN_SEND", std::move(message),
                           to_queue ? &queue : nullptr, arguments.get_boolean("m", false));
  if (!result) return result.error();
  Table table = context.out().table("sent", {{"#Broker Name", "%-32s  "},
                                             {"#QID", "%-4s  "},
                                             {"#Send Result", "%-20s    "},
                                             {"#MsgId", "%s"}});
  table.row({result->getMessageQueue().getBrokerName(), result->getMessageQueue().getQueueId(),
             toString(result->getSendStatus()), result->getMsgId()});
  context.out().value("offsetMsgId", result->getOffsetMsgId());
  context.out().value("queueOffset", result->getQueueOffset());
  return {};
}

}  // namespace

Outcome<void> resend(Context& context, const MessageExt& message) {
  Message copy(message.getTopic(), message.getBody());
  copy.setFlag(message.getFlag());
  for (const auto& [name, value] : message.getProperties()) {
    // What a broker says of a pulled message is no part of it.
    const bool is_of_pull = name == property::min_offset || name == property::max_offset;
    if (!is_of_pull && !value.empty()) client::MessageAccess::put(copy, name, value);
  }
  const auto result = send(context, "ReSendMsgById", std::move(copy), nullptr, false);
  if (!result) return result.error();
  context.out().line(result->toString());
  return {};
}

Commands send_commands() {
  return {{"sendMessage",
           "Send a message",
           {required(text("t", "topic", "topic name")), required(text("p", "body", "What to send")),
            text("k", "key", "Keys of the message, separated by blanks"),
            text("c", "tags", "Tag of the message"),
            text("b", "broker", "Name of the broker to send to"),
            number("i", "qid", "Queue to send to, with -b"),
            boolean("m", "msgTraceEnable", "Send a trace of it as well (false)")},
           send_message}};
}

}  // namespace rocketmq::mqadmin
