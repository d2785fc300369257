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
#include "rocketmq/protocol/admin_bodies.hpp"

/// How tools read the bodies that brokers, ours and Java's of every release, write for
/// administrators (spec/wire-requests.md, part G), and bodies that only tools write.
namespace rocketmq::remoting {

/// Of 317.
Result<BrokerConsumeStats> decode_broker_consume_stats(std::string_view body);
/// Of 203.
Result<ConsumerConnection> decode_consumer_connection(std::string_view body);
/// Of 204.
Result<std::vector<ConnectionInfo>> decode_producer_connections(std::string_view body);
/// Of 328, by producer group.
Result<std::map<std::string, std::vector<ConnectionInfo>>> decode_producer_table(
    std::string_view body);
/// Of 222 and 220, in the form of Java or in that for clients in C++.
Result<QueueOffsets> decode_offset_table(std::string_view body);

/// Of 321.
Result<ConsumeQueueData> decode_consume_queue(std::string_view body);

/// A consumer's response to CONSUME_MESSAGE_DIRECTLY (309).
struct ConsumeDirectlyResult {
  bool order = false;
  bool auto_commit = true;
  /// CR_SUCCESS, CR_LATER, …; empty when the consumer did not say.
  std::string consume_result;
  std::optional<std::string> remark;
  std::int64_t spent_ms = 0;
};
Result<ConsumeDirectlyResult> decode_consume_directly_result(std::string_view body);

/// A consumer's response to GET_CONSUMER_RUNNING_INFO (307). What is known of a queue is as the
/// consumer wrote it: clients of other languages have members of their own.
struct ConsumerRunningInfo {
  struct Status {
    double pull_rt = 0;
    double pull_tps = 0;
    double consume_rt = 0;
    double consume_ok_tps = 0;
    double consume_failed_tps = 0;
    std::int64_t consume_failed_msgs = 0;
  };
  /// Names and values of what is known of one queue.
  using QueueInfo = std::map<std::string, std::string>;

  std::map<std::string, std::string> properties;
  std::vector<SubscriptionData> subscriptions;
  std::map<MessageQueueId, QueueInfo> queues;
  /// Queues that are consumed in the way of 5.x (POP).
  std::map<MessageQueueId, QueueInfo> pop_queues;
  /// By topic.
  std::map<std::string, Status> statuses;
  std::map<std::string, std::string> user_info;
  std::string jstack;
};
Result<ConsumerRunningInfo> decode_running_info(std::string_view body);

/// Body of SET_MESSAGE_REQUEST_MODE (401).
struct MessageRequestMode {
  std::string topic;
  std::string consumer_group;
  /// PULL or POP.
  std::string mode;
  /// Of POP.
  std::int32_t pop_share_queue_num = 0;
};
std::string encode_body(const MessageRequestMode& mode);
Result<MessageRequestMode> decode_request_mode(std::string_view body);

}  // namespace rocketmq::remoting
