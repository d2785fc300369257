#include "mqadmin/commands/messages.hpp"

#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "mqadmin/commands/charset.hpp"
#include "mqadmin/commands/groups.hpp"
#include "mqadmin/commands/tmp_files.hpp"
#include "mqadmin/frame/times.hpp"
#include "rocketmq/client/topic_requests.hpp"
#include "rocketmq/common/fastjson.hpp"

namespace rocketmq::mqadmin {
namespace {

std::string properties_text(const MessageExt& message) {
  std::string text;
  for (const auto& [name, value] : message.getProperties())
    text.append(text.empty() ? "{" : ", ").append(name).append("=").append(value);
  return text.empty() ? "{}" : text + "}";
}

/// In brackets; what is absent is `null`.
std::string listed(const std::string& text) { return "[" + (text.empty() ? "null" : text) + "]"; }

/// What happened to a message in one group that is online; `broker_name` is where it lies.
std::string consumed_type(const MessageExt& message, const std::string& broker_name,
                          const remoting::ConsumerConnection& connection,
                          const remoting::ConsumeStats& stats) {
  const auto queue = std::find_if(stats.queues.begin(), stats.queues.end(), [&](const auto& entry) {
    return entry.first.topic == message.getTopic() &&
           entry.first.queue_id == message.getQueueId() && entry.first.broker_name == broker_name;
  });
  const bool is_past =
      queue != stats.queues.end() && queue->second.consumer_offset > message.getQueueOffset();
  if (!is_past) return "NOT_CONSUME_YET";
  for (const SubscriptionData& subscription : connection.subscriptions) {
    if (subscription.topic == message.getTopic() && subscription.is_tag_expression() &&
        !subscription.matches_all() && !subscription.matches_tag(message.getTags()))
      return "CONSUMED_BUT_FILTERED";
  }
  return "CONSUMED";
}

MessageTrack track_of(Context& context, const MessageExt& message, const std::string& broker_name,
                      const std::string& group) {
  MessageTrack track{.group = group, .type = "UNKNOWN", .reason = std::nullopt};
  const auto brokers = brokers_of_group(context, group);
  if (!brokers) {
    track.reason = failure_text(brokers.error());
    return track;
  }
  const auto connection = connection_of(context, *brokers, group);
  if (!connection) {
    if (is_offline(connection.error())) track.type = "NOT_ONLINE";
    track.reason = failure_text(connection.error());
    return track;
  }
  if (connection->consume_type == remoting::ConsumeType::Actively) {
    track.type = "PULL";
    return track;
  }
  if (connection->message_model == remoting::MessageModel::Broadcasting) {
    track.type = "CONSUME_BROADCASTING";
    return track;
  }
  const auto stats = consume_stats_of(context, *brokers, group, message.getTopic());
  if (!stats) {
    track.reason = failure_text(stats.error());
    return track;
  }
  track.type = consumed_type(message, broker_name, *connection, *stats);
  return track;
}

nlohmann::json message_object(const MessageExt& message) {
  return {{"offsetMsgId", message.getOffsetMsgId()},
          {"msgId", message.getMsgId()},
          {"topic", message.getTopic()},
          {"tags", message.getTags()},
          {"keys", message.getKeys()},
          {"brokerName", message.getBrokerName()},
          {"queueId", message.getQueueId()},
          {"queueOffset", message.getQueueOffset()},
          {"commitLogOffset", message.getCommitLogOffset()},
          {"reconsumeTimes", message.getReconsumeTimes()},
          {"bornTimestamp", message.getBornTimestamp()},
          {"storeTimestamp", message.getStoreTimestamp()},
          {"bornHost", message.getBornHost()},
          {"storeHost", message.getStoreHost()},
          {"sysFlag", message.getSysFlag()},
          {"flag", message.getFlag()},
          {"properties", message.getProperties()},
          {"body", message.getBody()}};
}

}  // namespace

std::string message_line(const MessageExt& message) {
  const auto number = [](const char* name, std::int64_t value) {
    return std::string(name) + "=" + std::to_string(value);
  };
  return "MSGID: " + message.getMsgId() + " MessageExt [brokerName=" + message.getBrokerName() +
         ", " + number("queueId", message.getQueueId()) + ", " +
         number("storeSize", message.getStoreSize()) + ", " +
         number("queueOffset", message.getQueueOffset()) + ", " +
         number("sysFlag", message.getSysFlag()) + ", " +
         number("bornTimestamp", message.getBornTimestamp()) + ", bornHost=/" +
         message.getBornHost() + ", " + number("storeTimestamp", message.getStoreTimestamp()) +
         ", storeHost=/" + message.getStoreHost() + ", msgId=" + message.getOffsetMsgId() + ", " +
         number("commitLogOffset", message.getCommitLogOffset()) + ", " +
         number("bodyCRC", message.getBodyCRC()) + ", " +
         number("reconsumeTimes", message.getReconsumeTimes()) + ", " +
         number("preparedTransactionOffset", message.getPreparedTransactionOffset()) +
         ", toString()=Message{topic='" + message.getTopic() + "', " +
         number("flag", message.getFlag()) + ", properties=" + properties_text(message) +
         ", body=" + std::to_string(message.getBody().size()) + " bytes}]";
}

std::string queue_text(const MessageQueue& queue) {
  return "MessageQueue [topic=" + queue.getTopic() + ", brokerName=" + queue.getBrokerName() +
         ", queueId=" + std::to_string(queue.getQueueId()) + "]";
}

std::string message_json(const MessageExt& message) { return dump_json(message_object(message)); }

std::string body_file_name(const MessageExt& message, const std::string& suffix) {
  std::string name;
  for (const char c : message.getMsgId()) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0) name += c;
  }
  constexpr std::size_t name_bytes_max = 128;
  if (name.empty() || name.size() > name_bytes_max) name = message.getOffsetMsgId();
  return name + suffix;
}

