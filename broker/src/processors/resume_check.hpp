#pragma once

#include "rocketmq/remoting/dispatcher.hpp"
#include "rocketmq/store/message_store.hpp"
#include "topics/topic_config_manager.hpp"

namespace rocketmq::broker {

/// Handles RESUME_CHECK_HALF_MESSAGE: an abandoned half message gets its check-backs again
/// (spec/broker.md §13). Runs on: the admin pool.
class ResumeCheckProcessor {
 public:
  ResumeCheckProcessor(TopicConfigManager& topics, store::MessageStore& store)
      : topics_(topics), store_(store) {}

  void process(const remoting::RequestContext& context, remoting::RemotingCommand& request,
               remoting::Reply reply);

 private:
  TopicConfigManager& topics_;
  store::MessageStore& store_;
};

}  // namespace rocketmq::broker
