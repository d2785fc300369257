#pragma once

#include <cstdint>
#include <string>
#include <tuple>

#include "rocketmq/protocol/header.hpp"

namespace rocketmq::remoting {

/// REGISTER_FILTER_SERVER (301), from a filter server to its broker.
struct RegisterFilterServerRequestHeader {
  std::string filterServerAddr;

  static constexpr std::tuple fields{field("filterServerAddr",
                                           &RegisterFilterServerRequestHeader::filterServerAddr,
                                           "where consumers reach the filter server, ip:port")};
};

/// Response to REGISTER_FILTER_SERVER.
struct RegisterFilterServerResponseHeader {
  std::string brokerName;
  std::int64_t brokerId = 0;

  static constexpr std::tuple fields{
      field("brokerName", &RegisterFilterServerResponseHeader::brokerName, "name of the broker"),
      field("brokerId", &RegisterFilterServerResponseHeader::brokerId, "0 master, above 0 slave"),
  };
};

/// REGISTER_MESSAGE_FILTER_CLASS (302), from a consumer to a filter server.
struct RegisterMessageFilterClassRequestHeader {
  std::string consumerGroup;
  std::string topic;
  std::string className;
  std::int32_t classCRC = 0;

  static constexpr std::tuple fields{
      field("consumerGroup", &RegisterMessageFilterClassRequestHeader::consumerGroup,
            "group that will pull"),
      field("topic", &RegisterMessageFilterClassRequestHeader::topic, "topic that it will pull"),
      field("className", &RegisterMessageFilterClassRequestHeader::className, "name of the filter"),
      field("classCRC", &RegisterMessageFilterClassRequestHeader::classCRC,
            "CRC-32 of the body, which is the filter's source"),
  };
};

}  // namespace rocketmq::remoting
