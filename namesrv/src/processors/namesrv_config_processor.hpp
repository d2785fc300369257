#pragma once

#include "rocketmq/namesrv/namesrv_settings.hpp"
#include "rocketmq/remoting/dispatcher.hpp"

namespace rocketmq::namesrv {

/// UPDATE_NAMESRV_CONFIG and GET_NAMESRV_CONFIG. An update waits for the disk: on a pool.
class NamesrvConfigProcessor {
 public:
  explicit NamesrvConfigProcessor(NamesrvSettings& settings) : settings_(settings) {}

  void update(const remoting::RequestContext& context, remoting::RemotingCommand& request,
              remoting::Reply reply);
  void get(const remoting::RequestContext& context, remoting::RemotingCommand& request,
           remoting::Reply reply);

 private:
  NamesrvSettings& settings_;
};

}  // namespace rocketmq::namesrv
