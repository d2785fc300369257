#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>

#include "rocketmq/protocol/header.hpp"

namespace rocketmq::remoting {

/// SEND_MESSAGE (10). Views point into the request.
struct SendMessageRequestHeader {
  std::string_view producerGroup;
  std::string_view topic;
  std::string_view defaultTopic;
  std::int32_t defaultTopicQueueNums = 4;
  std::int32_t queueId = 0;
  std::int32_t sysFlag = 0;
  std::int64_t bornTimestamp = 0;
  std::int32_t flag = 0;
  std::optional<std::string_view> properties;
  std::optional<std::int32_t> reconsumeTimes;
  std::optional<bool> unitMode;
  std::optional<std::int32_t> maxReconsumeTimes;
  std::optional<bool> batch;

  static constexpr std::tuple fields{
      field("producerGroup", &SendMessageRequestHeader::producerGroup, "group that sends"),
      field("topic", &SendMessageRequestHeader::topic, "topic to append to"),
      field("defaultTopic", &SendMessageRequestHeader::defaultTopic,
            "template for creating the topic, normally TBW102"),
      field("defaultTopicQueueNums", &SendMessageRequestHeader::defaultTopicQueueNums,
            "queues wanted on creation"),
      field("queueId", &SendMessageRequestHeader::queueId,
            "queue index; -1 lets the broker choose"),
      field("sysFlag", &SendMessageRequestHeader::sysFlag, "message system flag"),
      field("bornTimestamp", &SendMessageRequestHeader::bornTimestamp,
            "when the message was made, ms"),
      field("flag", &SendMessageRequestHeader::flag, "user flag, opaque"),
      field("properties", &SendMessageRequestHeader::properties, "properties text"),
      field("reconsumeTimes", &SendMessageRequestHeader::reconsumeTimes, "retries so far"),
      field("unitMode", &SendMessageRequestHeader::unitMode, "unit mode"),
      field("maxReconsumeTimes", &SendMessageRequestHeader::maxReconsumeTimes,
            "limit of retries, for retry topics"),
      field("batch", &SendMessageRequestHeader::batch, "the body holds several messages"),
  };
};

/// SEND_MESSAGE_V2 (310), SEND_BATCH_MESSAGE (320): the same under one-letter keys.
struct SendMessageRequestHeaderV2 {
  std::string_view a;
  std::string_view b;
  std::string_view c;
  std::int32_t d = 4;
  std::int32_t e = 0;
  std::int32_t f = 0;
  std::int64_t g = 0;
  std::int32_t h = 0;
  std::optional<std::string_view> i;
  std::optional<std::int32_t> j;
  std::optional<bool> k;
  std::optional<std::int32_t> l;
  std::optional<bool> m;

  static constexpr std::tuple fields{
      field("a", &SendMessageRequestHeaderV2::a, "producerGroup"),
      field("b", &SendMessageRequestHeaderV2::b, "topic"),
      field("c", &SendMessageRequestHeaderV2::c, "defaultTopic"),
      field("d", &SendMessageRequestHeaderV2::d, "defaultTopicQueueNums"),
      field("e", &SendMessageRequestHeaderV2::e, "queueId"),
      field("f", &SendMessageRequestHeaderV2::f, "sysFlag"),
      field("g", &SendMessageRequestHeaderV2::g, "bornTimestamp"),
      field("h", &SendMessageRequestHeaderV2::h, "flag"),
      field("i", &SendMessageRequestHeaderV2::i, "properties"),
      field("j", &SendMessageRequestHeaderV2::j, "reconsumeTimes"),
      field("k", &SendMessageRequestHeaderV2::k, "unitMode"),
      field("l", &SendMessageRequestHeaderV2::l, "maxReconsumeTimes"),
      field("m", &SendMessageRequestHeaderV2::m, "batch"),
  };

  /// The same content under the long names.
  SendMessageRequestHeader expand() const { return {a, b, c, d, e, f, g, h, i, j, k, l, m}; }
  static SendMessageRequestHeaderV2 compact(const SendMessageRequestHeader& long_form) {
    return {long_form.producerGroup, long_form.topic,
            long_form.defaultTopic,  long_form.defaultTopicQueueNums,
            long_form.queueId,       long_form.sysFlag,
            long_form.bornTimestamp, long_form.flag,
            long_form.properties,    long_form.reconsumeTimes,
            long_form.unitMode,      long_form.maxReconsumeTimes,
            long_form.batch};
  }
};

/// Response to every send.
struct SendMessageResponseHeader {
  std::string msgId;
  std::int32_t queueId = 0;
  std::int64_t queueOffset = 0;
  std::optional<std::string> transactionId;
  std::optional<std::string> MSG_REGION;
  std::optional<bool> TRACE_ON;

  static constexpr std::tuple fields{
      field("msgId", &SendMessageResponseHeader::msgId,
            "offset message id; comma-joined for a batch"),
      field("queueId", &SendMessageResponseHeader::queueId, "queue the message is in"),
      field("queueOffset", &SendMessageResponseHeader::queueOffset,
            "its entry number there; the first one's for a batch"),
      field("transactionId", &SendMessageResponseHeader::transactionId, "the message's UNIQ_KEY"),
      field("MSG_REGION", &SendMessageResponseHeader::MSG_REGION, "the broker's regionId"),
      field("TRACE_ON", &SendMessageResponseHeader::TRACE_ON, "whether clients should trace"),
  };
};

/// PUSH_REPLY_MESSAGE_TO_CLIENT (326), broker to the client that waits for the reply.
struct PushReplyMessageRequestHeader {
  std::string producerGroup;
  std::string topic;
  std::string defaultTopic;
  std::int32_t defaultTopicQueueNums = 4;
  std::int32_t queueId = 0;
  std::int32_t sysFlag = 0;
  std::int64_t bornTimestamp = 0;
  std::int32_t flag = 0;
  std::optional<std::string> properties;
  std::optional<std::int32_t> reconsumeTimes;
  std::optional<bool> unitMode;
  std::string bornHost;
  std::string storeHost;
  std::int64_t storeTimestamp = 0;

