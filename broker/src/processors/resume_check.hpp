#pragma once

#include "rocketmq/remoting/dispatcher.hpp"
#include "rocketmq/store/message_reader.hpp"
#include "rocketmq/store/message_writer.hpp"
#include "topics/topic_config_manager.hpp"

namespace rocketmq::broker {

/// Handles RESUME_CHECK_HALF_MESSAGE: an abandoned half message gets its check-backs again
/// (spec/broker.md §13). Runs on: the admin pool.
class ResumeCheckProcessor {
 public:
  ResumeCheckProcessor(TopicConfigManager& topics, const store::MessageReader& reader,
                       store::MessageWriter& writer)
      : topics_(topics), reader_(reader), writer_(writer) {}

  void process(const remoting::RequestContext& context, remoting::RemotingCommand& request,
               remoting::Reply reply);

 private:
  TopicConfigManager& topics_;
  const store::MessageReader& reader_;
  store::MessageWriter& writer_;
};

}  // namespace rocketmq::broker
