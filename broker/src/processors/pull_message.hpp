#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "clients/consumer_manager.hpp"
#include "filter/message_filter_factory.hpp"
#include "groups/consumer_offset_manager.hpp"
#include "groups/subscription_group_manager.hpp"
#include "pulls/pull_hold_table.hpp"
#include "rocketmq/broker/broker_config.hpp"
#include "rocketmq/common/clock.hpp"
#include "rocketmq/protocol/pull_headers.hpp"
#include "rocketmq/remoting/dispatcher.hpp"
#include "rocketmq/store/message_reader.hpp"
#include "rocketmq/store/message_writer.hpp"
#include "rocketmq/store/store_config.hpp"
#include "stats/broker_stats_manager.hpp"
#include "topics/topic_config_manager.hpp"

namespace rocketmq::broker {

/// Handles PULL_MESSAGE (spec/broker.md §8).
/// Runs on: the connection's thread; held pulls are run again where PullHoldTable wakes them; what
/// is not in the page cache is read by the read pool, so that neither waits for the disk.
class PullMessageProcessor {
 public:
  struct Parts {
    const BrokerConfig& config;
    const store::StoreConfig& store_config;
    const Clock& clock;
    TopicConfigManager& topics;
    SubscriptionGroupManager& groups;
    ConsumerManager& consumers;
    ConsumerOffsetManager& offsets;
    const MessageFilterFactory& filters;
    PullHoldTable& held;
    const store::MessageReader& reader;
    store::MessageWriter& writer;
    BrokerStatsManager& stats;
    WorkerPool& read_pool;
  };

  explicit PullMessageProcessor(Parts parts);

  void process(const remoting::RequestContext& context, remoting::RemotingCommand& request,
               remoting::Reply reply);
  /// Runs a held pull again; it gets its response without being held once more, whatever is found.
  void run_again(HeldPull pull);

 private:
  using Header = remoting::PullMessageRequestHeader;

  Result<SubscriptionGroupManager::Prepared> find_group(const Header& header) const;
  Result<void> check_queue(const Header& header) const;
  /// What the pull takes: by the subscription it carries, or by the one of its group.
  Result<ExpressionMessageFilter> find_filter(const Header& header,
                                              const SubscriptionGroupConfig& group) const;
  Result<ExpressionMessageFilter> filter_of_request(const Header& header) const;
  enum class Source { Memory, Anywhere };
  store::GetResult read(const HeldPull& pull, Source source);
  bool is_of_deleted_topic(std::string_view topic, std::int64_t offset,
                           std::int64_t max_offset) const;
  ReadLag lag_of(const store::GetResult& found) const;
  /// Continues a pull on the read pool, and refuses it when that takes no more. Without `hold_time`
  /// the pull gets its response in any case.
  void read_from_disk(HeldPull pull, std::optional<std::chrono::milliseconds> hold_time);
  void hold_or_answer(HeldPull& pull, store::GetResult found,
                      std::optional<std::chrono::milliseconds> hold_time);
  void answer(HeldPull& pull, store::GetResult found);
  void finish(remoting::Reply& reply, ResponseCode code, std::int64_t suggested_broker,
              store::GetResult& found) const;
  void publish_offset_moved(const HeldPull& pull, std::int64_t new_offset);

  Parts parts_;
  const LiveEndpoint& store_host_;
};

}  // namespace rocketmq::broker
