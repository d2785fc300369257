#pragma once

#include "filter_servers/filter_servers.hpp"
#include "rocketmq/broker/broker_config.hpp"
#include "rocketmq/remoting/dispatcher.hpp"

namespace rocketmq::broker {

/// Handles REGISTER_FILTER_SERVER (spec/filtersrv.md §3): only from addresses in
/// filterServerWhiteList, because consumers are sent wherever the request says. Runs on: the
/// connection's thread.
class RegisterFilterServerProcessor {
 public:
  RegisterFilterServerProcessor(const BrokerConfig& config, FilterServers& servers)
      : config_(config), servers_(servers) {}

  void process(const remoting::RequestContext& context, remoting::RemotingCommand& request,
               remoting::Reply reply);

 private:
  const BrokerConfig& config_;
  FilterServers& servers_;
};

}  // namespace rocketmq::broker
