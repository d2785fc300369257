#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rocketmq/common/message_queue.hpp"
#include "rocketmq/common/result.hpp"
#include "rocketmq/common/subscription_data.hpp"
#include "rocketmq/protocol/heartbeat_data.hpp"
#include "rocketmq/protocol/remoting_command.hpp"

/// Bodies of what administrators ask a broker (spec/wire-requests.md, part G). Tables by queue have
/// whole objects as keys, bare, which is what every published tool reads.
namespace rocketmq::remoting {

/// Response of GET_TOPIC_STATS_INFO (202).
struct TopicStatsTable {
  struct Queue {
    std::int64_t min_offset = 0;
    std::int64_t max_offset = 0;
    /// Store time of the last message; 0 when there is none.
    std::int64_t last_update_timestamp_ms = 0;
  };
  std::map<MessageQueueId, Queue> queues;
};
std::string encode_body(const TopicStatsTable& table);
Result<TopicStatsTable> decode_topic_stats(std::string_view body);

/// Response of GET_CONSUME_STATS (208).
struct ConsumeStats {
  struct Queue {
    std::int64_t broker_offset = 0;
    std::int64_t consumer_offset = 0;
    /// Store time of the last message that was consumed; 0 when it is not known.
    std::int64_t last_timestamp_ms = 0;
  };
  double consume_tps = 0;
  std::map<MessageQueueId, Queue> queues;

  /// Messages that are left to consume.
  std::int64_t total_diff() const;
};
std::string encode_body(const ConsumeStats& stats);
Result<ConsumeStats> decode_consume_stats(std::string_view body);

/// Response of GET_BROKER_CONSUME_STATS (317).
struct BrokerConsumeStats {
  std::string broker_addr;
  /// By group, one entry a topic.
  std::map<std::string, std::vector<ConsumeStats>> groups;
};
std::string encode_body(const BrokerConsumeStats& stats);

/// One client connection.
struct ConnectionInfo {
  std::string client_id;
  /// "ip:port"
  std::string client_addr;
  LanguageCode language = LanguageCode::Other;
  std::int32_t version = 0;
  std::int64_t last_update_timestamp_ms = 0;
};

/// Response of GET_CONSUMER_CONNECTION_LIST (203).
struct ConsumerConnection {
  std::vector<ConnectionInfo> connections;
  std::vector<SubscriptionData> subscriptions;
  ConsumeType consume_type = ConsumeType::Passively;
  MessageModel message_model = MessageModel::Clustering;
  ConsumeFromWhere consume_from_where = ConsumeFromWhere::LastOffset;
};
/// Languages that a peer of `peer_version` does not know are named OTHER: it would refuse the body.
std::string encode_body(const ConsumerConnection& connection, std::int32_t peer_version);
/// Response of GET_PRODUCER_CONNECTION_LIST (204).
std::string encode_producer_connections(const std::vector<ConnectionInfo>& connections,
                                        std::int32_t peer_version);
/// Response of GET_ALL_PRODUCER_INFO (328): by producer group.
std::string encode_producer_table(const std::map<std::string, std::vector<ConnectionInfo>>& groups,
                                  std::int32_t peer_version);

/// {"groupList":[…]}, response of QUERY_TOPIC_CONSUME_BY_WHO (300).
std::string encode_group_list(const std::vector<std::string>& groups);
Result<std::vector<std::string>> decode_group_list(std::string_view body);

/// Response of QUERY_SUBSCRIPTION_BY_CONSUMER (345).
struct GroupTopicSubscription {
  std::string group;
  std::string topic;
  /// Nothing while the group is offline, or does not subscribe to the topic.
  std::optional<SubscriptionData> subscription;
};
std::string encode_body(const GroupTopicSubscription& subscription);

/// One queue in the response of QUERY_CONSUME_TIME_SPAN (303); times are store times in ms.
struct QueueTimeSpan {
  MessageQueueId queue;
  std::int64_t min_timestamp_ms = 0;
  std::int64_t max_timestamp_ms = 0;
  std::int64_t consume_timestamp_ms = 0;
  std::int64_t delay_ms = 0;
};
std::string encode_body(const std::vector<QueueTimeSpan>& spans);

/// {"correctionOffsets":{0:120}}, response of QUERY_CORRECTION_OFFSET (308): by queue index.
std::string encode_correction_offsets(const std::map<std::int32_t, std::int64_t>& offsets);

using QueueOffsets = std::map<MessageQueueId, std::int64_t>;
/// {"offsetTable":{…}}: response of 222 and body of 220.
std::string encode_offset_table(const QueueOffsets& offsets);
/// {"offsetTable":[…]}: body of 220 for clients that are written in C++.
std::string encode_offset_list(const QueueOffsets& offsets);

/// The response of a client to 221: the offset of each of its queues.
Result<QueueOffsets> decode_consumer_status(std::string_view body);
/// Response of INVOKE_BROKER_TO_GET_CONSUMER_STATUS (223): by client id.
std::string encode_consumer_status(const std::map<std::string, QueueOffsets>& clients);

/// Sum of a period, and its averages a second and an occasion.
struct StatsFigure {
  std::int64_t sum = 0;
  double per_second = 0;
  double per_time = 0;
};
/// Response of VIEW_BROKER_STATS_DATA (315).
struct BrokerStatsData {
  StatsFigure minute;
  StatsFigure hour;
  StatsFigure day;
};
std::string encode_body(const BrokerStatsData& data);
Result<BrokerStatsData> decode_broker_stats(std::string_view body);

/// Response of QUERY_CONSUME_QUEUE (321).
struct ConsumeQueueData {
  struct Unit {
    std::int64_t physical_offset = 0;
    std::int32_t physical_size = 0;
    std::int64_t tags_code = 0;
    /// Of brokers that keep more of a message, for filters.
    std::optional<std::string> extend_data_json = {};
    std::optional<std::string> bit_map = {};
    bool eval = false;
    std::optional<std::string> msg = {};
  };
  std::int64_t min_queue_index = 0;
  std::int64_t max_queue_index = 0;
  std::vector<Unit> units;
  /// What the group subscribes to, when one was named and it is online.
  std::optional<SubscriptionData> subscription = {};
  std::optional<std::string> filter_data = {};
};
/// As our brokers write it: without what they do not know of a message.
std::string encode_body(const ConsumeQueueData& data);

}  // namespace rocketmq::remoting
