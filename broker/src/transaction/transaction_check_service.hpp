#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "clients/producer_manager.hpp"
#include "groups/consumer_offset_manager.hpp"
#include "messages/set_aside.hpp"
#include "rocketmq/broker/broker_config.hpp"
#include "rocketmq/common/clock.hpp"
#include "rocketmq/common/message_record.hpp"
#include "rocketmq/store/message_reader.hpp"
#include "rocketmq/store/message_writer.hpp"
#include "rocketmq/store/store_config.hpp"
#include "topics/topic_config_manager.hpp"
#include "transaction/moved_half_messages.hpp"
#include "transaction/op_queue_reader.hpp"

namespace rocketmq::broker {

/// What the service works with; all must outlive it.
struct TransactionCheckParts {
  const BrokerConfig& config;
  const store::StoreConfig& store_config;
  const Clock& clock;
  TopicConfigManager& topics;
  ConsumerOffsetManager& offsets;
  ProducerManager& producers;
  const store::MessageReader& reader;
  store::MessageWriter& writer;
  SetAside& set_aside;
};

/// Asks producers what became of their transactions when no end came in time (spec/broker.md
/// §13.3). How far the half queue and the op queue are done with is kept with the consumer offsets,
/// under the group CID_RMQ_SYS_TRANS; a crash loses the last seconds of it, which costs repeated
/// questions. Runs on: round() on `transaction`, because it waits for the store; stop() on any
/// thread.
class TransactionCheckService {
 public:
  /// Longest time one round takes; the next one continues there.
  static constexpr std::chrono::seconds round_time_max{60};

  explicit TransactionCheckService(const TransactionCheckParts& parts) : parts_(parts) {}

  /// Walks over the half messages that the round found when it began.
  void round();
  /// Makes a running round end at its next message, and later ones immediately.
  void stop() { stopping_ = true; }

 private:
  struct Round {
    std::int64_t started_ms = 0;
    std::int64_t half_begin = 0;
    /// What is stored during the round, its own copies above all, is for the next one. Counted, not
    /// timed: the clock may be set.
    std::int64_t half_end = 0;
    OpQueueReader ops;
    std::size_t unasked = 0;
    std::string unasked_group;
  };

  /// One pass over the queues; true when it ended only because the table of ends was full.
  bool walk(std::chrono::steady_clock::time_point deadline);
  /// Deals with one half message; false to end the walk before it.
  bool pass(const MessageRecord& half, Round& round);
  bool check(const MessageRecord& half, std::int64_t times, Round& round);
  bool keep_immune(const MessageRecord& half, Round& round);
  bool discard(const MessageRecord& half);
  /// Puts the half message at the end of its queue, with the place where it was first.
  store::PutResult put_again(const MessageRecord& half, std::string properties);
  /// Deals with a half message that put_again() could not store: false to try again later. One that
  /// has no room for what is noted about it is asked about once more and then abandoned.
  bool not_put_again(const MessageRecord& half, const store::PutResult& refused, Round& round);
  void ask(const MessageRecord& half, Round& round);
  /// How long the message has been there.
  std::int64_t age_ms_of(const MessageRecord& half, const Round& round) const;
  /// How long after its birth the first check waits, in ms; nothing when the producer set no time
  /// of its own.
  std::optional<std::int64_t> immunity_ms_of(const MessageRecord& half) const;
  std::int64_t progress_of(std::string_view topic) const;
  void save_progress(std::string_view topic, std::int64_t offset);

  const TransactionCheckParts parts_;
  MovedHalfMessages moved_;  // used by round() alone
  std::atomic<bool> stopping_ = false;
};

}  // namespace rocketmq::broker
