#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "clients/consumer_manager.hpp"
#include "groups/consumer_offset_manager.hpp"
#include "groups/subscription_group_manager.hpp"
#include "rocketmq/broker/broker_config.hpp"
#include "rocketmq/protocol/admin_bodies.hpp"
#include "rocketmq/protocol/admin_headers.hpp"
#include "rocketmq/remoting/dispatcher.hpp"
#include "rocketmq/store/message_reader.hpp"
#include "topics/topic_config_manager.hpp"

namespace rocketmq::broker {

/// Moves a group to another place of a topic, and asks its members where they are
/// (spec/broker.md §11, spec/wire-requests.md, part D).
///
/// The members of a group that is online receive the new offsets and go there immediately. For a
/// group that is offline, 4.x tools set the offsets themselves once they know; for 5.x tools, and
/// for a single queue, the broker stores them.
/// Runs on: the admin pool; members' responses on their connections.
class ResetOffsetProcessor {
 public:
  /// All must outlive the processor.
  struct Parts {
    const BrokerConfig& config;
    const TopicConfigManager& topics;
    const SubscriptionGroupManager& groups;
    const ConsumerManager& consumers;
    ConsumerOffsetManager& offsets;
    const store::MessageReader& store;
  };
  explicit ResetOffsetProcessor(Parts parts) : parts_(parts) {}

  void reset(const remoting::RequestContext& context, remoting::RemotingCommand& request,
             remoting::Reply reply);
  void consumer_status(const remoting::RequestContext& context, remoting::RemotingCommand& request,
                       remoting::Reply reply);

 private:
  using Header = remoting::ResetOffsetRequestHeader;

  /// Where each queue of the topic goes. Error: the group has consumed nothing of it.
  Result<remoting::QueueOffsets> find_targets(const Header& header, std::int32_t queue_nums) const;
  std::int64_t target_of(const Header& header, std::int32_t queue_id) const;
  Result<void> store_targets(const Header& header, const remoting::QueueOffsets& targets);

  const Parts parts_;
};

}  // namespace rocketmq::broker
