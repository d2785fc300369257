#pragma once

#include "clients/consumer_manager.hpp"
#include "clients/rebalance_lock_manager.hpp"
#include "groups/consumer_offset_manager.hpp"
#include "rocketmq/common/worker_pool.hpp"
#include "rocketmq/remoting/dispatcher.hpp"
#include "rocketmq/store/message_reader.hpp"
#include "topics/topic_config_manager.hpp"

namespace rocketmq::broker {

/// Requests of consumers besides pulls: the members of a group, consumed offsets, locks of queues
/// that are consumed in order (spec/broker.md §5, §11, §12). Runs on: the connection's
/// thread, so that one-way commits take effect in order; what needs the disk goes to the pool.
class ConsumerManageProcessor {
 public:
  ConsumerManageProcessor(const TopicConfigManager& topics, ConsumerManager& consumers,
                          ConsumerOffsetManager& offsets, RebalanceLockManager& locks,
                          const store::MessageReader& store, const Clock& clock,
                          WorkerPool& read_pool)
      : topics_(topics),
        consumers_(consumers),
        offsets_(offsets),
        locks_(locks),
        store_(store),
        clock_(clock),
        read_pool_(read_pool) {}

  void consumer_list(const remoting::RequestContext& context, remoting::RemotingCommand& request,
                     remoting::Reply reply);
  void query_offset(const remoting::RequestContext& context, remoting::RemotingCommand& request,
                    remoting::Reply reply);
  void update_offset(const remoting::RequestContext& context, remoting::RemotingCommand& request,
                     remoting::Reply reply);
  void all_offsets(const remoting::RequestContext& context, remoting::RemotingCommand& request,
                   remoting::Reply reply);
  void lock_queues(const remoting::RequestContext& context, remoting::RemotingCommand& request,
                   remoting::Reply reply);
  void unlock_queues(const remoting::RequestContext& context, remoting::RemotingCommand& request,
                     remoting::Reply reply);

 private:
  void answer_without_offset(const std::string& group, const std::string& topic,
                             std::int32_t queue_id, bool is_young, remoting::Reply& reply) const;
  Result<void> check_topic(const OffsetKey& key, std::int64_t offset) const;

  const TopicConfigManager& topics_;
  ConsumerManager& consumers_;
  ConsumerOffsetManager& offsets_;
  RebalanceLockManager& locks_;
  const store::MessageReader& store_;
  const Clock& clock_;
  WorkerPool& read_pool_;
};

}  // namespace rocketmq::broker
