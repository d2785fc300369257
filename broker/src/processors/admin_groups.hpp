#pragma once

#include "groups/consumer_offset_manager.hpp"
#include "groups/subscription_group_manager.hpp"
#include "rocketmq/remoting/dispatcher.hpp"
#include "stats/broker_stats_manager.hpp"

namespace rocketmq::broker {

/// Administrators' requests about consumer groups (spec/wire-requests.md, part D). Runs on: the
/// admin pool.
class AdminGroupsProcessor {
 public:
  /// All must outlive the processor.
  struct Parts {
    SubscriptionGroupManager& groups;
    ConsumerOffsetManager& offsets;
    BrokerStatsManager& stats;
    /// Forgets what a group had once its end is saved; null: on the thread that saved it.
    WorkerPool* pool = nullptr;
  };
  explicit AdminGroupsProcessor(Parts parts) : parts_(parts) {}

  void update_group(const remoting::RequestContext& context, remoting::RemotingCommand& request,
                    remoting::Reply reply);
  /// Several in one request, all or none (5.x).
  void update_groups(const remoting::RequestContext& context, remoting::RemotingCommand& request,
                     remoting::Reply reply);
  void delete_group(const remoting::RequestContext& context, remoting::RemotingCommand& request,
                    remoting::Reply reply);
  void all_groups(const remoting::RequestContext& context, remoting::RemotingCommand& request,
                  remoting::Reply reply);
  void group_config(const remoting::RequestContext& context, remoting::RemotingCommand& request,
                    remoting::Reply reply);
  /// How a group gets the messages of a topic (5.x): PULL is the one way here, and what every group
  /// has.
  void set_request_mode(const remoting::RequestContext& context, remoting::RemotingCommand& request,
                        remoting::Reply reply);

 private:
  const Parts parts_;
};

}  // namespace rocketmq::broker
