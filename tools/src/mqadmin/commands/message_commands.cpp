#include <algorithm>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "mqadmin/commands/groups.hpp"
#include "mqadmin/commands/messages.hpp"
#include "mqadmin/commands/sending.hpp"
#include "mqadmin/frame/command.hpp"
#include "rocketmq/client/group_requests.hpp"
#include "rocketmq/client/message_queries.hpp"
#include "rocketmq/client/queue_reads.hpp"
#include "rocketmq/common/message_id.hpp"
#include "rocketmq/common/response_code.hpp"

namespace rocketmq::mqadmin {
namespace {

constexpr int keys_max = 64;

Failure no_message(const std::string& what) {
  return client::client_failure(what, static_cast<int>(ResponseCode::NoMessage));
}

std::vector<std::string> split_ids(const std::string& text) {
  std::vector<std::string> ids;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find(',', at), text.size());
    if (end > at) ids.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return ids;
}

/// Both kinds of id look alike. A broker's own id leads to its message without an index; with a
/// topic, an id that does not is a sender's.
Outcome<MessageExt> find_message(Context& context, const std::string& id,
                                 const std::string& topic) {
  const auto place = decode_offset_message_id(id);
  Failure failure = no_message("query message by id finished, but no message.");
  if (place && place->store_host.port > 0 && place->store_host.port <= 65'535) {
    auto message = client::view_message(context.client(), id, request_timeout);
    if (message && (topic.empty() || message->getTopic() == topic)) return message;
    if (!message) failure = message.error();
  }
  if (topic.empty()) {
    // What the broker answers to an id of nothing.
    if (failure.kind == client::FailureKind::Broker)
      return no_message("query message by id finished, but no message. " + failure.text);
    return failure;
  }
  auto found = client::query_by_unique_key(context.client(), topic, id);
  if (!found) return found.error();
  return std::move(*std::min_element(
      found->messages.begin(), found->messages.end(),
      [](const auto& a, const auto& b) { return a.getStoreTimestamp() < b.getStoreTimestamp(); }));
}

/// Has a member of a group consume a message.
Outcome<void> push_to(Context& context, const MessageExt& message) {
  const std::string group = context.arguments().get("g");
  // The broker that has the message reads it and hands it on.
  const remoting::ConsumeMessageDirectlyRequestHeader header{
      .consumerGroup = group,
      .clientId = context.arguments().get("d"),
      .msgId = message.getOffsetMsgId(),
      .topic = message.getTopic()};
  const auto result =
      client::consume_directly(context.client(), message.getStoreHost(), header, relayed_timeout);
  if (!result) return result.error();
  const auto word = [](bool is) { return is ? "true" : "false"; };
  context.out().line(std::string("ConsumeMessageDirectlyResult [order=") + word(result->order) +
                     ", autoCommit=" + word(result->auto_commit) + ", consumeResult=" +
                     result->consume_result + ", remark=" + result->remark.value_or("null") +
                     ", spentTimeMills=" + std::to_string(result->spent_ms) + "]");
  return {};
}

bool wants_push(const Arguments& arguments) { return arguments.has("g") || arguments.has("d"); }

/// -g and -d go together.
Outcome<void> check_push(const Arguments& arguments) {
  if (arguments.has("g") == arguments.has("d")) return {};
  return usage_failure("A message is consumed directly with both of -g and -d");
}

Outcome<void> query_msg_by_id(Context& context) {
  const Arguments& arguments = context.arguments();
  if (auto checked = check_push(arguments); !checked) return checked;
  for (const std::string& id : split_ids(arguments.get("i"))) {
    auto message = find_message(context, id, arguments.get("t"));
    if (!message) {
      context.report(message.error());
      continue;
    }
    Outcome<void> done;
    if (wants_push(arguments)) {
      done = push_to(context, *message);
    } else if (arguments.get_boolean("s", false)) {
      context.out().line("prepare resend msg. originalMsgId=" + id);
      done = resend(context, *message);
    } else {
      done = show_message(context, *message, {.charset = arguments.find("f")});
    }
    if (!done) context.report(done.error());
  }
  return {};
}

Outcome<void> query_msg_by_unique_key(Context& context) {
  const Arguments& arguments = context.arguments();
  if (auto checked = check_push(arguments); !checked) return checked;
  auto found =
      client::query_by_unique_key(context.client(), arguments.get("t"), arguments.get("i"));
  if (!found) return found.error();
  auto& messages = found->messages;
  std::stable_sort(messages.begin(), messages.end(), [](const auto& a, const auto& b) {
    return a.getStoreTimestamp() < b.getStoreTimestamp();
  });
  if (wants_push(arguments)) return push_to(context, messages.front());
  if (!arguments.has("a")) messages.resize(1);
  int number = 0;
  for (const MessageExt& message : messages) {
    const std::string suffix = arguments.has("a") ? "_" + std::to_string(++number) : std::string();
    if (auto shown =
            show_message(context, message, {.with_offset_id = false, .file_suffix = suffix});
        !shown)
      return shown;
  }
  return {};
}

Outcome<void> query_msg_by_key(Context& context) {
  const Arguments& arguments = context.arguments();
  const auto found = client::query_by_key(
      context.client(),
      {.topic = arguments.get("t"),
       .key = arguments.get("k"),
       .max = static_cast<int>(arguments.get_number("m", keys_max)),
       .begin_ms = arguments.get_number("b", 0),
       .end_ms = arguments.get_number("e", std::numeric_limits<std::int64_t>::max())});
  if (!found) return found.error();
  Table table = context.out().table(
      "messages", {{"#Message ID", "%-50s "}, {"#QID", "%4s "}, {"#Offset", "%40s"}});
  for (const MessageExt& message : found->messages)
    table.row({message.getMsgId(), message.getQueueId(), message.getQueueOffset()});
  return {};
}

Outcome<void> query_msg_by_offset(Context& context) {
  const Arguments& arguments = context.arguments();
  const std::string topic = arguments.get("t");
  const std::string broker_name = arguments.get("b");
  const std::int64_t offset = arguments.get_number("o", 0);
  const auto brokers = brokers_of_topic(context, topic);
  if (!brokers) return brokers.error();
  const auto broker = std::find_if(brokers->begin(), brokers->end(),
                                   [&](const Broker& one) { return one.name == broker_name; });
  if (broker == brokers->end())
    return client::client_failure("The broker[" + broker_name + "] not exist");
  const auto found = client::read_queue(
      context.client(), broker->address,
      {.queue = {topic, broker_name, static_cast<int>(arguments.get_number("i", 0))},
       .offset = offset,
       .max = 1,
       .subscription = {.topic = topic}},
      request_timeout);
  if (!found) return found.error();
  if (found->messages.empty() || found->messages.front().getQueueOffset() != offset) {
    return no_message("no message at offset " + std::to_string(offset) + ": the queue has " +
                      std::to_string(found->min_offset) + " to " +
                      std::to_string(found->max_offset - 1));
  }
  return show_message(context, found->messages.front(), {});
}

}  // namespace

