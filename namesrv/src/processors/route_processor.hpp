#pragma once

#include "kv_config_manager.hpp"
#include "rocketmq/namesrv/namesrv_settings.hpp"
#include "rocketmq/remoting/dispatcher.hpp"
#include "route_info_manager.hpp"

namespace rocketmq::namesrv {

/// What clients and administrators ask of the route table. Any thread.
class RouteProcessor {
 public:
  RouteProcessor(RouteInfoManager& routes, const KvConfigManager& kv_config,
                 const NamesrvSettings& settings)
      : routes_(routes), kv_config_(kv_config), settings_(settings) {}

  void get_route_info_by_topic(const remoting::RequestContext& context,
                               remoting::RemotingCommand& request, remoting::Reply reply);
  void get_broker_cluster_info(const remoting::RequestContext& context,
                               remoting::RemotingCommand& request, remoting::Reply reply);
  void get_all_topics(const remoting::RequestContext& context, remoting::RemotingCommand& request,
                      remoting::Reply reply);
  void get_topics_by_cluster(const remoting::RequestContext& context,
                             remoting::RemotingCommand& request, remoting::Reply reply);
  void get_system_topics(const remoting::RequestContext& context,
                         remoting::RemotingCommand& request, remoting::Reply reply);
  void get_unit_topics(const remoting::RequestContext& context, remoting::RemotingCommand& request,
                       remoting::Reply reply);
  void get_unit_subscribed_topics(const remoting::RequestContext& context,
                                  remoting::RemotingCommand& request, remoting::Reply reply);
  void get_unit_subscribed_not_unit_topics(const remoting::RequestContext& context,
                                           remoting::RemotingCommand& request,
                                           remoting::Reply reply);
  void wipe_write_perm(const remoting::RequestContext& context, remoting::RemotingCommand& request,
                       remoting::Reply reply);
  void add_write_perm(const remoting::RequestContext& context, remoting::RemotingCommand& request,
                      remoting::Reply reply);
  void delete_topic(const remoting::RequestContext& context, remoting::RemotingCommand& request,
                    remoting::Reply reply);

 private:
  RouteInfoManager& routes_;
  const KvConfigManager& kv_config_;
  const NamesrvSettings& settings_;
};

}  // namespace rocketmq::namesrv
