#include <algorithm>
#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <thread>
#include <utility>

#include "mqadmin/commands/groups.hpp"
#include "mqadmin/commands/running_info.hpp"
#include "mqadmin/frame/command.hpp"
#include "mqadmin/frame/times.hpp"
#include "rocketmq/client/cluster_queries.hpp"
#include "rocketmq/client/group_requests.hpp"
#include "rocketmq/common/names.hpp"

namespace rocketmq::mqadmin {
namespace {

constexpr std::chrono::seconds pause_between_rounds{60};

/// What a group has not read of one topic.
struct Undone {
  std::int64_t messages = 0;
  std::int64_t most_in_a_queue = 0;
  /// Store time of the last message read, in the queue where that is longest ago; 0: not known.
  std::int64_t read_up_to_ms = 0;
};

std::map<std::string, Undone> undone_of(const remoting::ConsumeStats& stats) {
  std::map<std::string, Undone> topics;
  for (const auto& [id, queue] : stats.queues) {
    const std::int64_t diff = queue.broker_offset - queue.consumer_offset;
    if (diff <= 0) continue;
    Undone& undone = topics[id.topic];
    undone.messages += diff;
    undone.most_in_a_queue = std::max(undone.most_in_a_queue, diff);
    if (queue.last_timestamp_ms > 0 &&
        (undone.read_up_to_ms == 0 || queue.last_timestamp_ms < undone.read_up_to_ms))
      undone.read_up_to_ms = queue.last_timestamp_ms;
  }
  return topics;
}

void watch_members(Context& context, const std::vector<Broker>& brokers, const std::string& group) {
  const auto listed = members_of(context, brokers, group);
  if (!listed) {
    if (!is_offline(listed.error())) context.report(listed.error(), group);
    return;
  }
  Members members;
  for (const remoting::ConnectionInfo& member : listed->connection.connections) {
    auto info = client::query_running_info(context.client(), listed->broker.address, group,
                                           member.client_id, false, relayed_timeout);
    if (!info) {
      context.report(info.error(), member.client_id);
      continue;
    }
    for (const auto& [topic, status] : info->statuses) {
      if (status.consume_failed_msgs <= 0) continue;
      context.out().line(fmt::sprintf("[FAILED] group: %s topic: %s client: %s messages: %d", group,
                                      topic, member.client_id, status.consume_failed_msgs));
    }
    members[member.client_id] = std::move(*info);
  }
  for (const std::string& queue : stuck_queues(members, now_ms()))
    context.out().line("[BLOCKED] group: " + group + " " + queue);
}

void watch(Context& context, const std::string& group) {
  const auto brokers = brokers_of_topic(context, retry_topic_of(group));
  if (!brokers) return context.report(brokers.error(), group);
  const auto stats = consume_stats_of(context, *brokers, group, "");
  if (!stats) return context.report(stats.error(), group);
  for (const auto& [topic, undone] : undone_of(*stats)) {
    context.out().line(
        fmt::sprintf("[UNDONE] group: %s topic: %s messages: %d largest queue: %d read up to: %s",
                     group, topic, undone.messages, undone.most_in_a_queue,
                     undone.read_up_to_ms > 0 ? second_text(undone.read_up_to_ms) : "N/A"));
  }
  watch_members(context, *brokers, group);
}

/// Until it is ended; a failure of the first round ends it.
Outcome<void> start_monitoring(Context& context) {
  for (bool is_first = true;; is_first = false) {
    const auto topics = client::query_topics(context.client(), request_timeout);
    if (!topics) {
      if (is_first) return topics.error();
      context.report(topics.error());
    } else {
      std::size_t groups = 0;
      for (const std::string& topic : topics->topics) {
        if (!is_retry_topic(topic)) continue;
        ++groups;
        watch(context, topic.substr(names::retry_prefix.size()));
      }
      context.out().line(fmt::sprintf("%s looked at %d groups", second_text(now_ms()), groups));
    }
    context.out().finish();
    std::this_thread::sleep_for(pause_between_rounds);
  }
}

}  // namespace

Commands monitor_commands() {
  return {
      {"startMonitoring",
       "Watch all consumer groups, each minute, until it is ended",
       {},
       start_monitoring},
  };
}

}  // namespace rocketmq::mqadmin
