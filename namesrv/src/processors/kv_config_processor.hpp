#pragma once

#include "kv_config_manager.hpp"
#include "rocketmq/remoting/dispatcher.hpp"

namespace rocketmq::namesrv {

/// The KV configuration's requests. Reading runs on any thread; writing waits for the disk and runs
/// on a pool.
class KvConfigProcessor {
 public:
  explicit KvConfigProcessor(KvConfigManager& kv_config) : kv_config_(kv_config) {}

  void put(const remoting::RequestContext& context, remoting::RemotingCommand& request,
           remoting::Reply reply);
  void get(const remoting::RequestContext& context, remoting::RemotingCommand& request,
           remoting::Reply reply);
  void remove(const remoting::RequestContext& context, remoting::RemotingCommand& request,
              remoting::Reply reply);
  /// 3.x: the header's key is a value, the response its keys.
  void get_by_value(const remoting::RequestContext& context, remoting::RemotingCommand& request,
                    remoting::Reply reply);
  void remove_by_value(const remoting::RequestContext& context, remoting::RemotingCommand& request,
                       remoting::Reply reply);
  void list(const remoting::RequestContext& context, remoting::RemotingCommand& request,
            remoting::Reply reply);

 private:
  KvConfigManager& kv_config_;
};

}  // namespace rocketmq::namesrv
