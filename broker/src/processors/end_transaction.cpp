#include "processors/end_transaction.hpp"

#include <spdlog/spdlog.h>

#include <optional>
#include <utility>

#include "messages/judged_records.hpp"
#include "messages/stored_copies.hpp"
#include "processors/put_answer.hpp"
#include "rocketmq/common/message_properties.hpp"
#include "rocketmq/common/names.hpp"
#include "rocketmq/common/shared_log.hpp"
#include "rocketmq/common/sys_flag.hpp"
#include "transaction/half_message.hpp"
#include "transaction/op_message.hpp"

namespace rocketmq::broker {

using remoting::Reply;

namespace {

/// In its own topic, where no consumer sees it.
bool is_prepared(const MessageRecord& record) {
  return sys_flag::transaction_type(record.sys_flag) == sys_flag::transaction_prepared;
}

/// Whether the sender may publish to the topic that the transaction is about.
Result<void> check_may_end(const remoting::CallerPtr& caller, store::MessageReader& reader,
                           const MessageRecord& half) {
  if (caller == nullptr) return {};
  const auto place = half.topic == names::half_topic ? real_place_of(half) : std::nullopt;
  return caller->may(remoting::Resource::Topic, remoting::Action::Pub,
                     topic_to_judge(reader, half, place ? place->topic : half.topic));
}

}  // namespace

EndTransactionProcessor::EndTransactionProcessor(const BrokerConfig& config, const Clock& clock,
                                                 TopicConfigManager& topics,
                                                 store::MessageReader& reader,
                                                 store::MessageWriter& writer, SetAside& set_aside)
    : clock_(clock),
      topics_(topics),
      reader_(reader),
      writer_(writer),
      set_aside_(set_aside),
      store_host_(config.store_host),
      started_at_(reader.max_physical_offset()),
      ended_(reader) {}

void EndTransactionProcessor::process(const remoting::RequestContext& context,
                                      remoting::RemotingCommand& request, Reply reply) {
  const auto header = remoting::decode_header<Header>(request);
  if (!header) return reply(header.error());
  // Undecided: the producer is asked again later, and waits for no response.
  if (header->commitOrRollback == sys_flag::transaction_none) return reply.drop();
  const bool is_commit = header->commitOrRollback == sys_flag::transaction_commit;
  if (!is_commit && header->commitOrRollback != sys_flag::transaction_rollback) {
    return reply(ResponseCode::SystemError, "commitOrRollback must be 0, 8 or 12, not " +
                                                std::to_string(header->commitOrRollback));
  }
  const auto half = find_half_message(*header);
  Result<void> ended =
      half ? check_may_end(context.caller, reader_, half->record) : Result<void>(half.error());
  if (ended && half->record.topic != names::half_topic) {
    const EndsUnderWay::Turn turn(ends_under_way_, -1 - half->record.physical_offset);
    ended = end_prepared(half->record, is_commit);
  } else if (ended) {
    const EndsUnderWay::Turn turn(ends_under_way_, first_offset_of(half->record));
    ended = end_half(*header, half->record, is_commit);
  }
  if (ended) return reply();
  // The request is nearly always one-way, so that this line is all that anybody learns.
  transaction_log().warn("end of transaction {} from {} refused: {}", header->msgId,
                         context.channel->remote().text(), ended.error().remark);
  reply(ended.error());
}

Result<store::StoredMessage> EndTransactionProcessor::find_half_message(
    const Header& header) const {
  const auto refuse = [&header](std::string_view what) {
    return Error{ResponseCode::SystemError,
                 std::string(what) + ", commitLogOffset " + std::to_string(header.commitLogOffset) +
                     ", tranStateTableOffset " + std::to_string(header.tranStateTableOffset) +
                     ", group " + header.producerGroup};
  };
  auto half = reader_.message_at(header.commitLogOffset);
  // Whatever is no half message must not be put into a topic a second time.
  if (!half || (half->record.topic != names::half_topic && !is_prepared(half->record))) {
    return refuse("The transaction's half message is not there");
  }
  const MessageRecord& record = half->record;
  if (find_property(record.properties, property::producer_group) != header.producerGroup) {
    return refuse("The producer group wrong");
  }
  if (record.queue_offset != header.tranStateTableOffset) {
    return refuse("The transaction state table offset wrong");
  }
  if (record.physical_offset != header.commitLogOffset) {
    return refuse("The commit log offset wrong");
  }
  return *std::move(half);
}

Result<void> EndTransactionProcessor::end_prepared(const MessageRecord& prepared, bool is_commit) {
  // Neither kind of end is in a queue that could be read: what has ended is remembered while the
  // broker runs, and a commit is found by its key.
  if (ended_.is_noted(prepared)) return {};
  const bool was_put =
      is_commit && was_committed(prepared, {.topic = prepared.topic,
                                            .queue_id = prepared.queue_id,
                                            .after_physical_offset = prepared.physical_offset});
  if (was_put) return {};
  const auto queue_id = queue_for(prepared, prepared.topic, prepared.queue_id);
  if (is_commit && !queue_id) {
    auto kept = keep_without_topic(prepared, prepared.topic);
    if (kept) ended_.note_prepared(prepared);
    return kept;
  }
  auto message = copy_of(prepared, prepared.properties);
  message.topic = prepared.topic;
  message.queue_id = queue_id.value_or(prepared.queue_id);
  message.prepared_transaction_offset = prepared.physical_offset;
  message.sys_flag = sys_flag::with_transaction_type(
      message.sys_flag, is_commit ? sys_flag::transaction_commit : sys_flag::transaction_rollback);
  // A record that only says that the message was rolled back.
  if (!is_commit) message.body = {};
  const auto stored = writer_.put_and_wait(message);
  if (!stored.is_stored()) return put_outcome(stored);
  ended_.note_prepared(prepared);
  return {};
}

Result<void> EndTransactionProcessor::end_half(const Header& header, const MessageRecord& half,
                                               bool is_commit) {
  using End = EndedTransactions::End;
  if (const auto before = ended_.end_of(half)) {
    // Asked about a transaction that has ended: the check does not know this place of it.
    if (header.fromTransactionCheck.value_or(false)) {
      if (auto marked = mark_as_ended(half); !marked) return marked;
    }
    if (*before != (is_commit ? End::RolledBack : End::Committed)) return {};
    return Error{ResponseCode::SystemError, std::string("the transaction was ") +
                                                (is_commit ? "rolled back" : "committed") +
                                                " before"};
  }
  if (is_commit) {
    if (auto committed = commit(header, half); !committed) return committed;
  }
  const auto marked = mark_as_ended(half);
  // A commit counts once it is in its topic, whether it could be marked or not.
  if (marked || is_commit) ended_.note(half, is_commit ? End::Committed : End::RolledBack);
  return marked;
}

bool EndTransactionProcessor::may_be_repeated(const Header& header,
                                              const MessageRecord& half) const {
  return half.physical_offset < started_at_ || header.fromTransactionCheck.value_or(false) ||
         find_property(half.properties, property::transaction_check_times);
}

bool EndTransactionProcessor::was_committed(const MessageRecord& half, const CopySearch& search) {
  reader_.wait_until_dispatched();
  return has_copy(reader_, half, search);
}

Result<void> EndTransactionProcessor::commit(const Header& header, const MessageRecord& half) {
  const auto place = real_place_of(half);
  if (!place) {
    return Error{ResponseCode::SystemError,
                 "the half message at " + std::to_string(half.physical_offset) +
                     " of the log names no topic and queue to commit it to"};
  }
  const auto queue_id = queue_for(half, place->topic, place->queue_id);
  if (!queue_id) return keep_without_topic(half, place->topic);
  // A broker that was killed may have stored the commit, and forgotten that it did.
  if (may_be_repeated(header, half) &&
      was_committed(half, {.topic = place->topic,
                           .queue_id = *queue_id,
                           .after_physical_offset = first_position_of(reader_, half)})) {
    return {};
  }
  const std::string properties = remove_property(half.properties, property::delay_level);
  auto message = copy_of(half, properties);
  message.topic = place->topic;
  message.queue_id = *queue_id;
  message.sys_flag =
      sys_flag::with_transaction_type(message.sys_flag, sys_flag::transaction_commit);
  message.prepared_transaction_offset = half.physical_offset;
  const auto stored = writer_.put_and_wait(message);
  if (stored.is_stored()) return {};
  if (store::is_refused_forever(stored.status) && set_aside_.keep(half, stored.remark)) return {};
  return put_outcome(stored);
}

std::optional<std::int32_t> EndTransactionProcessor::queue_for(const MessageRecord& half,
                                                               std::string_view topic,
                                                               std::int32_t queue_id) {
  auto shape = topics_.shape_of(topic);
  // One that was deleted after the first phase was not lost.
  const bool was_deleted = reader_.deleted_before(topic) > half.physical_offset;
  if (!shape && was_killed_ && !was_deleted && half.physical_offset < started_at_) {
    if (const auto made = topics_.find_or_create(topic, queue_id + 1, perm::read_write))
      shape = *made;
  }
  if (!shape) return std::nullopt;
  return queue_that_is_read(*shape, queue_id);
}

Result<void> EndTransactionProcessor::keep_without_topic(const MessageRecord& half,
                                                         std::string_view topic) {
  if (set_aside_.keep(half, "topic " + std::string(topic) + " does not exist")) return {};
  return Error{ResponseCode::ServiceNotAvailable, "the store takes no messages at present"};
}

Result<void> EndTransactionProcessor::mark_as_ended(const MessageRecord& half) {
  const OpOrigin origin{.host = store_host_, .timestamp_ms = clock_.now_ms()};
  const auto stored = put_op_message(writer_, origin, half.queue_id, half.queue_offset);
  if (!stored.is_stored()) return put_outcome(stored);
  // Ends that name the place where it was first must find it as well, also after a restart.
  if (const std::int64_t first = first_offset_of(half); first != half.queue_offset) {
    const auto also = put_op_message(writer_, origin, half.queue_id, first);
    if (!also.is_stored()) return put_outcome(also);
  }
  return {};
}

}  // namespace rocketmq::broker
