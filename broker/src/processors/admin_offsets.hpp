#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "clients/consumer_manager.hpp"
#include "groups/consumer_offset_manager.hpp"
#include "groups/subscription_group_manager.hpp"
#include "rocketmq/broker/broker_config.hpp"
#include "rocketmq/common/clock.hpp"
#include "rocketmq/protocol/admin_bodies.hpp"
#include "rocketmq/remoting/dispatcher.hpp"
#include "rocketmq/store/message_reader.hpp"
#include "stats/broker_stats_manager.hpp"
#include "topics/topic_config_manager.hpp"

namespace rocketmq::broker {

/// Tells administrators how far topics are filled and groups have got, and copies offsets from one
/// group to another (spec/wire-requests.md, part D). Runs on: the admin pool.
class AdminOffsetsProcessor {
 public:
  /// All must outlive the processor.
  struct Parts {
    const BrokerConfig& config;
    const Clock& clock;
    const TopicConfigManager& topics;
    const SubscriptionGroupManager& groups;
    const ConsumerManager& consumers;
    ConsumerOffsetManager& offsets;
    const store::MessageReader& store;
    const BrokerStatsManager& stats;
  };
  explicit AdminOffsetsProcessor(Parts parts) : parts_(parts) {}

  void topic_stats(const remoting::RequestContext& context, remoting::RemotingCommand& request,
                   remoting::Reply reply);
  void consume_stats(const remoting::RequestContext& context, remoting::RemotingCommand& request,
                     remoting::Reply reply);
  void broker_consume_stats(const remoting::RequestContext& context,
                            remoting::RemotingCommand& request, remoting::Reply reply);
  void time_span(const remoting::RequestContext& context, remoting::RemotingCommand& request,
                 remoting::Reply reply);
  void correction_offsets(const remoting::RequestContext& context,
                          remoting::RemotingCommand& request, remoting::Reply reply);
  void clone_offsets(const remoting::RequestContext& context, remoting::RemotingCommand& request,
                     remoting::Reply reply);

 private:
  MessageQueueId queue_of(std::string_view topic, std::int32_t queue_id) const;
  /// False for a topic that the online group no longer subscribes to.
  bool is_of_interest(std::string_view group, std::string_view topic) const;
  /// Adds the queues of one topic, as the group has consumed them.
  void add_queues(std::string_view group, std::string_view topic, std::int32_t queue_nums,
                  remoting::ConsumeStats& stats) const;
  remoting::QueueTimeSpan time_span_of(std::string_view group, std::string_view topic,
                                       std::int32_t queue_id) const;

  const Parts parts_;
};

}  // namespace rocketmq::broker
