#pragma once

#include "rocketmq/remoting/dispatcher.hpp"
#include "topic_config_manager.hpp"

namespace rocketmq::broker {

/// Answers administrators about topics (wire-requests.md, part D). Runs on: the admin pool.
class AdminTopicsProcessor {
 public:
  explicit AdminTopicsProcessor(TopicConfigManager& topics) : topics_(topics) {}

  void update_topic(const remoting::RequestContext& context, remoting::RemotingCommand& request,
                    remoting::Reply reply);
  void all_topics(const remoting::RequestContext& context, remoting::RemotingCommand& request,
                  remoting::Reply reply);

 private:
  TopicConfigManager& topics_;
};

}  // namespace rocketmq::broker
