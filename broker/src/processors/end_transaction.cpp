#include "processors/end_transaction.hpp"

#include <spdlog/spdlog.h>

#include <optional>
#include <utility>

#include "processors/put_answer.hpp"
#include "rocketmq/common/message_properties.hpp"
#include "rocketmq/common/names.hpp"
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

}  // namespace

EndTransactionProcessor::EndTransactionProcessor(const BrokerConfig& config,
                                                 const store::StoreConfig& store_config,
                                                 const Clock& clock, store::MessageStore& store)
    : config_(config),
      store_config_(store_config),
      clock_(clock),
      store_(store),
      store_host_(Endpoint::from_ip(config.broker_ip1, config.listen_port).value()) {}

void EndTransactionProcessor::process(const remoting::RequestContext& context,
                                      remoting::RemotingCommand& request, Reply reply) {
  const auto header = remoting::decode_header<Header>(request);
  if (!header) return reply(header.error());
  if (store_config_.broker_role == store::BrokerRole::Slave) {
    return reply(ResponseCode::SlaveNotAvailable, "a slave does not end transactions");
  }
  // Undecided: the producer is asked again later, and waits for no answer.
  if (header->commitOrRollback == sys_flag::transaction_none) return reply.drop();
  const bool is_commit = header->commitOrRollback == sys_flag::transaction_commit;
  if (!is_commit && header->commitOrRollback != sys_flag::transaction_rollback) {
    return reply(ResponseCode::SystemError, "commitOrRollback must be 0, 8 or 12, not " +
                                                std::to_string(header->commitOrRollback));
  }
  const auto half = find_half_message(*header);
  std::optional<EndsUnderWay::Turn> turn;
  if (half) turn.emplace(ends_under_way_, half->record.physical_offset);
  Result<void> ended = half ? Result<void>() : Result<void>(half.error());
  if (ended && half->record.topic != names::half_topic) {
    ended = end_prepared(*header, half->record, is_commit);
  } else {
    if (ended && is_commit) ended = commit(*header, half->record);
    if (ended) ended = mark_as_ended(half->record);
  }
  if (ended) return reply();
  // The request is nearly always one-way, so that this line is all that anybody learns.
  spdlog::warn("end of transaction {} from {} refused: {}", header->msgId,
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
  auto half = store_.message_at(header.commitLogOffset);
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

Result<void> EndTransactionProcessor::end_prepared(const Header& header,
                                                   const MessageRecord& prepared, bool is_commit) {
  if (is_commit && may_be_repeated(header, prepared) &&
      was_committed(prepared, {.topic = prepared.topic,
                               .queue_id = prepared.queue_id,
                               .after_physical_offset = prepared.physical_offset})) {
    return {};
  }
  if (is_commit) {
    if (auto restored = restore_topic(prepared.topic, prepared.queue_id); !restored)
      return restored;
  }
  auto message = copy_of(prepared, prepared.properties);
  message.topic = prepared.topic;
  message.queue_id = prepared.queue_id;
  message.prepared_transaction_offset = prepared.physical_offset;
  message.sys_flag = sys_flag::with_transaction_type(
      message.sys_flag, is_commit ? sys_flag::transaction_commit : sys_flag::transaction_rollback);
  // A record that only says that the message was rolled back.
  if (!is_commit) message.body = {};
  const auto stored = store_.put_and_wait(message);
  if (!stored.is_stored()) return put_outcome(stored);
  return {};
}

bool EndTransactionProcessor::may_be_repeated(const Header& header,
                                              const MessageRecord& half) const {
  return header.fromTransactionCheck.value_or(false) ||
         find_property(half.properties, property::transaction_check_times) ||
         clock_.now_ms() - half.store_timestamp_ms >= config_.transaction_time_out_ms;
}

bool EndTransactionProcessor::was_committed(const MessageRecord& half, const CopySearch& search) {
  store_.wait_until_dispatched();
  return has_copy(store_, half, search);
}

Result<void> EndTransactionProcessor::commit(const Header& header, const MessageRecord& half) {
  const auto place = real_place_of(half);
  if (!place) {
    return Error{ResponseCode::SystemError,
                 "the half message at " + std::to_string(half.physical_offset) +
                     " of the log names no topic and queue to commit it to"};
  }
  // A producer is asked again when its answer is lost, late, or forgotten by a broker that was
  // killed, and then answers again.
  if (may_be_repeated(header, half) &&
      was_committed(half, {.topic = place->topic, .queue_id = place->queue_id})) {
    return {};
  }
  if (auto restored = restore_topic(place->topic, place->queue_id); !restored) return restored;
  const std::string properties = remove_property(half.properties, property::delay_level);
  auto message = copy_of(half, properties);
  message.topic = place->topic;
  message.queue_id = place->queue_id;
  message.sys_flag =
      sys_flag::with_transaction_type(message.sys_flag, sys_flag::transaction_commit);
  message.prepared_transaction_offset = half.physical_offset;
  const auto stored = store_.put_and_wait(message);
  if (!stored.is_stored()) return put_outcome(stored);
  return {};
}

Result<void> EndTransactionProcessor::restore_topic(std::string_view topic, std::int32_t queue_id) {
  if (topics_after_kill_ == nullptr || topics_after_kill_->shape_of(topic)) return {};
  const auto made = topics_after_kill_->find_or_create(topic, queue_id + 1, perm::read_write);
  if (!made) return made.error();
  return {};
}

Result<void> EndTransactionProcessor::mark_as_ended(const MessageRecord& half) {
  const auto stored = put_op_message(store_, {.host = store_host_, .timestamp_ms = clock_.now_ms()},
                                     half.queue_id, half.queue_offset);
  if (!stored.is_stored()) return put_outcome(stored);
  return {};
}

}  // namespace rocketmq::broker
