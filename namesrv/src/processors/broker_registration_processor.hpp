#pragma once

#include "kv_config_manager.hpp"
#include "rocketmq/remoting/dispatcher.hpp"
#include "route_info_manager.hpp"

namespace rocketmq::namesrv {

/// What brokers ask: REGISTER_BROKER, UNREGISTER_BROKER, QUERY_DATA_VERSION.
/// Runs on one thread, `register-0`, so that a broker's requests take effect in the order in which
/// they came.
class BrokerRegistrationProcessor {
 public:
  BrokerRegistrationProcessor(RouteInfoManager& routes, const KvConfigManager& kv_config)
      : routes_(routes), kv_config_(kv_config) {}

  void register_broker(const remoting::RequestContext& context, remoting::RemotingCommand& request,
                       remoting::Reply reply);
  void unregister_broker(const remoting::RequestContext& context,
                         remoting::RemotingCommand& request, remoting::Reply reply);
  void query_data_version(const remoting::RequestContext& context,
                          remoting::RemotingCommand& request, remoting::Reply reply);

 private:
  RouteInfoManager& routes_;
  const KvConfigManager& kv_config_;
};

}  // namespace rocketmq::namesrv
