#pragma once

#include <string>

#include "rocketmq/client/client_core.hpp"
#include "rocketmq/protocol/route_data.hpp"

namespace rocketmq::client {

/// What name servers and brokers report about themselves. Each call waits, `timeout` at most for
/// each server that it asks.

/// The brokers that the name server knows, by cluster.
Outcome<remoting::ClusterInfo> query_cluster(ClientCore& core, milliseconds timeout);
/// The topics that the name server knows.
Outcome<remoting::TopicList> query_topics(ClientCore& core, milliseconds timeout);
/// Names and values of a broker's figures.
Outcome<remoting::KvTable> query_runtime_info(ClientCore& core, const std::string& address,
                                              milliseconds timeout);

}  // namespace rocketmq::client
