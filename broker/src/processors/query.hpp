#pragma once

#include "rocketmq/broker/broker_config.hpp"
#include "rocketmq/remoting/dispatcher.hpp"
#include "rocketmq/store/message_reader.hpp"

namespace rocketmq::broker {

/// Queries of what is stored: offsets of queues, a message by position, messages by
/// key. Runs on: offsets that need no disk on the connection's thread, the rest on the read pool
/// (routes.cpp).
class QueryProcessor {
 public:
  QueryProcessor(const BrokerConfig& config, store::MessageReader& store)
      : config_(config), store_(store) {}

  void max_offset(const remoting::RequestContext& context, remoting::RemotingCommand& request,
                  remoting::Reply reply);
  void min_offset(const remoting::RequestContext& context, remoting::RemotingCommand& request,
                  remoting::Reply reply);
  void offset_by_timestamp(const remoting::RequestContext& context,
                           remoting::RemotingCommand& request, remoting::Reply reply);
  void earliest_store_time(const remoting::RequestContext& context,
                           remoting::RemotingCommand& request, remoting::Reply reply);
  void view_message(const remoting::RequestContext& context, remoting::RemotingCommand& request,
                    remoting::Reply reply);
  void query_message(const remoting::RequestContext& context, remoting::RemotingCommand& request,
                     remoting::Reply reply);

 private:
  const BrokerConfig& config_;
  store::MessageReader& store_;
};

}  // namespace rocketmq::broker
