#pragma once

#include <optional>
#include <string>
#include <vector>

#include "rocketmq/client/client_core.hpp"
#include "rocketmq/common/topic_config.hpp"
#include "rocketmq/protocol/admin_bodies.hpp"
#include "rocketmq/protocol/route_data.hpp"

namespace rocketmq::client {

/// Requests about topics. Each call waits, `timeout` at most for each server that it asks.

/// Where a topic lives, as a name server says. Failure: TopicNotExist (17) among others.
Outcome<remoting::TopicRouteData> query_route(ClientCore& core, const std::string& topic,
                                              milliseconds timeout);

/// Makes or changes a topic on the master at `address`.
Outcome<void> update_topic(ClientCore& core, const std::string& address, const TopicConfig& topic,
                           const std::string& template_topic, milliseconds timeout);
/// The same of several topics (5.x).
Outcome<void> update_topics(ClientCore& core, const std::string& address,
                            const std::vector<TopicConfig>& topics, milliseconds timeout);
Outcome<void> delete_topic_in_broker(ClientCore& core, const std::string& address,
                                     const std::string& topic, milliseconds timeout);
/// From the routes of one name server; of one cluster's brokers only when `cluster` is given.
Outcome<void> delete_topic_in_name_server(ClientCore& core, const std::string& address,
                                          const std::string& topic,
                                          const std::optional<std::string>& cluster,
                                          milliseconds timeout);

/// A topic as the broker at `address` has it; asks brokers of each generation. Failure: there is
/// none.
Outcome<TopicConfig> query_topic_config(ClientCore& core, const std::string& address,
                                        const std::string& topic, milliseconds timeout);
Outcome<TopicConfigSerializeWrapper> query_all_topic_configs(ClientCore& core,
                                                             const std::string& address,
                                                             milliseconds timeout);
/// The topics that the broker at `address` uses itself.
Outcome<remoting::TopicList> query_system_topics(ClientCore& core, const std::string& address,
                                                 milliseconds timeout);
/// Ends and last update of the queues that the broker at `address` has.
Outcome<remoting::TopicStatsTable> query_topic_stats(ClientCore& core, const std::string& address,
                                                     const std::string& topic,
                                                     milliseconds timeout);
/// The groups that consume a topic, as the broker at `address` knows them.
Outcome<std::vector<std::string>> query_groups_of_topic(ClientCore& core,
                                                        const std::string& address,
                                                        const std::string& topic,
                                                        milliseconds timeout);

}  // namespace rocketmq::client
