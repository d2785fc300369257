#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "rocketmq/common/message_queue.hpp"
#include "rocketmq/common/result.hpp"
#include "rocketmq/common/subscription_data.hpp"

namespace rocketmq::remoting {

/// Ordinals and names are the wire's.
enum class ConsumeType : std::int32_t { Actively = 0, Passively = 1 };
enum class MessageModel : std::int32_t { Broadcasting = 0, Clustering = 1 };
enum class ConsumeFromWhere : std::int32_t {
  LastOffset = 0,
  LastOffsetAndFromMinWhenBootFirst = 1,
  MinOffset = 2,
  MaxOffset = 3,
  FirstOffset = 4,
  Timestamp = 5,
};
std::string_view to_string(ConsumeType type);
std::string_view to_string(MessageModel model);
std::string_view to_string(ConsumeFromWhere where);

/// A consumer group as one client takes part in it.
struct ConsumerData {
  std::string group_name;
  ConsumeType consume_type = ConsumeType::Passively;
  MessageModel message_model = MessageModel::Clustering;
  ConsumeFromWhere consume_from_where = ConsumeFromWhere::LastOffset;
  std::vector<SubscriptionData> subscriptions;
  bool unit_mode = false;
};

/// Body of HEART_BEAT.
struct HeartbeatData {
  std::string client_id;
  std::vector<std::string> producer_groups;
  std::vector<ConsumerData> consumers;
};
std::string encode_body(const HeartbeatData& data);
/// Takes the forms of the Java, Go and old C++ clients: enums by name or number, numbers as
/// strings, missing sets. Subscriptions that come without codeSet get it computed from their tags.
Result<HeartbeatData> decode_heartbeat(std::string_view body);

/// {"consumerIdList":[…]}, response of GET_CONSUMER_LIST_BY_GROUP.
std::string encode_consumer_id_list(const std::vector<std::string>& ids);
Result<std::vector<std::string>> decode_consumer_id_list(std::string_view body);

/// Body of LOCK_BATCH_MQ and UNLOCK_BATCH_MQ.
struct LockBatchRequestBody {
  std::string client_id;
  std::string consumer_group;
  std::vector<MessageQueueId> queues;
};
std::string encode_body(const LockBatchRequestBody& body);
Result<LockBatchRequestBody> decode_lock_batch_request(std::string_view body);
/// {"lockOKMQSet":[…]}, response of LOCK_BATCH_MQ.
std::string encode_locked_queues(const std::vector<MessageQueueId>& queues);
Result<std::vector<MessageQueueId>> decode_locked_queues(std::string_view body);

}  // namespace rocketmq::remoting
