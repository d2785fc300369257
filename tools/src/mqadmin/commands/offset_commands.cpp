#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "mqadmin/commands/brokers.hpp"
#include "mqadmin/commands/groups.hpp"
#include "mqadmin/frame/command.hpp"
#include "mqadmin/frame/times.hpp"
#include "rocketmq/client/group_requests.hpp"
#include "rocketmq/client/queue_offsets.hpp"
#include "rocketmq/client/topic_requests.hpp"

namespace rocketmq::mqadmin {
namespace {

/// A time that means the end of the queue, whatever is stored meanwhile.
constexpr std::int64_t end_of_queue = -1;

/// What is to be reset, and to when.
struct Reset {
  std::string group;
  std::string topic;
  std::int64_t time_ms = end_of_queue;
  bool is_forced = true;
};

/// Where a group was, and where it is now.
struct ResetQueue {
  MessageQueueId queue;
  std::int64_t broker_offset = 0;
  std::int64_t consumer_offset = 0;
  std::int64_t time_offset = 0;
  std::int64_t new_offset = 0;
};

/// The queues of a topic at one broker, and how far the group is in each: 0 where it never read.
Outcome<remoting::ConsumeStats> group_queues(Context& context, const Broker& broker,
                                             const Reset& reset) {
  auto stats = client::query_consume_stats(context.client(), broker.address, reset.group,
                                           reset.topic, request_timeout);
  if (!stats || !stats->queues.empty()) return stats;
  const auto topic =
      client::query_topic_stats(context.client(), broker.address, reset.topic, request_timeout);
  if (!topic) return topic.error();
  for (const auto& [id, queue] : topic->queues)
    stats->queues[id] = {.broker_offset = queue.max_offset};
  return stats;
}

Outcome<std::int64_t> offset_at(Context& context, const MessageQueueId& id, std::int64_t time_ms) {
  const MessageQueue queue(id.topic, id.broker_name, id.queue_id);
  if (time_ms == end_of_queue) return client::ask_max_offset(context.client(), queue);
  return client::ask_offset_at(context.client(), queue, time_ms);
}

/// Of a group without members: its offsets are set one by one.
Outcome<std::vector<ResetQueue>> reset_offline(Context& context, const Broker& broker,
                                               const Reset& reset) {
  const auto stats = group_queues(context, broker, reset);
  if (!stats) return stats.error();
  std::vector<ResetQueue> queues;
  for (const auto& [id, queue] : stats->queues) {
    const auto target = offset_at(context, id, reset.time_ms);
    if (!target) return target.error();
    ResetQueue done{.queue = id,
                    .broker_offset = queue.broker_offset,
                    .consumer_offset = queue.consumer_offset,
                    .time_offset = *target,
                    .new_offset = queue.consumer_offset};
    // Not forced: only back.
    if (reset.is_forced || *target <= queue.consumer_offset) {
      done.new_offset = *target;
      const auto updated = client::update_offset(
          context.client(), broker.address, {reset.group, id.topic, id.queue_id, done.new_offset},
          request_timeout);
      if (!updated) return updated.error();
    }
    queues.push_back(std::move(done));
  }
  return queues;
}

/// A group that was made, that has no members and never read: brokers refuse to reset it.
bool has_never_read(Context& context, const Broker& broker, const std::string& group) {
  const auto groups = client::query_groups(context.client(), broker.address, request_timeout);
  if (!groups || !groups->subscription_group_table.contains(group)) return false;
  const auto stats =
      client::query_consume_stats(context.client(), broker.address, group, "", request_timeout);
  if (!stats || !stats->queues.empty()) return false;
  const auto members =
      client::query_consumer_connection(context.client(), broker.address, group, request_timeout);
  return !members && is_offline(members.error());
}

std::string reset_line(const char* group_word, const Reset& reset, const std::string& time_text) {
  return std::string("rollback consumer offset by specified ") + group_word + "[" + reset.group +
         "], topic[" + reset.topic + "], force[" + (reset.is_forced ? "true" : "false") +
         "], timestamp(string)[" + time_text + "], timestamp(long)[" +
         std::to_string(reset.time_ms) + "]";
}

void show_online(Context& context, const remoting::QueueOffsets& offsets) {
  Table table = context.out().table(
      "queues", {{"#brokerName", "%-40s  "}, {"#queueId", "%-40s  "}, {"#offset", "%-40s"}});
  for (const auto& [id, offset] : offsets) table.row({id.broker_name, id.queue_id, offset});
}

void show_offline(Context& context, const std::vector<ResetQueue>& queues) {
  Table table = context.out().table("queues", {{"#brokerName", "%-20s  "},
                                               {"#queueId", "%-20s  "},
                                               {"#brokerOffset", "%-20s  "},
                                               {"#consumerOffset", "%-20s  "},
                                               {"#timestampOffset", "%-20s  "},
                                               {"#rollbackOffset", "%-20s"}});
  for (const ResetQueue& queue : queues)
    table.row({queue.queue.broker_name, queue.queue.queue_id, queue.broker_offset,
               queue.consumer_offset, queue.time_offset, queue.new_offset});
}

/// Tells the group's members where to go on; of a group without members sets the offsets. `time`:
/// how the user said it, nothing: no line says it.
Outcome<void> reset_group(Context& context, const Reset& reset,
                          const std::optional<std::string>& time_text) {
  const auto brokers = brokers_of_topic(context, reset.topic);
  if (!brokers) return brokers.error();
  remoting::QueueOffsets online;
  std::vector<ResetQueue> offline;
  for (const Broker& broker : *brokers) {
    const remoting::ResetOffsetRequestHeader header{.topic = reset.topic,
                                                    .group = reset.group,
                                                    .timestamp = reset.time_ms,
                                                    .isForce = reset.is_forced};
    auto offsets = client::reset_offsets(context.client(), broker.address, header, request_timeout);
    if (offsets) {
      online.merge(*offsets);
      continue;
    }
    if (!is_offline(offsets.error()) && !has_never_read(context, broker, reset.group))
      return offsets.error();
    auto queues = reset_offline(context, broker, reset);
    if (!queues) return queues.error();
    offline.insert(offline.end(), queues->begin(), queues->end());
  }
  if (!online.empty() || offline.empty()) {
    if (time_text) context.out().line(reset_line("group", reset, *time_text));
    show_online(context, online);
  }
  if (!offline.empty()) {
    if (time_text) context.out().line(reset_line("consumerGroup", reset, *time_text));
    show_offline(context, offline);
  }
  return {};
}

/// One queue, to an entry number.
Outcome<void> reset_queue(Context& context, const Reset& reset) {
  const Arguments& arguments = context.arguments();
  if (!arguments.has("b") || !arguments.has("q") || !arguments.has("o"))
    return usage_failure("One queue is reset with all of -b, -q and -o");
  const std::int64_t offset = arguments.get_number("o", 0);
  const auto queue_id = static_cast<std::int32_t>(arguments.get_number("q", 0));
  const remoting::ResetOffsetRequestHeader header{.topic = reset.topic,
                                                  .group = reset.group,
                                                  .timestamp = reset.time_ms,
                                                  .isForce = true,
                                                  .queueId = queue_id,
                                                  .offset = offset};
  const auto offsets =
      client::reset_offsets(context.client(), arguments.get("b"), header, request_timeout);
  if (!offsets) return offsets.error();
  for (const auto& [id, new_offset] : *offsets) {
    if (id.queue_id == queue_id)
      context.out().line("reset consumer offset to " + std::to_string(new_offset));
  }
  return {};
}

Outcome<void> reset_offset_by_time(Context& context) {
  const Arguments& arguments = context.arguments();
  const std::string time_text = arguments.get("s");
  Reset reset{.group = arguments.get("g"),
              .topic = arguments.get("t"),
              .is_forced = arguments.get_boolean("f", true)};
  if (time_text != "now") {
    const auto time_ms = parse_time(time_text);
    if (!time_ms) {
      return usage_failure("specified timestamp invalid: " + time_text +
                           " is not now, milliseconds, or yyyy-MM-dd#HH:mm:ss:SSS");
    }
    reset.time_ms = *time_ms;
  }
  if (arguments.has("b") || arguments.has("q") || arguments.has("o"))
    return reset_queue(context, reset);
  return reset_group(context, reset, time_text);
}

Outcome<void> skip_accumulated_message(Context& context) {
  const Arguments& arguments = context.arguments();
  return reset_group(context,
                     {.group = arguments.get("g"),
                      .topic = arguments.get("t"),
                      .is_forced = arguments.get_boolean("f", true)},
                     std::nullopt);
}

Outcome<void> clone_group_offset(Context& context) {
  const Arguments& arguments = context.arguments();
  const std::string source = arguments.get("s");
  const std::string target = arguments.get("d");
  const std::string topic = arguments.get("t");
  const auto brokers = brokers_of_topic(context, topic);
  if (!brokers) return brokers.error();
  std::size_t copied = 0;
  for (const Broker& broker : *brokers) {
    // Asked for one topic, a broker also tells of queues that the group never read.
    const auto stats =
        client::query_consume_stats(context.client(), broker.address, source, "", relayed_timeout);
    if (!stats) return stats.error();
    for (const auto& [id, queue] : stats->queues) {
      if (id.topic != topic || queue.consumer_offset < 0) continue;
      const auto updated = client::update_offset(
          context.client(), broker.address, {target, topic, id.queue_id, queue.consumer_offset},
          request_timeout);
      if (!updated) return updated.error();
      ++copied;
    }
  }
  if (copied == 0)
    return client::client_failure("group " + source + " has no offsets of topic " + topic);
  context.out().line("clone group offset success. srcGroup[" + source + "], destGroup=[" + target +
                     "], topic[" + topic + "]");
  return {};
}

}  // namespace

Commands offset_commands() {
  const Option group = required(text("g", "group", "consumer group name"));
  const Option topic = required(text("t", "topic", "topic name"));
  const Option force = boolean("f", "force", "Also forward, not only back (true)");
  return {
      {"resetOffsetByTime",
       "Let a consumer group go on at a point in time",
       {group, topic,
        required(text("s", "timestamp", "now, milliseconds, or yyyy-MM-dd#HH:mm:ss:SSS")), force,
        flag("c", "cplus", "Accepted; the broker knows what each client is written in"),
        text("b", "broker", "One queue only: its broker's address"),
        number("q", "queue", "One queue only: its number"),
        number("o", "offset", "One queue only: the entry to go on at", 0,
               std::numeric_limits<std::int64_t>::max())},
       reset_offset_by_time},
      {"skipAccumulatedMessage",
       "Let a consumer group go on at the end of a topic",
       {group, topic, force},
       skip_accumulated_message},
      {"cloneGroupOffset",
       "Copy a consumer group's offsets of a topic to another group",
       {required(text("s", "srcGroup", "group to copy from")),
        required(text("d", "destGroup", "group to copy to")), topic,
        flag("o", "offline", "Accepted; not used")},
       clone_group_offset},
  };
}

}  // namespace rocketmq::mqadmin
