#include <algorithm>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "mqadmin/commands/charset.hpp"
#include "mqadmin/commands/groups.hpp"
#include "mqadmin/commands/messages.hpp"
#include "mqadmin/frame/command.hpp"
#include "mqadmin/frame/progress.hpp"
#include "mqadmin/frame/times.hpp"
#include "rocketmq/client/queue_offsets.hpp"
#include "rocketmq/client/queue_reads.hpp"
#include "rocketmq/client/topic_publish_info.hpp"
#include "rocketmq/client/topic_requests.hpp"

namespace rocketmq::mqadmin {
namespace {

constexpr int batch = 32;

struct PlacedQueue {
  MessageQueue queue;
  std::string address;
};

/// The readable queues of a topic, in order.
Outcome<std::vector<PlacedQueue>> readable_queues(Context& context, const std::string& topic) {
  const auto route = client::query_route(context.client(), topic, request_timeout);
  if (!route) return route.error();
  std::map<std::string, std::string> addresses;
  for (const remoting::BrokerData& broker : route->broker_datas) {
    if (const auto address = address_of(broker)) addresses[broker.broker_name] = *address;
  }
  std::vector<PlacedQueue> queues;
  for (MessageQueue& queue : client::readable_queues(topic, *route)) {
    const auto address = addresses.find(queue.getBrokerName());
    if (address != addresses.end()) queues.push_back({std::move(queue), address->second});
  }
  return queues;
}

Outcome<PlacedQueue> one_queue(Context& context, const std::string& topic,
                               const std::string& broker_name, int queue_id) {
  const auto queues = readable_queues(context, topic);
  if (!queues) return queues.error();
  const MessageQueue wanted(topic, broker_name, queue_id);
  const auto found = std::find_if(queues->begin(), queues->end(), [&](const PlacedQueue& placed) {
    return placed.queue == wanted;
  });
  if (found == queues->end()) return client::client_failure("there is no " + queue_text(wanted));
  return *found;
}

/// The entries to read, from the first to before the last.
struct Range {
  std::int64_t first = 0;
  std::int64_t end = 0;
};

struct TimeRange {
  std::optional<std::int64_t> begin_ms;
  std::optional<std::int64_t> end_ms;
};

Outcome<TimeRange> times_of(const Arguments& arguments, const char* begin, const char* end) {
  TimeRange times;
  for (const auto& [name, time] :
       {std::pair(begin, &times.begin_ms), std::pair(end, &times.end_ms)}) {
    const auto text = arguments.find(name);
    if (!text) continue;
    *time = parse_time(*text);
    if (!*time) {
      return usage_failure("specified timestamp invalid: " + *text +
                           " is not milliseconds or yyyy-MM-dd#HH:mm:ss:SSS");
    }
  }
  return times;
}

/// What a queue has between two points in time.
Outcome<Range> range_of(Context& context, const MessageQueue& queue, const TimeRange& times) {
  const auto first = times.begin_ms
                         ? client::ask_offset_at(context.client(), queue, *times.begin_ms)
                         : client::ask_min_offset(context.client(), queue);
  if (!first) return first.error();
  const auto end = times.end_ms ? client::ask_offset_at(context.client(), queue, *times.end_ms)
                                : client::ask_max_offset(context.client(), queue);
  if (!end) return end.error();
  return Range{*first, *end};
}

/// Reads a queue from range.first to range.end. `take` gets the messages of each batch; `ended` is
/// called when a read found none, with its outcome.
struct Reading {
  const PlacedQueue& placed;
  Range range;
  SubscriptionData subscription;
  std::string group = "TOOLS_CONSUMER";
  std::function<Outcome<void>(const std::vector<MessageExt>&)> take;
  std::function<void(const client::ReadMessages&)> ended;
};

Outcome<void> read_range(Context& context, const Reading& reading, Progress* progress) {
  for (std::int64_t offset = reading.range.first; offset < reading.range.end;) {
    const std::int64_t left = reading.range.end - offset;
    auto read = client::read_queue(context.client(), reading.placed.address,
                                   {.queue = reading.placed.queue,
                                    .offset = offset,
                                    .max = static_cast<int>(std::min<std::int64_t>(left, batch)),
                                    .subscription = reading.subscription,
                                    .group = reading.group},
                                   relayed_timeout);
    if (!read) return read.error();
    // With a filter, a broker reads on behind the last entry that is wanted.
    std::erase_if(read->messages, [&](const MessageExt& message) {
      return message.getQueueOffset() >= reading.range.end;
    });
    if (read->status == client::ReadStatus::Found) {
      if (auto taken = reading.take(read->messages); !taken) return taken;
    } else {
      reading.ended(*read);
      // Nothing new, or before the first message: only what did not match leaves something to read.
      const bool may_go_on =
          read->status == client::ReadStatus::NoMatchedMessage ||
          (read->status == client::ReadStatus::OffsetIllegal && read->next_offset > offset);
      if (!may_go_on) return {};
    }
    if (progress != nullptr) {
      const auto next = std::clamp(read->next_offset, offset, reading.range.end);
      progress->step(static_cast<std::size_t>(next - offset));
    }
    if (read->next_offset <= offset) return {};
    offset = read->next_offset;
  }
  return {};
}

Outcome<SubscriptionData> subscription_of(const Arguments& arguments, const std::string& topic) {
  auto subscription = parse_tag_subscription(topic, arguments.get("s", "*"), 0);
  if (!subscription) return usage_failure(subscription.error().remark);
  return std::move(*subscription);
}

/// The line of a message, and its body or that it is not printed.
Outcome<void> print_message(Context& context, const MessageExt& message, bool with_body,
                            const std::string& charset) {
  std::string body = "NOT PRINT BODY";
  if (with_body) {
    auto text = to_utf8(message.getBody(), charset);
    if (!text) return text.error();
    body = std::move(*text);
  }
  context.out().print("%s BODY: %s\n", message_line(message), body);
  if (context.out().as_json()) context.out().append_json("messages", message_json(message));
  return {};
}

Outcome<void> print_msg(Context& context) {
  const Arguments& arguments = context.arguments();
  const auto times = times_of(arguments, "b", "e");
  if (!times) return times.error();
  const std::string topic = arguments.get("t");
  const auto subscription = subscription_of(arguments, topic);
  if (!subscription) return subscription.error();
  const bool with_body = arguments.get_boolean("d", true);
  const std::string charset = arguments.get("c", "UTF-8");
  const auto queues = readable_queues(context, topic);
  if (!queues) return queues.error();
  for (const PlacedQueue& placed : *queues) {
    const auto range = range_of(context, placed.queue, *times);
    if (!range) return range.error();
    const std::string queue = queue_text(placed.queue);
    context.out().print("minOffset=%d, maxOffset=%d, %s\n", range->first, range->end, queue);
    const auto read = read_range(
        context,
        {.placed = placed,
         .range = *range,
         .subscription = *subscription,
         .take = [&](const std::vector<MessageExt>& messages) -> Outcome<void> {
           for (const MessageExt& message : messages) {
             if (auto printed = print_message(context, message, with_body, charset); !printed)
               return printed;
           }
           return {};
         },
         .ended =
             [&](const client::ReadMessages& end) {
               const bool may_go_on = end.status == client::ReadStatus::NoMatchedMessage;
               context.out().print("%s %s. status=%s, offset=%d\n", queue,
                                   may_go_on ? "no matched msg" : "print msg finished",
                                   to_string(end.status), end.next_offset);
             }},
        nullptr);
    if (!read) return read.error();
    context.out().print("%s\n", std::string(56, '-'));
  }
  return {};
}

Outcome<void> print_msg_by_queue(Context& context) {
  const Arguments& arguments = context.arguments();
  const auto times = times_of(arguments, "b", "e");
  if (!times) return times.error();
  const std::string topic = arguments.get("t");
  const auto subscription = subscription_of(arguments, topic);
  if (!subscription) return subscription.error();
  const bool prints = arguments.get_boolean("p", false);
  const bool with_body = arguments.get_boolean("d", false);
  const bool counts = arguments.get_boolean("f", false);
  if (!prints && !counts)
    return usage_failure("Nothing to print: messages with -p true, numbers by tag with -f true");
  const std::string charset = arguments.get("c", "UTF-8");
  const auto placed =
      one_queue(context, topic, arguments.get("a"), static_cast<int>(arguments.get_number("i", 0)));
  if (!placed) return placed.error();
  const auto range = range_of(context, placed->queue, *times);
  if (!range) return range.error();
  std::map<std::string, std::int64_t> by_tag;
  std::optional<Progress> progress;
  if (!prints)
    progress.emplace(
        static_cast<std::size_t>(std::max<std::int64_t>(range->end - range->first, 0)));
  const auto read = read_range(
      context,
      {.placed = *placed,
       .range = *range,
       .subscription = *subscription,
       .take = [&](const std::vector<MessageExt>& messages) -> Outcome<void> {
         for (const MessageExt& message : messages) {
           if (counts && !message.getTags().empty()) ++by_tag[message.getTags()];
           if (!prints) continue;
           if (auto printed = print_message(context, message, with_body, charset); !printed)
             return printed;
         }
         return {};
       },
       .ended = [](const client::ReadMessages&) {}},
      progress ? &*progress : nullptr);
  progress.reset();
  if (!read) return read.error();
  if (!counts) return {};
  std::vector<std::pair<std::string, std::int64_t>> sorted(by_tag.begin(), by_tag.end());
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  Table table = context.out().rows("tags", {{"tag", "Tag: %-30s "}, {"count", "Count: %s"}});
  for (const auto& [tag, number] : sorted) table.row({tag, number});
  return {};
}

Outcome<void> check_consume(const Arguments& arguments, const TimeRange& times) {
  if (arguments.has("i") && !arguments.has("b"))
    return usage_failure("Please set the brokerName before queueId!");
  if (arguments.has("o") && !arguments.has("i"))
    return usage_failure("Please set queueId before offset!");
  if (times.begin_ms && *times.begin_ms > now_ms())
    return usage_failure("Please set the beginTimestamp before now!");
  if (times.begin_ms && times.end_ms && *times.end_ms < *times.begin_ms)
    return usage_failure("Please set the endTimestamp after the beginTimestamp!");
  return {};
}

/// Prints the messages of a range; a line at its end when nothing else came.
Outcome<void> consume_range(Context& context, const PlacedQueue& placed, Range range,
                            const std::string& group) {
  const std::string queue = queue_text(placed.queue);
  const auto finished = [&](const char* status, std::int64_t offset) {
    context.out().print("%s print msg finished. status=%s, offset=%d\n", queue, status, offset);
  };
  bool has_ended = false;
  std::int64_t next = range.first;
  const auto read =
      read_range(context,
                 {.placed = placed,
                  .range = range,
                  .subscription = {.topic = placed.queue.getTopic()},
                  .group = group,
                  .take = [&](const std::vector<MessageExt>& messages) -> Outcome<void> {
                    context.out().print("Consume ok\n");
                    for (const MessageExt& message : messages) {
                      next = message.getQueueOffset() + 1;
                      if (auto printed = print_message(context, message, true, "UTF-8"); !printed)
                        return printed;
                    }
                    return {};
                  },
                  .ended =
                      [&](const client::ReadMessages& end) {
                        finished(to_string(end.status), end.next_offset);
                        has_ended = true;
                      }},
                 nullptr);
  if (!read || has_ended) return read;
  finished("NO_NEW_MSG", next);
  return {};
}

Outcome<void> consume_message(Context& context) {
  const Arguments& arguments = context.arguments();
  const auto times = times_of(arguments, "s", "e");
  if (!times) return times.error();
  if (auto checked = check_consume(arguments, *times); !checked) return checked;
  const std::string topic = arguments.get("t");
  const std::string group = arguments.get("g", "TOOLS_CONSUMER");
  const bool is_one = arguments.has("i");
  std::vector<PlacedQueue> queues;
  if (is_one) {
    auto queue = one_queue(context, topic, arguments.get("b"),
                           static_cast<int>(arguments.get_number("i", 0)));
    if (!queue) return queue.error();
    queues.push_back(std::move(*queue));
  } else {
    auto all = readable_queues(context, topic);
    if (!all) return all.error();
    queues = std::move(*all);
    if (const auto broker = arguments.find("b"))
      std::erase_if(queues, [&](const PlacedQueue& placed) {
        return placed.queue.getBrokerName() != *broker;
      });
  }
  std::int64_t left = arguments.get_number("c", 128);
  for (const PlacedQueue& placed : queues) {
    auto range = range_of(context, placed.queue, *times);
    if (!range) return range.error();
    if (arguments.has("o")) range->first = arguments.get_number("o", 0);
    const std::int64_t found = std::max<std::int64_t>(range->end - range->first, 0);
    const bool is_cut = found > left;
    if (is_cut) {
      range->end = range->first + left;
      if (is_one) {
        // The spelling is what scripts know.
        context.out().print("The oldler %d message will be provided\n", left);
      } else {
        context.out().print("The older %d message of the %d queue will be provided\n", left,
                            placed.queue.getQueueId());
      }
    }
    if (auto done = consume_range(context, placed, *range, group); !done) return done;
    left -= std::min(found, left);
    if (left == 0) break;
  }
  return {};
}

}  // namespace

Commands print_commands() {
  const Option topic = required(text("t", "topic", "topic name"));
  const Option charset = text("c", "charsetName", "Character set of the bodies (UTF-8)");
  const Option expression = text("s", "subExpression", "Tags, as TagA || TagB (*)");
  const std::string time_help = "store time, as milliseconds or yyyy-MM-dd#HH:mm:ss:SSS";
  const Option begin = text("b", "beginTimestamp", "First " + time_help);
  const Option end = text("e", "endTimestamp", "Last " + time_help);
  return {
      {"printMsg",
       "Print the messages of a topic",
       {topic, charset, expression, begin, end,
        boolean("d", "printBody", "With their bodies (true)")},
       print_msg},
      {"printMsgByQueue",
       "Print the messages of one queue, or count them by tag",
       {topic, required(text("a", "brokerName", "Broker name")),
        required(number("i", "queueId", "Queue number")), charset, expression, begin, end,
        boolean("p", "print", "Print the messages (false)"),
        boolean("d", "printBody", "With their bodies (false)"),
        boolean("f", "calculate", "Count the messages by tag (false)")},
       print_msg_by_queue},
      {"consumeMessage",
       "Read messages of a topic without being one of its consumers",
       {topic, text("b", "brokerName", "Only queues of this broker"),
        number("i", "queueId", "Only this queue, with -b"),
        number("o", "offset", "First entry, with -i", 0, std::numeric_limits<std::int64_t>::max()),
        text("g", "consumerGroup", "Group that the broker sees (TOOLS_CONSUMER)"),
        text("s", "beginTimestamp", "First " + time_help),
        text("e", "endTimestamp", "Last " + time_help),
        number("c", "MessageNumber", "Most messages (128)", 1)},
       consume_message},
  };
}

}  // namespace rocketmq::mqadmin
