#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "messages/set_aside.hpp"
#include "messages/stored_copies.hpp"
#include "rocketmq/broker/broker_config.hpp"
#include "rocketmq/common/clock.hpp"
#include "rocketmq/common/endpoint.hpp"
#include "rocketmq/common/result.hpp"
#include "rocketmq/protocol/send_headers.hpp"
#include "rocketmq/remoting/dispatcher.hpp"
#include "rocketmq/store/message_reader.hpp"
#include "rocketmq/store/message_writer.hpp"
#include "topics/topic_config_manager.hpp"
#include "transaction/ended_transactions.hpp"
#include "transaction/ends_under_way.hpp"

namespace rocketmq::broker {

/// Handles END_TRANSACTION: commits a half message into its real topic or rolls it back
/// (spec/broker.md §13.2). The first end of a transaction counts. Runs on: a pool, because a half
/// message may have to be read from disk. Two ends of one connection may therefore take effect in
/// either order, which makes no difference: each names a message of its own. An end that is lost or
/// refused costs a check-back, not the message.
class EndTransactionProcessor {
 public:
  /// All must outlive the processor.
  EndTransactionProcessor(const BrokerConfig& config, const Clock& clock,
                          TopicConfigManager& topics, store::MessageReader& reader,
                          store::MessageWriter& writer, SetAside& set_aside);

  /// The broker was killed: topics that were made just before may be missing in the table. They are
  /// made again when a message of that time is committed to them. Call it before the first end
  /// comes.
  void expect_losses() { was_killed_ = true; }

  void process(const remoting::RequestContext& context, remoting::RemotingCommand& request,
               remoting::Reply reply);

 private:
  using Header = remoting::EndTransactionRequestHeader;

  Result<store::StoredMessage> find_half_message(const Header& header) const;
  /// Ends a message that a 3.2.6 broker left prepared in its own topic (spec/broker.md §13.4).
  Result<void> end_prepared(const MessageRecord& prepared, bool is_commit);
  /// Ends a half message, or finds that it has ended before: the first end counts.
  Result<void> end_half(const Header& header, const MessageRecord& half, bool is_commit);
  Result<void> commit(const Header& header, const MessageRecord& half);
  /// The queue of the real topic for a message that is committed; nothing when the topic is gone.
  std::optional<std::int32_t> queue_for(const MessageRecord& half, std::string_view topic,
                                        std::int32_t queue_id);
  Result<void> keep_without_topic(const MessageRecord& half, std::string_view topic);
  /// Whether a commit may have been stored without its op message.
  bool may_be_repeated(const Header& header, const MessageRecord& half) const;
  /// Waits for the index to know all that was put until now.
  bool was_committed(const MessageRecord& half, const CopySearch& search);
  Result<void> mark_as_ended(const MessageRecord& half);

  const Clock& clock_;
  TopicConfigManager& topics_;
  store::MessageReader& reader_;
  store::MessageWriter& writer_;
  SetAside& set_aside_;
  const LiveEndpoint& store_host_;
  /// Where the log ended when the broker was started.
  const std::int64_t started_at_;
  EndsUnderWay ends_under_way_;
  EndedTransactions ended_;
  bool was_killed_ = false;  // set before the listeners start
};

}  // namespace rocketmq::broker
