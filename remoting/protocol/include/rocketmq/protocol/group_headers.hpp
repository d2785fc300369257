#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <tuple>

#include "rocketmq/protocol/header.hpp"

namespace rocketmq::remoting {

/// UNREGISTER_CLIENT (35).
struct UnregisterClientRequestHeader {
  std::string clientID;
  std::optional<std::string> producerGroup;
  std::optional<std::string> consumerGroup;

  static constexpr std::tuple fields{
      field("clientID", &UnregisterClientRequestHeader::clientID, "client that leaves"),
      field("producerGroup", &UnregisterClientRequestHeader::producerGroup,
            "producer group it leaves; empty means none"),
      field("consumerGroup", &UnregisterClientRequestHeader::consumerGroup,
            "consumer group it leaves; empty means none"),
  };
};

/// GET_CONSUMER_LIST_BY_GROUP (38), NOTIFY_CONSUMER_IDS_CHANGED (40), GET_CONSUMER_CONNECTION_LIST
/// (203).
struct ConsumerGroupRequestHeader {
  std::string consumerGroup;

  static constexpr std::tuple fields{
      field("consumerGroup", &ConsumerGroupRequestHeader::consumerGroup, "group")};
};

/// GET_PRODUCER_CONNECTION_LIST (204).
struct ProducerGroupRequestHeader {
  std::string producerGroup;

  static constexpr std::tuple fields{
      field("producerGroup", &ProducerGroupRequestHeader::producerGroup, "group")};
};

/// UPDATE_AND_CREATE_TOPIC (17).
struct CreateTopicRequestHeader {
  std::string topic;
  std::optional<std::string> defaultTopic;
  std::int32_t readQueueNums = 16;
  std::int32_t writeQueueNums = 16;
  std::int32_t perm = 6;
  std::optional<std::string> topicFilterType;
  std::optional<std::int32_t> topicSysFlag;
  std::optional<bool> order;

  static constexpr std::tuple fields{
      field("topic", &CreateTopicRequestHeader::topic, "topic to make or change"),
      field("defaultTopic", &CreateTopicRequestHeader::defaultTopic,
            "template; not used by the broker"),
      field("readQueueNums", &CreateTopicRequestHeader::readQueueNums, "queues that are read"),
      field("writeQueueNums", &CreateTopicRequestHeader::writeQueueNums, "queues that are written"),
      field("perm", &CreateTopicRequestHeader::perm, "4 read, 2 write, 1 inherit"),
      field("topicFilterType", &CreateTopicRequestHeader::topicFilterType,
            "SINGLE_TAG or MULTI_TAG"),
      field("topicSysFlag", &CreateTopicRequestHeader::topicSysFlag, "unit flags"),
      field("order", &CreateTopicRequestHeader::order, "ordered topic"),
  };
};

/// A request that names a topic only (105, 202, 215, 300).
struct TopicRequestHeader {
  std::string topic;
  std::optional<bool> acceptStandardJsonOnly;

  static constexpr std::tuple fields{
      field("topic", &TopicRequestHeader::topic, "topic"),
      field("acceptStandardJsonOnly", &TopicRequestHeader::acceptStandardJsonOnly,
            "map keys must be quoted (105)"),
  };
};

}  // namespace rocketmq::remoting
