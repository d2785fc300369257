#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <tuple>

#include "rocketmq/protocol/header.hpp"

namespace rocketmq::remoting {

/// QUERY_CONSUMER_OFFSET (14).
struct QueryConsumerOffsetRequestHeader {
  std::string consumerGroup;
  std::string topic;
  std::int32_t queueId = 0;

  static constexpr std::tuple fields{
      field("consumerGroup", &QueryConsumerOffsetRequestHeader::consumerGroup, "group"),
      field("topic", &QueryConsumerOffsetRequestHeader::topic, "topic"),
      field("queueId", &QueryConsumerOffsetRequestHeader::queueId, "queue index"),
  };
};

/// UPDATE_CONSUMER_OFFSET (15).
struct UpdateConsumerOffsetRequestHeader {
  std::string consumerGroup;
  std::string topic;
  std::int32_t queueId = 0;
  std::int64_t commitOffset = 0;

  static constexpr std::tuple fields{
      field("consumerGroup", &UpdateConsumerOffsetRequestHeader::consumerGroup, "group"),
      field("topic", &UpdateConsumerOffsetRequestHeader::topic, "topic"),
      field("queueId", &UpdateConsumerOffsetRequestHeader::queueId, "queue index"),
      field("commitOffset", &UpdateConsumerOffsetRequestHeader::commitOffset,
            "next entry to consume"),
  };
};

/// SEARCH_OFFSET_BY_TIMESTAMP (29).
struct SearchOffsetRequestHeader {
  std::string topic;
  std::int32_t queueId = 0;
  std::int64_t timestamp = 0;
  std::optional<std::string> boundaryType;

  static constexpr std::tuple fields{
      field("topic", &SearchOffsetRequestHeader::topic, "topic"),
      field("queueId", &SearchOffsetRequestHeader::queueId, "queue index"),
      field("timestamp", &SearchOffsetRequestHeader::timestamp, "store time, ms"),
      field("boundaryType", &SearchOffsetRequestHeader::boundaryType, "lower or upper, 5.x"),
  };
};

/// GET_MAX_OFFSET (30), GET_MIN_OFFSET (31), GET_EARLIEST_MSG_STORETIME (32).
struct QueueRequestHeader {
  std::string topic;
  std::int32_t queueId = 0;

  static constexpr std::tuple fields{
      field("topic", &QueueRequestHeader::topic, "topic"),
      field("queueId", &QueueRequestHeader::queueId, "queue index"),
  };
};

/// Response of 14, 29, 30, 31.
struct OffsetResponseHeader {
  std::int64_t offset = 0;

  static constexpr std::tuple fields{
      field("offset", &OffsetResponseHeader::offset, "entry number")};
};

/// Response of 32.
struct TimestampResponseHeader {
  std::int64_t timestamp = 0;

  static constexpr std::tuple fields{
      field("timestamp", &TimestampResponseHeader::timestamp, "ms; -1 when empty")};
};

/// VIEW_MESSAGE_BY_ID (33).
struct ViewMessageRequestHeader {
  std::int64_t offset = 0;

  static constexpr std::tuple fields{
      field("offset", &ViewMessageRequestHeader::offset, "byte position in the CommitLog")};
};

/// QUERY_MESSAGE (12).
struct QueryMessageRequestHeader {
  std::string topic;
  std::string key;
  std::int32_t maxNum = 0;
  std::int64_t beginTimestamp = 0;
  std::int64_t endTimestamp = 0;
  std::optional<bool> _UNIQUE_KEY_QUERY;

  static constexpr std::tuple fields{
      field("topic", &QueryMessageRequestHeader::topic, "topic"),
      field("key", &QueryMessageRequestHeader::key, "one key or unique key"),
      field("maxNum", &QueryMessageRequestHeader::maxNum, "most messages wanted"),
      field("beginTimestamp", &QueryMessageRequestHeader::beginTimestamp, "first store time, ms"),
      field("endTimestamp", &QueryMessageRequestHeader::endTimestamp, "last store time, ms"),
      field("_UNIQUE_KEY_QUERY", &QueryMessageRequestHeader::_UNIQUE_KEY_QUERY, "look UNIQ_KEY up"),
  };
};

/// Response of 12.
struct QueryMessageResponseHeader {
  std::int64_t indexLastUpdateTimestamp = 0;
  std::int64_t indexLastUpdatePhyoffset = 0;

  static constexpr std::tuple fields{
      field("indexLastUpdateTimestamp", &QueryMessageResponseHeader::indexLastUpdateTimestamp,
            "store time of the newest entry"),
      field("indexLastUpdatePhyoffset", &QueryMessageResponseHeader::indexLastUpdatePhyoffset,
            "position of the newest entry"),
  };
};

}  // namespace rocketmq::remoting
