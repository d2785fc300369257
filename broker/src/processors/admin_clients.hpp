#pragma once

#include <string>
#include <string_view>

#include "clients/consumer_manager.hpp"
#include "clients/producer_manager.hpp"
#include "groups/consumer_offset_manager.hpp"
#include "rocketmq/broker/broker_config.hpp"
#include "rocketmq/common/clock.hpp"
#include "rocketmq/protocol/admin_bodies.hpp"
#include "rocketmq/remoting/dispatcher.hpp"
#include "rocketmq/store/message_reader.hpp"

namespace rocketmq::broker {

/// Tells administrators who is connected, and relays to consumers what is asked of them
/// (spec/wire-requests.md, part D). Runs on: the admin pool; relayed responses on the consumer's
/// connection.
class AdminClientsProcessor {
 public:
  /// All must outlive the processor.
  struct Parts {
    const BrokerConfig& config;
    const Clock& clock;
    const ConsumerManager& consumers;
    const ProducerManager& producers;
    const ConsumerOffsetManager& offsets;
    const store::MessageReader& store;
  };
  explicit AdminClientsProcessor(Parts parts) : parts_(parts) {}

  void consumer_connections(const remoting::RequestContext& context,
                            remoting::RemotingCommand& request, remoting::Reply reply);
  void producer_connections(const remoting::RequestContext& context,
                            remoting::RemotingCommand& request, remoting::Reply reply);
  void all_producers(const remoting::RequestContext& context, remoting::RemotingCommand& request,
                     remoting::Reply reply);
  void groups_of_topic(const remoting::RequestContext& context, remoting::RemotingCommand& request,
                       remoting::Reply reply);
  /// Topics of which a group has offsets (5.x).
  void topics_of_group(const remoting::RequestContext& context, remoting::RemotingCommand& request,
                       remoting::Reply reply);
  /// What an online group subscribes to of a topic (5.x).
  void subscription_of_group(const remoting::RequestContext& context,
                             remoting::RemotingCommand& request, remoting::Reply reply);
  void running_info(const remoting::RequestContext& context, remoting::RemotingCommand& request,
                    remoting::Reply reply);
  void consume_directly(const remoting::RequestContext& context, remoting::RemotingCommand& request,
                        remoting::Reply reply);

 private:
  remoting::ConnectionInfo describe(const ClientChannel& client) const;
  /// Relays `request` to one member of a group, and the member's response back.
  void relay(std::string_view group, std::string_view client_id, remoting::RemotingCommand request,
             remoting::Reply reply) const;

  const Parts parts_;
};

}  // namespace rocketmq::broker
