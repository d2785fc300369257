#pragma once

#include "rocketmq/store/message_reader.hpp"
#include "topics/topic_config_manager.hpp"

namespace rocketmq::broker {

/// After a kill: makes the topics again that the store has queues of, but the table does not know.
/// A topic that its first message made is saved a moment after that message was acknowledged; a
/// broker killed in between would keep the message where nothing can read it. A topic made again
/// has as many queues as the store has of it. Call it after the store has started, before requests
/// are taken. Error: the table is full, or the table cannot be saved.
Result<void> restore_lost_topics(store::MessageReader& store, TopicConfigManager& topics);

}  // namespace rocketmq::broker