Outcome<void> show_message(Context& context, const MessageExt& message, const Shown& how) {
  Output& out = context.out();
  const auto show = [&](const char* name, const Cell& value) {
    out.print("%s\n", fmt::sprintf("%-20s %s", name, value.format("%s")));
  };
  // Only where it is wanted: bodies may be large.
  auto json = out.as_json() ? message_object(message) : nlohmann::json::object();
  if (how.with_offset_id) show("OffsetID:", message.getOffsetMsgId());
  show("Topic:", message.getTopic());
  show("Tags:", listed(message.getTags()));
  show("Keys:", listed(message.getKeys()));
  show("Queue ID:", message.getQueueId());
  show("Queue Offset:", message.getQueueOffset());
  show("CommitLog Offset:", message.getCommitLogOffset());
  show("Reconsume Times:", message.getReconsumeTimes());
  show("Born Timestamp:", millisecond_text(message.getBornTimestamp()));
  show("Store Timestamp:", millisecond_text(message.getStoreTimestamp()));
  show("Born Host:", message.getBornHost());
  show("Store Host:", message.getStoreHost());
  show("System Flag:", message.getSysFlag());
  show("Properties:", properties_text(message));
  const auto path =
      write_tmp_file("msgbodys", body_file_name(message, how.file_suffix), message.getBody());
  if (path) {
    show("Message Body Path:", *path);
    json["bodyPath"] = *path;
  } else {
    context.report(path.error());
  }
  if (how.charset) {
    const auto body = to_utf8(message.getBody(), *how.charset);
    if (!body) return body.error();
    show("Message Body:", *body);
  }
  out.print("\n\n");
  const auto tracks = tracks_of(context, message);
  if (!tracks) {
    context.report(tracks.error());
  } else if (tracks->empty()) {
    out.print("WARN: No Consumer\n");
  }
  json["tracks"] = nlohmann::json::array();
  for (const MessageTrack& track : tracks ? *tracks : std::vector<MessageTrack>()) {
    out.print("MessageTrack [consumerGroup=%s, trackType=%s, exceptionDesc=%s]\n", track.group,
              track.type, track.reason.value_or("null"));
    json["tracks"].push_back({{"consumerGroup", track.group},
                              {"trackType", track.type},
                              {"exceptionDesc", track.reason.value_or("")}});
  }
  if (out.as_json()) out.append_json("messages", dump_json(json));
  return {};
}

Outcome<std::vector<MessageTrack>> tracks_of(Context& context, const MessageExt& message) {
  const auto brokers = brokers_of_topic(context, message.getTopic());
  if (!brokers) return brokers.error();
  std::set<std::string> groups;
  std::string broker_name = message.getBrokerName();
  for (const Broker& broker : *brokers) {
    if (broker_name.empty() && broker.address == message.getStoreHost()) broker_name = broker.name;
    const auto known = client::query_groups_of_topic(context.client(), broker.address,
                                                     message.getTopic(), request_timeout);
    if (!known) return known.error();
    groups.insert(known->begin(), known->end());
  }
  std::vector<MessageTrack> tracks;
  for (const std::string& group : groups)
    tracks.push_back(track_of(context, message, broker_name, group));
  return tracks;
}

}  // namespace rocketmq::mqadmin
