#pragma once

#include <string>
#include <vector>

#include "clients/consumer_manager.hpp"
#include "clients/producer_manager.hpp"
#include "filter/consumer_filter_manager.hpp"
#include "filter/message_filter_factory.hpp"
#include "groups/subscription_group_manager.hpp"
#include "rocketmq/broker/broker_config.hpp"
#include "rocketmq/remoting/dispatcher.hpp"
#include "topics/topic_config_manager.hpp"

namespace rocketmq::broker {

/// Handles HEART_BEAT, UNREGISTER_CLIENT and CHECK_CLIENT_CONFIG, and notifies consumers when their
/// group has changed (spec/broker.md §5). Runs on: the connection's thread.
class ClientManageProcessor {
 public:
  struct Parts {
    const BrokerConfig& config;
    TopicConfigManager& topics;
    SubscriptionGroupManager& groups;
    ConsumerManager& consumers;
    ProducerManager& producers;
    ConsumerFilterManager& filters;
    const MessageFilterFactory& filter_factory;
  };

  explicit ClientManageProcessor(Parts parts) : parts_(parts) {}

  void heartbeat(const remoting::RequestContext& context, remoting::RemotingCommand& request,
                 remoting::Reply reply);
  void unregister(const remoting::RequestContext& context, remoting::RemotingCommand& request,
                  remoting::Reply reply);
  void check_config(const remoting::RequestContext& context, remoting::RemotingCommand& request,
                    remoting::Reply reply);

  /// Pushes NOTIFY_CONSUMER_IDS_CHANGED to the members, unless the broker or the group has it
  /// switched off.
  void notify_members(const std::string& group,
                      const std::vector<remoting::ChannelPtr>& members) const;

 private:
  /// Returns the change of the topic table that made the group's retry topic.
  Result<std::uint64_t> register_consumer(const ClientChannel& client,
                                          const remoting::ConsumerData& consumer);

  const Parts parts_;
};

}  // namespace rocketmq::broker
