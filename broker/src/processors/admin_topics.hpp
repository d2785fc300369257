#pragma once

#include "groups/consumer_offset_manager.hpp"
#include "pulls/pull_hold_table.hpp"
#include "rocketmq/remoting/dispatcher.hpp"
#include "rocketmq/store/message_reader.hpp"
#include "rocketmq/store/store_administration.hpp"
#include "stats/broker_stats_manager.hpp"
#include "topics/topic_config_manager.hpp"

namespace rocketmq::broker {

/// Administrators' requests about topics (spec/wire-requests.md, part D). Runs on: the admin pool.
class AdminTopicsProcessor {
 public:
  /// All must outlive the processor.
  struct Parts {
    TopicConfigManager& topics;
    ConsumerOffsetManager& offsets;
    const store::MessageReader& reader;
    store::StoreAdministration& administration;
    BrokerStatsManager& stats;
    PullHoldTable& held;
    /// Deletes what a topic had once that is noted; null: on the thread that noted it.
    WorkerPool* pool = nullptr;
  };
  explicit AdminTopicsProcessor(Parts parts) : parts_(parts) {}

  void update_topic(const remoting::RequestContext& context, remoting::RemotingCommand& request,
                    remoting::Reply reply);
  /// Several in one request, all or none (5.x).
  void update_topics(const remoting::RequestContext& context, remoting::RemotingCommand& request,
                     remoting::Reply reply);
  /// The topic, its queues, and everything that is remembered about them.
  void delete_topic(const remoting::RequestContext& context, remoting::RemotingCommand& request,
                    remoting::Reply reply);
  void all_topics(const remoting::RequestContext& context, remoting::RemotingCommand& request,
                  remoting::Reply reply);
  void topic_config(const remoting::RequestContext& context, remoting::RemotingCommand& request,
                    remoting::Reply reply);
  void system_topics(const remoting::RequestContext& context, remoting::RemotingCommand& request,
                     remoting::Reply reply);
  /// Removes the queues of topics that are not in the table.
  void clean_unused(const remoting::RequestContext& context, remoting::RemotingCommand& request,
                    remoting::Reply reply);

 private:
  Result<void> check(const TopicConfig& config) const;
  /// Replies once `change` is saved and the name servers know of it.
  void reply_when_known(std::uint64_t change, remoting::Reply reply);
  /// Deletes what the topics had, then calls `done`.
  void forget(std::vector<std::string> topics, UniqueFunction<void()> done);

  const Parts parts_;
};

}  // namespace rocketmq::broker
