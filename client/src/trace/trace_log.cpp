#include "trace/trace_log.hpp"

#include <chrono>
#include <string_view>
#include <type_traits>
#include <utility>

#include "rocketmq/client/message/unique_id.hpp"
#include "rocketmq/common/message_properties.hpp"
#include "rocketmq/common/thread_name.hpp"

namespace rocketmq::client {
namespace {

constexpr std::chrono::milliseconds flush_after{500};
constexpr std::size_t text_bytes_max = 118'000;
constexpr const char* default_region = "DefaultRegion";

/// Fields of a record, each but the first behind 0x01; the record ends with 0x02.
template <class First, class... Others>
std::string record_of(const First& first, const Others&... others) {
  std::string text(first);
  const auto append = [&text](const auto& field) {
    text += '\x01';
    if constexpr (std::is_arithmetic_v<std::decay_t<decltype(field)>>) {
      text += std::to_string(field);
    } else {
      text += field;
    }
  };
  (append(others), ...);
  text += '\x02';
  return text;
}

const char* text_of(bool value) { return value ? "true" : "false"; }

std::string_view property_of(std::string_view properties, std::string_view name) {
  return find_property(properties, name).value_or(std::string_view{});
}

}  // namespace

TraceLog::TraceLog(std::unique_ptr<TraceSink> sink, std::string topic, std::string group)
    : group_(std::move(group)), topic_(std::move(topic)), sink_(std::move(sink)) {
  thread_ = named_thread("rmq-trace", [this] { run(); });
}

TraceLog::~TraceLog() { stop(); }

void TraceLog::stop() {
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
    wake_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
  sink_->stop();
}

void TraceLog::sent(const SendResult& result, std::string_view properties,
                    std::string_view store_host, std::size_t body_bytes, bool is_half,
                    std::int64_t begun_ms, std::int64_t now_ms) {
  if (!result.isTraceOn()) return;
  const bool is_delayed = find_property(properties, property::delay_level).has_value();
  const int type = is_half ? 1 : (is_delayed ? 3 : 0);
  const std::string keys(property_of(properties, property::keys));
  const std::string& region = result.getRegionId();
  add({record_of("Pub", begun_ms, region.empty() ? default_region : region, group_,
                 result.getMessageQueue().getTopic(), result.getMsgId(),
                 property_of(properties, property::tags), keys, store_host, body_bytes,
                 now_ms - begun_ms, type, result.getOffsetMsgId(),
                 text_of(result.getSendStatus() == SEND_OK)),
       result.getMsgId() + " " + keys});
}

std::string TraceLog::consume_begins(const std::vector<MessageExt>& messages, std::int64_t now_ms) {
  std::string request_id = unique_ids().next();
  for (const MessageExt& message : messages) {
    const std::string keys = message.getKeys();
    add({record_of("SubBefore", now_ms, default_region, group_, request_id, message.getMsgId(),
                   message.getReconsumeTimes(), keys),
         message.getMsgId() + " " + keys});
  }
  return request_id;
}

void TraceLog::consume_ended(const std::string& request_id, const std::vector<MessageExt>& messages,
                             std::int64_t took_ms, TraceConsumed outcome, std::int64_t now_ms) {
  for (const MessageExt& message : messages) {
    const std::string keys = message.getKeys();
    add({record_of("SubAfter", request_id, message.getMsgId(), took_ms,
                   text_of(outcome == TraceConsumed::Success), keys, static_cast<int>(outcome),
                   now_ms, group_),
         message.getMsgId() + " " + keys});
  }
}

void TraceLog::transaction_ended(const Message& message, const std::string& msg_id,
                                 const std::string& store_host, LocalTransactionState state,
                                 bool from_check, std::int64_t now_ms) {
  constexpr int committed_message = 2;
  const std::string keys = message.getKeys();
  add({record_of("EndTransaction", now_ms, default_region, group_, message.getTopic(), msg_id,
                 message.getTags(), keys, store_host, committed_message, msg_id, toString(state),
                 text_of(from_check)),
       msg_id + " " + keys});
}

void TraceLog::add(Record record) {
  const std::scoped_lock lock(mutex_);
  if (stopping_ || waiting_.size() >= records_max) return;
  waiting_.push_back(std::move(record));
  if (waiting_.size() == 1) wake_.notify_one();
}

void TraceLog::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_ || !waiting_.empty()) {
    wake_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
    // Gives others time to join the first record.
    wake_.wait_for(lock, flush_after, [this] { return stopping_; });
    std::vector<Record> records;
    std::size_t bytes = 0;
    while (!waiting_.empty() && bytes < text_bytes_max) {
      bytes += waiting_.front().text.size();
      records.push_back(std::move(waiting_.front()));
      waiting_.pop_front();
    }
    lock.unlock();
    if (!records.empty()) send(std::move(records));
    lock.lock();
  }
}

void TraceLog::send(std::vector<Record> records) {
  std::string body;
  std::string keys;
  for (const Record& record : records) {
    body += record.text;
    // The properties of a message have little room.
    if (keys.size() + record.keys.size() < properties_bytes_max / 2) keys += record.keys + " ";
  }
  Message message(topic_, std::move(body));
  message.setKeys(keys);
  sink_->send(std::move(message));
}

}  // namespace rocketmq::client