  static constexpr std::tuple fields{
      field("producerGroup", &PushReplyMessageRequestHeader::producerGroup,
            "group that sent the reply"),
      field("topic", &PushReplyMessageRequestHeader::topic, "reply topic of the cluster"),
      field("defaultTopic", &PushReplyMessageRequestHeader::defaultTopic, "as it was sent"),
      field("defaultTopicQueueNums", &PushReplyMessageRequestHeader::defaultTopicQueueNums,
            "as it was sent"),
      field("queueId", &PushReplyMessageRequestHeader::queueId, "queue of the reply topic"),
      field("sysFlag", &PushReplyMessageRequestHeader::sysFlag, "message system flag"),
      field("bornTimestamp", &PushReplyMessageRequestHeader::bornTimestamp,
            "when the reply was made, ms"),
      field("flag", &PushReplyMessageRequestHeader::flag, "user flag, opaque"),
      field("properties", &PushReplyMessageRequestHeader::properties,
            "properties text, with PUSH_REPLY_TIME"),
      field("reconsumeTimes", &PushReplyMessageRequestHeader::reconsumeTimes, "as it was sent"),
      field("unitMode", &PushReplyMessageRequestHeader::unitMode, "as it was sent"),
      field("bornHost", &PushReplyMessageRequestHeader::bornHost,
            "ip:port of the client that replies"),
      field("storeHost", &PushReplyMessageRequestHeader::storeHost, "ip:port of the broker"),
      field("storeTimestamp", &PushReplyMessageRequestHeader::storeTimestamp,
            "when the broker got the reply, ms"),
  };
};

/// CONSUMER_SEND_MSG_BACK (36).
struct ConsumerSendMsgBackRequestHeader {
  std::int64_t offset = 0;
  std::string group;
  std::int32_t delayLevel = 0;
  std::optional<std::string> originMsgId;
  std::optional<std::string> originTopic;
  std::optional<bool> unitMode;
  std::optional<std::int32_t> maxReconsumeTimes;

  static constexpr std::tuple fields{
      field("offset", &ConsumerSendMsgBackRequestHeader::offset,
            "byte position of the message in the CommitLog"),
      field("group", &ConsumerSendMsgBackRequestHeader::group, "group that failed to consume"),
      field("delayLevel", &ConsumerSendMsgBackRequestHeader::delayLevel,
            "0: broker decides; <0: dead letter; >0: that level"),
      field("originMsgId", &ConsumerSendMsgBackRequestHeader::originMsgId,
            "id of the first version"),
      field("originTopic", &ConsumerSendMsgBackRequestHeader::originTopic,
            "topic of the first version"),
      field("unitMode", &ConsumerSendMsgBackRequestHeader::unitMode, "unit mode"),
      field("maxReconsumeTimes", &ConsumerSendMsgBackRequestHeader::maxReconsumeTimes,
            "limit of retries"),
  };
};

/// END_TRANSACTION (37).
struct EndTransactionRequestHeader {
  std::string producerGroup;
  std::int64_t tranStateTableOffset = 0;
  std::int64_t commitLogOffset = 0;
  std::int32_t commitOrRollback = 0;
  std::optional<bool> fromTransactionCheck;
  std::string msgId;
  std::optional<std::string> transactionId;

  static constexpr std::tuple fields{
      field("producerGroup", &EndTransactionRequestHeader::producerGroup,
            "group that sent the half message"),
      field("tranStateTableOffset", &EndTransactionRequestHeader::tranStateTableOffset,
            "queue offset of the half message"),
      field("commitLogOffset", &EndTransactionRequestHeader::commitLogOffset,
            "byte position of the half message"),
      field("commitOrRollback", &EndTransactionRequestHeader::commitOrRollback,
            "8 commit, 12 roll back, 0 undecided"),
      field("fromTransactionCheck", &EndTransactionRequestHeader::fromTransactionCheck,
            "replies to a check-back"),
      field("msgId", &EndTransactionRequestHeader::msgId, "UNIQ_KEY or message id"),
      field("transactionId", &EndTransactionRequestHeader::transactionId, "transaction id"),
  };
};

/// CHECK_TRANSACTION_STATE (39), broker to producer.
struct CheckTransactionStateRequestHeader {
  std::int64_t tranStateTableOffset = 0;
  std::int64_t commitLogOffset = 0;
  std::optional<std::string> msgId;
  std::optional<std::string> transactionId;
  std::optional<std::string> offsetMsgId;

  static constexpr std::tuple fields{
      field("tranStateTableOffset", &CheckTransactionStateRequestHeader::tranStateTableOffset,
            "queue offset of the half message"),
      field("commitLogOffset", &CheckTransactionStateRequestHeader::commitLogOffset,
            "byte position of the half message"),
      field("msgId", &CheckTransactionStateRequestHeader::msgId, "UNIQ_KEY"),
      field("transactionId", &CheckTransactionStateRequestHeader::transactionId, "transaction id"),
      field("offsetMsgId", &CheckTransactionStateRequestHeader::offsetMsgId,
            "offset message id of the half message"),
  };
};

}  // namespace rocketmq::remoting
