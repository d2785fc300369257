#pragma once

#include <cstdint>
#include <string>

#include "rocketmq/client/client_core.hpp"
#include "rocketmq/protocol/route_data.hpp"

namespace rocketmq::client {

/// What administrators ask of name servers. Those with an `address` concern that one only: name
/// servers know nothing of each other, so changes are sent to each. Each call waits, `timeout` at
/// most for each server that it asks.

/// A value of the KV configuration. Failure: QueryNotFound (22).
Outcome<std::string> query_kv(ClientCore& core, const std::string& name_space,
                              const std::string& key, milliseconds timeout);
/// All of a name space.
Outcome<remoting::KvTable> query_kv_list(ClientCore& core, const std::string& name_space,
                                         milliseconds timeout);
Outcome<void> put_kv(ClientCore& core, const std::string& address, const std::string& name_space,
                     const std::string& key, const std::string& value, milliseconds timeout);
/// Also a success where there is no such key.
Outcome<void> delete_kv(ClientCore& core, const std::string& address, const std::string& name_space,
                        const std::string& key, milliseconds timeout);

/// Takes the right to be written from a broker's queues, or gives it back; returns the number of
/// topics that changed.
Outcome<std::int32_t> wipe_write_perm(ClientCore& core, const std::string& address,
                                      const std::string& broker_name, milliseconds timeout);
Outcome<std::int32_t> add_write_perm(ClientCore& core, const std::string& address,
                                     const std::string& broker_name, milliseconds timeout);

/// The configuration as lines `key=value`.
Outcome<std::string> query_name_server_config(ClientCore& core, const std::string& address,
                                              milliseconds timeout);
/// Neither `key` nor `value` may have a line break.
Outcome<void> update_name_server_config(ClientCore& core, const std::string& address,
                                        const std::string& key, const std::string& value,
                                        milliseconds timeout);

}  // namespace rocketmq::client
