#pragma once

#include "groups/subscription_group_manager.hpp"
#include "messages/set_aside.hpp"
#include "rocketmq/broker/broker_config.hpp"
#include "rocketmq/protocol/send_headers.hpp"
#include "rocketmq/remoting/dispatcher.hpp"
#include "rocketmq/store/delay_levels.hpp"
#include "rocketmq/store/message_reader.hpp"
#include "rocketmq/store/message_writer.hpp"
#include "stats/broker_stats_manager.hpp"
#include "topics/topic_config_manager.hpp"

namespace rocketmq::broker {

/// Handles CONSUMER_SEND_MSG_BACK: a message that could not be consumed comes again later, or goes
/// to the dead letters (spec/broker.md §7). Runs on: the read pool, because the message may have to
/// be read from disk.
class SendBackProcessor {
 public:
  SendBackProcessor(const BrokerConfig& config, const store::DelayLevels& delay_levels,
                    TopicConfigManager& topics, SubscriptionGroupManager& groups,
                    store::MessageReader& reader, store::MessageWriter& writer, SetAside& set_aside,
                    BrokerStatsManager& stats);

  void process(const remoting::RequestContext& context, remoting::RemotingCommand& request,
               remoting::Reply reply);

 private:
  using Header = remoting::ConsumerSendMsgBackRequestHeader;
  /// Where the new version of the message goes.
  struct Target {
    std::string topic;
    std::int32_t queue_id = 0;
    /// 0: not delayed.
    std::int32_t delay_level = 0;
    /// The change that made the topic.
    std::uint64_t topic_change = 0;
  };

  Result<SubscriptionGroupManager::Prepared> find_group(const Header& header) const;
  Result<Target> find_target(const Header& header, std::int32_t client_version,
                             const SubscriptionGroupConfig& group, const MessageRecord& message,
                             Budget::Peer peer);
  /// Properties of the new version; longer than a record may have them when the message's own leave
  /// too little room.
  std::string make_properties(const MessageRecord& message, const Target& target) const;
  void put(const MessageRecord& message, const Target& target, std::string_view properties,
           std::string_view group, remoting::Reply reply);
  /// Makes a message whose properties leave no room for those of a retry a dead letter.
  void put_as_it_is(const MessageRecord& message, std::string_view group, remoting::Reply reply);

  const BrokerConfig& config_;
  const store::DelayLevels& delay_levels_;
  TopicConfigManager& topics_;
  SubscriptionGroupManager& groups_;
  store::MessageReader& reader_;
  store::MessageWriter& writer_;
  SetAside& set_aside_;
  BrokerStatsManager& stats_;
  const LiveEndpoint& store_host_;
};

}  // namespace rocketmq::broker
