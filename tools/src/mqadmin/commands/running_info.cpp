#include "mqadmin/commands/running_info.hpp"

#include <fmt/printf.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <string_view>
#include <utility>

#include "mqadmin/frame/times.hpp"
#include "rocketmq/common/fastjson.hpp"
#include "rocketmq/common/text.hpp"

namespace rocketmq::mqadmin {
namespace {

using Info = remoting::ConsumerRunningInfo;

/// How long a queue may be without its lock, or without being consumed.
constexpr std::int64_t lock_ms_max = 30'000;
constexpr std::int64_t consume_ms_max = 60'000;

std::string value_of(const std::map<std::string, std::string>& table, const std::string& name) {
  const auto found = table.find(name);
  return found == table.end() ? std::string() : found->second;
}

std::int64_t number_of(const Info::QueueInfo& queue, const std::string& name) {
  return whole_number<std::int64_t>(value_of(queue, name)).value_or(0);
}

std::string queue_text(const Info::QueueInfo& queue) {
  const auto number = [&](const char* name) {
    return std::string(name) + "=" + std::to_string(number_of(queue, name));
  };
  const auto flag = [&](const char* name) {
    return std::string(name) + "=" + (value_of(queue, name) == "true" ? "true" : "false");
  };
  const auto time = [&](const char* name) {
    return std::string(name) + "=" + compact_text(number_of(queue, name));
  };
  return "ProcessQueueInfo [" + number("commitOffset") + ", " + number("cachedMsgMinOffset") +
         ", " + number("cachedMsgMaxOffset") + ", " + number("cachedMsgCount") + ", " +
         number("cachedMsgSizeInMiB") + ", " + number("transactionMsgMinOffset") + ", " +
         number("transactionMsgMaxOffset") + ", " + number("transactionMsgCount") + ", " +
         flag("locked") + ", " + number("tryUnlockTimes") + ", " + time("lastLockTimestamp") +
         ", " + flag("droped") + ", " + time("lastPullTimestamp") + ", " +
         time("lastConsumeTimestamp") + "]";
}

void append_queues(std::string& text, const Info& info) {
  text += "\n\n#Consumer Offset#\n";
  text += fmt::sprintf("%-64s  %-32s  %-4s  %-20s\n", "#Topic", "#Broker Name", "#QID",
                       "#Consumer Offset");
  for (const auto& [id, queue] : info.queues)
    text += fmt::sprintf("%-32s  %-32s  %-4d  %-20d\n", id.topic, id.broker_name, id.queue_id,
                         number_of(queue, "commitOffset"));
  text += "\n\n#Consumer MQ Detail#\n";
  text += fmt::sprintf("%-64s  %-32s  %-4s  %-20s\n", "#Topic", "#Broker Name", "#QID",
                       "#ProcessQueueInfo");
  for (const auto& [id, queue] : info.queues)
    text += fmt::sprintf("%-64s  %-32s  %-4d  %s\n", id.topic, id.broker_name, id.queue_id,
                         queue_text(queue));
  if (info.pop_queues.empty()) return;
  text += "\n\n#Consumer Pop Detail#\n";
  text += fmt::sprintf("%-64s  %-32s  %-4s  %-20s\n", "#Topic", "#Broker Name", "#QID",
                       "#ProcessQueueInfo");
  for (const auto& [id, queue] : info.pop_queues)
    text += fmt::sprintf(
        "%-64s  %-32s  %-4d  PopProcessQueueInfo [waitAckCount:%d, "
        "droped:%s, lastPopTimestamp:%d]\n",
        id.topic, id.broker_name, id.queue_id, number_of(queue, "waitAckCount"),
        value_of(queue, "droped"), number_of(queue, "lastPopTimestamp"));
}

void append_rates(std::string& text, const Info& info) {
  text += "\n\n#Consumer RT&TPS#\n";
  text += fmt::sprintf("%-64s  %14s %14s %14s %14s %18s %25s\n", "#Topic", "#Pull RT", "#Pull TPS",
                       "#Consume RT", "#ConsumeOK TPS", "#ConsumeFailed TPS",
                       "#ConsumeFailedMsgsInHour");
  for (const auto& [topic, status] : info.statuses)
    text += fmt::sprintf("%-32s  %14.2f %14.2f %14.2f %14.2f %18.2f %25d\n", topic, status.pull_rt,
                         status.pull_tps, status.consume_rt, status.consume_ok_tps,
                         status.consume_failed_tps, status.consume_failed_msgs);
}

nlohmann::json queues_json(const std::map<MessageQueueId, Info::QueueInfo>& queues) {
  auto array = nlohmann::json::array();
  for (const auto& [id, queue] : queues) {
    nlohmann::json item(queue);
    item["topic"] = id.topic;
    item["brokerName"] = id.broker_name;
    item["qid"] = id.queue_id;
    array.push_back(std::move(item));
  }
  return array;
}

bool is_orderly(const Info& info) {
  return value_of(info.properties, "PROP_CONSUMEORDERLY") == "true";
}

}  // namespace

std::string running_info_text(const Info& info) {
  std::string text = "#Consumer Properties#\n";
  for (const auto& [name, value] : info.properties)
    text += fmt::sprintf("%-40s: %s\n", name, value);
  text += "\n\n#Consumer Subscription#\n";
  int number = 0;
  for (const SubscriptionData& subscription : info.subscriptions)
    text += fmt::sprintf("%03d Topic: %-40s ClassFilter: %-8s SubExpression: %s\n", ++number,
                         subscription.topic, subscription.class_filter_mode ? "true" : "false",
                         subscription.sub_string);
  append_queues(text, info);
  append_rates(text, info);
  if (!info.user_info.empty()) {
    text += "\n\n#User Consume Info#\n";
    for (const auto& [name, value] : info.user_info)
      text += fmt::sprintf("%-40s: %s\n", name, value);
  }
  if (!info.jstack.empty()) text += "\n\n#Consumer jstack#\n" + info.jstack + "\n";
  return text;
}

std::string running_info_json(const Info& info) {
  auto subscriptions = nlohmann::json::array();
  for (const SubscriptionData& subscription : info.subscriptions)
    subscriptions.push_back(
        {{"topic", subscription.topic}, {"subExpression", subscription.sub_string}});
  auto rates = nlohmann::json::object();
  for (const auto& [topic, status] : info.statuses)
    rates[topic] = {{"pullRT", status.pull_rt},
                    {"pullTPS", status.pull_tps},
                    {"consumeRT", status.consume_rt},
                    {"consumeOKTPS", status.consume_ok_tps},
                    {"consumeFailedTPS", status.consume_failed_tps},
                    {"consumeFailedMsgs", status.consume_failed_msgs}};
  return dump_json({{"properties", info.properties},
                    {"subscriptions", std::move(subscriptions)},
                    {"queues", queues_json(info.queues)},
                    {"popQueues", queues_json(info.pop_queues)},
                    {"rates", std::move(rates)},
                    {"userConsumeInfo", info.user_info},
                    {"jstack", info.jstack}});
}

bool have_same_subscriptions(const Members& members) {
  const auto wishes_of = [](const Info& info) {
    std::map<std::string, std::string> wishes;
    for (const SubscriptionData& subscription : info.subscriptions)
      wishes[subscription.topic] = subscription.sub_string;
    return wishes;
  };
  return std::all_of(members.begin(), members.end(), [&](const auto& member) {
    return wishes_of(member.second) == wishes_of(members.begin()->second);
  });
}

bool is_balanced(const Members& members) {
  std::set<MessageQueueId> seen;
  for (const auto& [client_id, info] : members) {
    for (const auto& [queue, values] : info.queues) {
      if (value_of(values, "droped") != "true" && !seen.insert(queue).second) return false;
    }
  }
  return true;
}

std::vector<std::string> stuck_queues(const Members& members, std::int64_t now_ms) {
  std::vector<std::string> lines;
  for (const auto& [client_id, info] : members) {
    for (const auto& [id, queue] : info.queues) {
      const std::string name = fmt::sprintf("%s MessageQueue [topic=%s, brokerName=%s, queueId=%d]",
                                            client_id, id.topic, id.broker_name, id.queue_id);
      const std::int64_t since_lock = now_ms - number_of(queue, "lastLockTimestamp");
      const std::int64_t since_consume = now_ms - number_of(queue, "lastConsumeTimestamp");
      const bool is_locked = value_of(queue, "locked") == "true";
      if (is_orderly(info) && (!is_locked || since_lock > lock_ms_max))
        lines.push_back(fmt::sprintf("%s can't lock for a while, %dms", name, since_lock));
      if (is_orderly(info) && value_of(queue, "droped") == "true" &&
          number_of(queue, "tryUnlockTimes") > 0)
        lines.push_back(fmt::sprintf("%s unlock %d times, still failed", name,
                                     number_of(queue, "tryUnlockTimes")));
      if (!is_orderly(info) && since_consume > consume_ms_max &&
          number_of(queue, "cachedMsgCount") > 0)
        lines.push_back(
            fmt::sprintf("%s can't consume for a while, maybe blocked, %dms", name, since_consume));
    }
  }
  return lines;
}

}  // namespace rocketmq::mqadmin
