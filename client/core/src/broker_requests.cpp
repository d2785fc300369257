#include "rocketmq/client/broker_requests.hpp"

#include "rocketmq/client/requests.hpp"
#include "rocketmq/protocol/admin_headers.hpp"

namespace rocketmq::client {

using remoting::make_request;
using remoting::RequestCode;

Outcome<std::string> query_broker_config(ClientCore& core, const std::string& address,
                                         milliseconds timeout) {
  return query_config(core, address, RequestCode::GetBrokerConfig, timeout);
}

Outcome<void> update_broker_config(ClientCore& core, const std::string& address,
                                   const std::string& key, const std::string& value,
                                   milliseconds timeout) {
  return update_config(core, address, RequestCode::UpdateBrokerConfig, key, value, timeout);
}

Outcome<remoting::BrokerStatsData> query_broker_stats(ClientCore& core, const std::string& address,
                                                      const std::string& name,
                                                      const std::string& key,
                                                      milliseconds timeout) {
  const remoting::ViewBrokerStatsRequestHeader header{.statsName = name, .statsKey = key};
  return read_body(
      ask_broker(core, address, make_request(RequestCode::ViewBrokerStatsData, header), timeout),
      address, remoting::decode_broker_stats);
}

Outcome<remoting::HaRuntimeInfo> query_ha_status(ClientCore& core, const std::string& address,
                                                 milliseconds timeout) {
  return read_body(ask_broker(core, address, make_request(RequestCode::GetBrokerHaStatus), timeout),
                   address, remoting::decode_ha_runtime_info);
}

Outcome<void> clean_expired_queues(ClientCore& core, const std::string& address,
                                   milliseconds timeout) {
  return without_value(
      core.call(address, make_request(RequestCode::CleanExpiredConsumeQueue), timeout));
}

Outcome<void> clean_unused_topics(ClientCore& core, const std::string& address,
                                  milliseconds timeout) {
  return without_value(core.call(address, make_request(RequestCode::CleanUnusedTopic), timeout));
}

Outcome<void> delete_expired_log_files(ClientCore& core, const std::string& address,
                                       milliseconds timeout) {
  return without_value(
      core.call(address, make_request(RequestCode::DeleteExpiredCommitLog), timeout));
}

}  // namespace rocketmq::client
