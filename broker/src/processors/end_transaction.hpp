#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "rocketmq/broker/broker_config.hpp"
#include "rocketmq/common/clock.hpp"
#include "rocketmq/common/endpoint.hpp"
#include "rocketmq/common/result.hpp"
#include "rocketmq/remoting/dispatcher.hpp"
#include "rocketmq/remoting/protocol/send_headers.hpp"
#include "rocketmq/store/message_store.hpp"
#include "rocketmq/store/store_config.hpp"
#include "stored_copies.hpp"
#include "topic_config_manager.hpp"
#include "transaction/ends_under_way.hpp"

namespace rocketmq::broker {

/// Answers END_TRANSACTION: commits a half message into its real topic or rolls it back (broker.md
/// §13.2). Runs on: a pool, because a half message may have to be read from disk. Two ends that one
/// connection sends may so be done in either order, which nobody can tell: each names a message of
/// its own. An end that is lost or refused costs a check-back, not the message.
class EndTransactionProcessor {
 public:
  /// All must outlive the processor.
  EndTransactionProcessor(const BrokerConfig& config, const store::StoreConfig& store_config,
                          const Clock& clock, store::MessageStore& store);

  /// The broker was killed: topics that were made just before may be missing in `topics`. They are
  /// made again when a message is committed to them. Call it before the first end comes; `topics`
  /// must outlive the processor.
  void expect_losses(TopicConfigManager& topics) { topics_after_kill_ = &topics; }

  void process(const remoting::RequestContext& context, remoting::RemotingCommand& request,
               remoting::Reply reply);

 private:
  using Header = remoting::EndTransactionRequestHeader;

  Result<store::StoredMessage> find_half_message(const Header& header) const;
  /// Ends a message that a 3.2.6 broker left prepared in its own topic (broker.md §13.4).
  Result<void> end_prepared(const Header& header, const MessageRecord& prepared, bool is_commit);
  Result<void> commit(const Header& header, const MessageRecord& half);
  Result<void> restore_topic(std::string_view topic, std::int32_t queue_id);
  /// Whether the producer may have decided about this message before.
  bool may_be_repeated(const Header& header, const MessageRecord& half) const;
  /// Waits for the index to know all that was put until now.
  bool was_committed(const MessageRecord& half, const CopySearch& search);
  Result<void> mark_as_ended(const MessageRecord& half);

  const BrokerConfig& config_;
  const store::StoreConfig& store_config_;
  const Clock& clock_;
  store::MessageStore& store_;
  const Endpoint store_host_;
  EndsUnderWay ends_under_way_;
  TopicConfigManager* topics_after_kill_ = nullptr;  // set before the listeners start
};

}  // namespace rocketmq::broker
