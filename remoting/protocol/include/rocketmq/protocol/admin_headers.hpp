#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <tuple>

#include "rocketmq/protocol/header.hpp"

/// Headers of the requests that administrators send to a broker, and of those that it relays to
/// consumers for them (spec/wire-requests.md, part D). Those that name a topic or a group only are
/// in group_headers.hpp.
namespace rocketmq::remoting {

/// DELETE_SUBSCRIPTIONGROUP (207).
struct DeleteSubscriptionGroupRequestHeader {
  std::string groupName;
  std::optional<bool> removeOffset;
  std::optional<bool> cleanOffset;

  static constexpr std::tuple fields{
      field("groupName", &DeleteSubscriptionGroupRequestHeader::groupName, "group to remove"),
      field("removeOffset", &DeleteSubscriptionGroupRequestHeader::removeOffset,
            "its offsets as well (4.9)"),
      field("cleanOffset", &DeleteSubscriptionGroupRequestHeader::cleanOffset,
            "its offsets as well (5.x)"),
  };
};

/// GET_CONSUME_STATS (208).
struct GetConsumeStatsRequestHeader {
  std::string consumerGroup;
  std::optional<std::string> topic;
  std::optional<std::string> topicList;

  static constexpr std::tuple fields{
      field("consumerGroup", &GetConsumeStatsRequestHeader::consumerGroup, "group"),
      field("topic", &GetConsumeStatsRequestHeader::topic, "one topic; empty means all"),
      field("topicList", &GetConsumeStatsRequestHeader::topicList, "topics joined by ; (5.x)"),
  };
};

/// INVOKE_BROKER_TO_RESET_OFFSET (222) and RESET_CONSUMER_CLIENT_OFFSET (220).
struct ResetOffsetRequestHeader {
  std::string topic;
  std::string group;
  std::int64_t timestamp = 0;
  bool isForce = false;
  std::optional<std::int32_t> queueId;
  std::optional<std::int64_t> offset;

  static constexpr std::tuple fields{
      field("topic", &ResetOffsetRequestHeader::topic, "topic"),
      field("group", &ResetOffsetRequestHeader::group, "group"),
      field("timestamp", &ResetOffsetRequestHeader::timestamp, "ms; -1 is the end of the queue"),
      field("isForce", &ResetOffsetRequestHeader::isForce, "also forward"),
      field("queueId", &ResetOffsetRequestHeader::queueId, "one queue only; -1 means all (5.x)"),
      field("offset", &ResetOffsetRequestHeader::offset,
            "entry number instead of a time, with queueId (5.x)"),
  };
};

/// INVOKE_BROKER_TO_GET_CONSUMER_STATUS (223).
struct GetConsumerStatusRequestHeader {
  std::string topic;
  std::string group;
  std::optional<std::string> clientAddr;

  static constexpr std::tuple fields{
      field("topic", &GetConsumerStatusRequestHeader::topic, "topic"),
      field("group", &GetConsumerStatusRequestHeader::group, "group"),
      field("clientAddr", &GetConsumerStatusRequestHeader::clientAddr,
            "one client id; empty means all members"),
  };
};

/// GET_CONSUMER_STATUS_FROM_CLIENT (221), QUERY_CONSUME_TIME_SPAN (303).
struct TopicGroupRequestHeader {
  std::string topic;
  std::string group;

  static constexpr std::tuple fields{
      field("topic", &TopicGroupRequestHeader::topic, "topic"),
      field("group", &TopicGroupRequestHeader::group, "group"),
  };
};

/// GET_CONSUMER_RUNNING_INFO (307).
struct ConsumerRunningInfoRequestHeader {
  std::string consumerGroup;
  std::string clientId;
  std::optional<bool> jstackEnable;

  static constexpr std::tuple fields{
      field("consumerGroup", &ConsumerRunningInfoRequestHeader::consumerGroup, "group"),
      field("clientId", &ConsumerRunningInfoRequestHeader::clientId, "member that is asked"),
      field("jstackEnable", &ConsumerRunningInfoRequestHeader::jstackEnable,
            "with the stacks of its threads"),
  };
};

/// QUERY_CORRECTION_OFFSET (308).
struct CorrectionOffsetRequestHeader {
  std::optional<std::string> filterGroups;
  std::string compareGroup;
  std::string topic;

