#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>

#include "groups/subscription_group_manager.hpp"
#include "processors/send_properties.hpp"
#include "rocketmq/broker/broker_config.hpp"
#include "rocketmq/common/clock.hpp"
#include "rocketmq/protocol/send_headers.hpp"
#include "rocketmq/remoting/dispatcher.hpp"
#include "rocketmq/store/delay_levels.hpp"
#include "rocketmq/store/message_writer.hpp"
#include "topics/topic_config_manager.hpp"

namespace rocketmq::broker {

/// Handles SEND_MESSAGE, SEND_MESSAGE_V2 and SEND_BATCH_MESSAGE (spec/broker.md §6).
/// Runs on: the connection's thread; the response leaves when the store says that the message is
/// safe.
class SendMessageProcessor {
 public:
  SendMessageProcessor(const BrokerConfig& config, const Clock& clock,
                       const store::DelayLevels& delay_levels, TopicConfigManager& topics,
                       SubscriptionGroupManager& groups, store::MessageWriter& store);

  void process(const remoting::RequestContext& context, remoting::RemotingCommand& request,
               remoting::Reply reply);

  // The rules that hold for whatever is sent, for the processors of the other send requests.

  /// The header of a send request in any of its forms; views point into the request.
  static Result<remoting::SendMessageRequestHeader> decode(
      const remoting::RemotingCommand& request);
  /// Where a message goes once every rule has been applied.
  struct Target {
    /// A view of the header.
    std::string_view requested_topic;
    std::int32_t queue_id = 0;
    /// Set when the retries are used up: the message goes to these dead letters immediately.
    std::string dlq_topic;
    /// The change that made the topic: the sender hears of the message when name servers know it.
    std::uint64_t topic_change = 0;

    std::string_view topic() const { return dlq_topic.empty() ? requested_topic : dlq_topic; }
  };

  Result<Target> find_target(const remoting::SendMessageRequestHeader& header,
                             std::int32_t client_version, const remoting::Channel& sender);
  void refuse(remoting::Reply& reply, const Error& error) const;
  /// Has the reply wait until the target's topic is registered.
  void hold_until_registered(remoting::Reply& reply, const Target& target) const {
    if (!topics_.waits().is_known(target.topic_change)) [[unlikely]]
      topics_.waits().hold(reply, target.topic_change);
  }

 private:
  Result<void> check_broker(const remoting::SendMessageRequestHeader& header) const;
  Result<void> redirect_used_up_retry(const remoting::SendMessageRequestHeader& header,
                                      std::int32_t client_version, Budget::Peer peer,
                                      Target& target);
  Result<void> check_properties(const SendProperties& properties, bool is_batch,
                                std::string_view topic) const;
  /// Puts the first phase of a transaction; `message` has the properties of a half message.
  void put_half(const remoting::RequestContext& context, store::MessageToPut& message,
                std::int32_t real_queue_id, std::string_view unique_key, remoting::Reply reply);
  void answer(remoting::Reply& reply, std::int32_t queue_id, std::string_view unique_key,
              const store::PutResult& stored) const;

  const BrokerConfig& config_;
  const Clock& clock_;
  const store::DelayLevels& delay_levels_;
  TopicConfigManager& topics_;
  SubscriptionGroupManager& groups_;
  store::MessageWriter& store_;
  const LiveEndpoint& store_host_;
};

}  // namespace rocketmq::broker
