#pragma once

#include <string>

#include "rocketmq/client/client_core.hpp"
#include "rocketmq/protocol/admin_bodies.hpp"
#include "rocketmq/protocol/ha_bodies.hpp"

namespace rocketmq::client {

/// What administrators ask of a broker as a whole. Each call waits for the response, `timeout` at
/// most.

/// The configuration as lines `key=value`.
Outcome<std::string> query_broker_config(ClientCore& core, const std::string& address,
                                         milliseconds timeout);
/// Neither `key` nor `value` may have a line break.
Outcome<void> update_broker_config(ClientCore& core, const std::string& address,
                                   const std::string& key, const std::string& value,
                                   milliseconds timeout);

/// What was counted under `name` (TOPIC_PUT_NUMS, …) for `key`. Failure: nothing was counted yet.
Outcome<remoting::BrokerStatsData> query_broker_stats(ClientCore& core, const std::string& address,
                                                      const std::string& name,
                                                      const std::string& key, milliseconds timeout);

/// How the replication of the broker is (5.x).
Outcome<remoting::HaRuntimeInfo> query_ha_status(ClientCore& core, const std::string& address,
                                                 milliseconds timeout);

/// Deletes files of queues whose messages have expired; queues of topics that do not exist; expired
/// files of the log.
Outcome<void> clean_expired_queues(ClientCore& core, const std::string& address,
                                   milliseconds timeout);
Outcome<void> clean_unused_topics(ClientCore& core, const std::string& address,
                                  milliseconds timeout);
Outcome<void> delete_expired_log_files(ClientCore& core, const std::string& address,
                                       milliseconds timeout);

}  // namespace rocketmq::client
