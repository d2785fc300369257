#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <tuple>

#include "rocketmq/protocol/header.hpp"

namespace rocketmq::client {

using remoting::field;

/// RESET_CONSUMER_CLIENT_OFFSET (220) and GET_CONSUMER_STATUS_FROM_CLIENT (221), as far as the
/// client needs them.
struct TopicGroupRequestHeader {
  std::string topic;
  std::string group;

  static constexpr std::tuple fields{
      field("topic", &TopicGroupRequestHeader::topic, "topic"),
      field("group", &TopicGroupRequestHeader::group, "consumer group"),
  };
};

/// CONSUME_MESSAGE_DIRECTLY (309), as the broker passes it on.
struct ConsumeDirectlyRequestHeader {
  std::string consumerGroup;
  std::optional<std::string> brokerName;

  static constexpr std::tuple fields{
      field("consumerGroup", &ConsumeDirectlyRequestHeader::consumerGroup,
            "group whose listener is to run"),
      field("brokerName", &ConsumeDirectlyRequestHeader::brokerName, "broker that has the message"),
  };
};

}  // namespace rocketmq::client
