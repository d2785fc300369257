#pragma once

#include <cstdint>

#include "clients/producer_manager.hpp"
#include "processors/send_message.hpp"
#include "rocketmq/broker/broker_config.hpp"
#include "rocketmq/common/clock.hpp"
#include "rocketmq/common/result.hpp"
#include "rocketmq/remoting/dispatcher.hpp"
#include "rocketmq/store/message_writer.hpp"

namespace rocketmq::broker {

/// Handles SEND_REPLY_MESSAGE and SEND_REPLY_MESSAGE_V2 (spec/broker.md §16): pushes the reply to
/// the client that waits for it, and keeps it in the reply topic. Runs on: the connection's thread;
/// the response leaves when the waiting client has taken the reply, or has not within
/// `push_timeout`, and the store has said its word.
class SendReplyProcessor {
 public:
  static constexpr std::chrono::milliseconds push_timeout{10'000};

  /// `sends` has the rules that hold for every message that is sent.
  SendReplyProcessor(const BrokerConfig& config, const Clock& clock, ProducerManager& producers,
                     SendMessageProcessor& sends, store::MessageWriter& store);

  void process(const remoting::RequestContext& context, remoting::RemotingCommand& request,
               remoting::Reply reply);

 private:
  /// A reply on its way to its client and to the store.
  struct Delivery;
  using DeliveryPtr = std::shared_ptr<Delivery>;

  void push(const remoting::RequestContext& context, const remoting::RemotingCommand& request,
            const remoting::SendMessageRequestHeader& header, const DeliveryPtr& delivery) const;
  void keep(const remoting::RequestContext& context, const remoting::RemotingCommand& request,
            const remoting::SendMessageRequestHeader& header, const DeliveryPtr& delivery);
  void finish(Delivery& delivery) const;

  const BrokerConfig& config_;
  const Clock& clock_;
  ProducerManager& producers_;
  SendMessageProcessor& sends_;
  store::MessageWriter& store_;
  const LiveEndpoint& store_host_;
};

}  // namespace rocketmq::broker
