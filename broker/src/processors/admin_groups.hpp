#pragma once

#include "rocketmq/remoting/dispatcher.hpp"
#include "subscription_group_manager.hpp"

namespace rocketmq::broker {

/// Answers administrators about consumer groups (wire-requests.md, part D). Runs on: the admin
/// pool.
class AdminGroupsProcessor {
 public:
  explicit AdminGroupsProcessor(SubscriptionGroupManager& groups) : groups_(groups) {}

  void update_group(const remoting::RequestContext& context, remoting::RemotingCommand& request,
                    remoting::Reply reply);
  void all_groups(const remoting::RequestContext& context, remoting::RemotingCommand& request,
                  remoting::Reply reply);

 private:
  SubscriptionGroupManager& groups_;
};

}  // namespace rocketmq::broker
