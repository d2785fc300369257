#pragma once

#include <string>
#include <vector>

#include "mqadmin/commands/brokers.hpp"
#include "mqadmin/frame/context.hpp"
#include "rocketmq/common/subscription_group_config.hpp"
#include "rocketmq/protocol/admin_answers.hpp"

namespace rocketmq::mqadmin {

/// The brokers of the route of a topic: of each broker name its master, else a slave.
Outcome<std::vector<Broker>> brokers_of_topic(Context& context, const std::string& topic);
/// The brokers that know a group: those of its retry topic; of a group without one, which never
/// had a clustering consumer, all.
Outcome<std::vector<Broker>> brokers_of_group(Context& context, const std::string& group);

/// Offsets of a group at these brokers, in all topics or in one.
Outcome<remoting::ConsumeStats> consume_stats_of(Context& context,
                                                 const std::vector<Broker>& brokers,
                                                 const std::string& group,
                                                 const std::string& topic);
/// A group's members, and the broker that has listed them: others may not be connected to them.
struct ListedMembers {
  remoting::ConsumerConnection connection;
  Broker broker;
};
/// As the first of these brokers says that knows any.
Outcome<ListedMembers> members_of(Context& context, const std::vector<Broker>& brokers,
                                  const std::string& group);
/// The same, where the broker does not matter.
Outcome<remoting::ConsumerConnection> connection_of(Context& context,
                                                    const std::vector<Broker>& brokers,
                                                    const std::string& group);
bool is_offline(const Failure& failure);

/// `SubscriptionGroupConfig [groupName=…]`
std::string group_text(const SubscriptionGroupConfig& group);

}  // namespace rocketmq::mqadmin