Commands message_commands() {
  const Option topic = required(text("t", "topic", "topic name"));
  const Option group = text("g", "consumerGroup", "Let this group consume the message again");
  const Option client_id = text("d", "clientId", "The member of the group that consumes it");
  return {
      {"queryMsgById",
       "Show messages by their ids",
       {required(text("i", "msgId", "Ids, separated by commas")),
        text("t", "topic", "topic name; with it, also ids that senders gave"), group, client_id,
        boolean("s", "sendMessage", "Send the message again (false)"),
        text("u", "unitName", "Accepted; not used"),
        text("f", "bodyFormat", "Print the body as well, from this character set")},
       query_msg_by_id},
      {"queryMsgByKey",
       "List messages by a key",
       {topic, required(text("k", "msgKey", "A key of the message")),
        number("b", "beginTimestamp", "First store time, ms", 0,
               std::numeric_limits<std::int64_t>::max()),
        number("e", "endTimestamp", "Last store time, ms", 0,
               std::numeric_limits<std::int64_t>::max()),
        number("m", "maxNum", "Most messages of each broker (64)", 1)},
       query_msg_by_key},
      {"queryMsgByUniqueKey",
       "Show a message by the id that its sender gave",
       {topic, required(text("i", "msgId", "Id of the message")), group, client_id,
        flag("a", "showAll", "All messages with this id")},
       query_msg_by_unique_key},
      {"queryMsgByOffset",
       "Show a message by its place in a queue",
       {topic, required(text("b", "brokerName", "Broker name")),
        required(number("i", "queueId", "Queue number")),
        required(number("o", "offset", "Entry of the queue", 0,
                        std::numeric_limits<std::int64_t>::max()))},
       query_msg_by_offset},
  };
}

}  // namespace rocketmq::mqadmin
