#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "rocketmq/client/client_core.hpp"
#include "rocketmq/common/subscription_group_config.hpp"
#include "rocketmq/protocol/admin_answers.hpp"
#include "rocketmq/protocol/admin_headers.hpp"

namespace rocketmq::client {

/// Requests about groups, their members and their offsets, to the broker at `address`. Each call
/// waits, `timeout` at most.

/// Offsets of a group in one topic, or with an empty `topic` in all that it has offsets of.
Outcome<remoting::ConsumeStats> query_consume_stats(ClientCore& core, const std::string& address,
                                                    const std::string& group,
                                                    const std::string& topic, milliseconds timeout);
/// The same of all groups; `ordered_only`: of ordered topics.
Outcome<remoting::BrokerConsumeStats> query_broker_consume_stats(ClientCore& core,
                                                                 const std::string& address,
                                                                 bool ordered_only,
                                                                 milliseconds timeout);
/// Failure: ConsumerNotOnline (206) while the group has no member at this broker.
Outcome<remoting::ConsumerConnection> query_consumer_connection(ClientCore& core,
                                                                const std::string& address,
                                                                const std::string& group,
                                                                milliseconds timeout);
Outcome<std::vector<remoting::ConnectionInfo>> query_producer_connections(
    ClientCore& core, const std::string& address, const std::string& group, milliseconds timeout);
/// By producer group.
Outcome<std::map<std::string, std::vector<remoting::ConnectionInfo>>> query_all_producers(
    ClientCore& core, const std::string& address, milliseconds timeout);

/// What a member says of itself; the broker relays the request. `with_stacks`: with the stacks of
/// its threads.
Outcome<remoting::ConsumerRunningInfo> query_running_info(ClientCore& core,
                                                          const std::string& address,
                                                          const std::string& group,
                                                          const std::string& client_id,
                                                          bool with_stacks, milliseconds timeout);
/// Hands one stored message to a member's listener; the broker relays the request.
Outcome<remoting::ConsumeDirectlyResult> consume_directly(
    ClientCore& core, const std::string& address,
    const remoting::ConsumeMessageDirectlyRequestHeader& header, milliseconds timeout);

/// Makes or changes a group.
Outcome<void> update_group(ClientCore& core, const std::string& address,
                           const SubscriptionGroupConfig& group, milliseconds timeout);
/// The same of several groups, all or none: the JSON text of an array of groups.
Outcome<void> update_groups(ClientCore& core, const std::string& address,
                            const std::string& groups_json, milliseconds timeout);
/// How a group gets the messages of a topic; of 5.x brokers.
Outcome<void> set_request_mode(ClientCore& core, const std::string& address,
                               const remoting::MessageRequestMode& mode, milliseconds timeout);
Outcome<void> delete_group(ClientCore& core, const std::string& address, const std::string& group,
                           bool with_offsets, milliseconds timeout);
Outcome<SubscriptionGroupWrapper> query_groups(ClientCore& core, const std::string& address,
                                               milliseconds timeout);

/// Sets a group's offsets in a topic by time, and tells its members. Returns the new offsets.
Outcome<remoting::QueueOffsets> reset_offsets(ClientCore& core, const std::string& address,
                                              const remoting::ResetOffsetRequestHeader& header,
                                              milliseconds timeout);
/// Sets the offset of one queue.
struct GroupQueueOffset {
  std::string group;
  std::string topic;
  std::int32_t queue_id = 0;
  std::int64_t offset = 0;
};
Outcome<void> update_offset(ClientCore& core, const std::string& address,
                            const GroupQueueOffset& offset, milliseconds timeout);

}  // namespace rocketmq::client