  static constexpr std::tuple fields{
      field("filterGroups", &CorrectionOffsetRequestHeader::filterGroups,
            "groups that do not count, joined by a comma"),
      field("compareGroup", &CorrectionOffsetRequestHeader::compareGroup,
            "group whose offsets are compared"),
      field("topic", &CorrectionOffsetRequestHeader::topic, "topic"),
  };
};

/// CONSUME_MESSAGE_DIRECTLY (309).
struct ConsumeMessageDirectlyRequestHeader {
  std::string consumerGroup;
  std::optional<std::string> clientId;
  std::optional<std::string> msgId;
  std::optional<std::string> brokerName;
  std::optional<std::string> topic;

  static constexpr std::tuple fields{
      field("consumerGroup", &ConsumeMessageDirectlyRequestHeader::consumerGroup, "group"),
      field("clientId", &ConsumeMessageDirectlyRequestHeader::clientId, "member that consumes"),
      field("msgId", &ConsumeMessageDirectlyRequestHeader::msgId, "offset message id"),
      field("brokerName", &ConsumeMessageDirectlyRequestHeader::brokerName,
            "set by the broker that relays"),
      field("topic", &ConsumeMessageDirectlyRequestHeader::topic, "topic"),
  };
};

/// CLONE_GROUP_OFFSET (314).
struct CloneGroupOffsetRequestHeader {
  std::string srcGroup;
  std::string destGroup;
  std::optional<std::string> topic;
  std::optional<bool> offline;

  static constexpr std::tuple fields{
      field("srcGroup", &CloneGroupOffsetRequestHeader::srcGroup, "group to copy from"),
      field("destGroup", &CloneGroupOffsetRequestHeader::destGroup, "group to copy to"),
      field("topic", &CloneGroupOffsetRequestHeader::topic, "one topic; empty means all"),
      field("offline", &CloneGroupOffsetRequestHeader::offline, "not used"),
  };
};

/// VIEW_BROKER_STATS_DATA (315).
struct ViewBrokerStatsRequestHeader {
  std::string statsName;
  std::string statsKey;

  static constexpr std::tuple fields{
      field("statsName", &ViewBrokerStatsRequestHeader::statsName,
            "TOPIC_PUT_NUMS, GROUP_GET_NUMS, …"),
      field("statsKey", &ViewBrokerStatsRequestHeader::statsKey,
            "topic, topic@group, topic@queueId, … by statsName"),
  };
};

/// GET_BROKER_CONSUME_STATS (317).
struct GetBrokerConsumeStatsRequestHeader {
  std::optional<bool> isOrder;

  static constexpr std::tuple fields{
      field("isOrder", &GetBrokerConsumeStatsRequestHeader::isOrder, "ordered topics only"),
  };
};

/// QUERY_CONSUME_QUEUE (321).
struct QueryConsumeQueueRequestHeader {
  std::string topic;
  std::int32_t queueId = 0;
  std::int64_t index = 0;
  std::int32_t count = 0;
  std::optional<std::string> consumerGroup;

  static constexpr std::tuple fields{
      field("topic", &QueryConsumeQueueRequestHeader::topic, "topic"),
      field("queueId", &QueryConsumeQueueRequestHeader::queueId, "queue index"),
      field("index", &QueryConsumeQueueRequestHeader::index, "first entry wanted"),
      field("count", &QueryConsumeQueueRequestHeader::count, "most entries wanted"),
      field("consumerGroup", &QueryConsumeQueueRequestHeader::consumerGroup,
            "group whose subscription is shown as well"),
  };
};

/// RESUME_CHECK_HALF_MESSAGE (323).
struct ResumeCheckHalfMessageRequestHeader {
  std::string msgId;
  std::optional<std::string> topic;

  static constexpr std::tuple fields{
      field("msgId", &ResumeCheckHalfMessageRequestHeader::msgId,
            "offset message id of a message in TRANS_CHECK_MAX_TIME_TOPIC"),
      field("topic", &ResumeCheckHalfMessageRequestHeader::topic, "topic (5.x)"),
  };
};

/// QUERY_SUBSCRIPTION_BY_CONSUMER (345).
struct QuerySubscriptionRequestHeader {
  std::string group;
  std::optional<std::string> topic;

  static constexpr std::tuple fields{
      field("group", &QuerySubscriptionRequestHeader::group, "group"),
      field("topic", &QuerySubscriptionRequestHeader::topic, "topic"),
  };
};

/// QUERY_TOPICS_BY_CONSUMER (343), GET_SUBSCRIPTIONGROUP_CONFIG (352).
struct GroupRequestHeader {
  std::string group;

  static constexpr std::tuple fields{field("group", &GroupRequestHeader::group, "group")};
};

}  // namespace rocketmq::remoting
