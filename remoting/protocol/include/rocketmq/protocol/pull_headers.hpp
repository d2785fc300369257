#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>

#include "rocketmq/protocol/header.hpp"

namespace rocketmq::remoting {

/// PULL_MESSAGE (11). Views point into the request.
struct PullMessageRequestHeader {
  std::string_view consumerGroup;
  std::string_view topic;
  std::int32_t queueId = 0;
  std::int64_t queueOffset = 0;
  std::int32_t maxMsgNums = 0;
  std::int32_t sysFlag = 0;
  std::int64_t commitOffset = 0;
  std::int64_t suspendTimeoutMillis = 0;
  std::optional<std::string_view> subscription;
  std::int64_t subVersion = 0;
  std::optional<std::string_view> expressionType;

  static constexpr std::tuple fields{
      field("consumerGroup", &PullMessageRequestHeader::consumerGroup, "group that pulls"),
      field("topic", &PullMessageRequestHeader::topic, "topic to read"),
      field("queueId", &PullMessageRequestHeader::queueId, "queue index, from 0"),
      field("queueOffset", &PullMessageRequestHeader::queueOffset,
            "first entry wanted, in entries, not bytes"),
      field("maxMsgNums", &PullMessageRequestHeader::maxMsgNums, "most messages wanted"),
      field("sysFlag", &PullMessageRequestHeader::sysFlag,
            "1 commit, 2 suspend, 4 subscription, 8 class filter, 16 lite"),
      field("commitOffset", &PullMessageRequestHeader::commitOffset,
            "offset to store when flag 1 is set"),
      field("suspendTimeoutMillis", &PullMessageRequestHeader::suspendTimeoutMillis,
            "how long the broker may hold, ms"),
      field("subscription", &PullMessageRequestHeader::subscription,
            "expression when flag 4 is set"),
      field("subVersion", &PullMessageRequestHeader::subVersion, "time of the subscription"),
      field("expressionType", &PullMessageRequestHeader::expressionType,
            "TAG or SQL92; absent means TAG"),
  };
};

/// Response to PULL_MESSAGE; present on success, not found, retry and offset moved.
struct PullMessageResponseHeader {
  std::int64_t suggestWhichBrokerId = 0;
  std::int64_t nextBeginOffset = 0;
  std::int64_t minOffset = 0;
  std::int64_t maxOffset = 0;

  static constexpr std::tuple fields{
      field("suggestWhichBrokerId", &PullMessageResponseHeader::suggestWhichBrokerId,
            "broker id to pull from next"),
      field("nextBeginOffset", &PullMessageResponseHeader::nextBeginOffset,
            "entry to pull from next"),
      field("minOffset", &PullMessageResponseHeader::minOffset, "first entry of the queue"),
      field("maxOffset", &PullMessageResponseHeader::maxOffset, "entry after the last one"),
  };
};

}  // namespace rocketmq::remoting
