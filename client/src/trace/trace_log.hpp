#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "rocketmq/MessageExt.h"
#include "rocketmq/SendResult.h"
#include "rocketmq/TransactionListener.h"
#include "trace/trace_sink.hpp"

namespace rocketmq::client {

/// What the code of a listener call's record says.
enum class TraceConsumed { Success = 0, Exception = 2, Failed = 4 };

/// Records what a producer or consumer does with messages, and sends the records to the trace
/// topic, so that administrators can follow a message. Thread "rmq-trace" packs records that are at
/// most half a second old. Bounded: while `records_max` wait, further ones are dropped. All calls
/// are safe on any thread and do not wait, except stop(), which waits for the last send.
class TraceLog {
 public:
  static constexpr std::size_t records_max = 1'024;

  /// Starts the thread. `group` is that of the traced client; `sink` sends to `topic`.
  TraceLog(std::unique_ptr<TraceSink> sink, std::string topic, std::string group);
  ~TraceLog();
  TraceLog(const TraceLog&) = delete;
  TraceLog& operator=(const TraceLog&) = delete;

  /// A message was stored. `properties` is its properties text.
  void sent(const SendResult& result, std::string_view properties, std::string_view store_host,
            std::size_t body_bytes, bool is_half, std::int64_t begun_ms, std::int64_t now_ms);
  /// A listener call begins; returns the id by which the record of its end refers to it.
  std::string consume_begins(const std::vector<MessageExt>& messages, std::int64_t now_ms);
  void consume_ended(const std::string& request_id, const std::vector<MessageExt>& messages,
                     std::int64_t took_ms, TraceConsumed outcome, std::int64_t now_ms);
  /// The outcome of a local transaction was sent to the broker.
  void transaction_ended(const Message& message, const std::string& msg_id,
                         const std::string& store_host, LocalTransactionState state,
                         bool from_check, std::int64_t now_ms);
  /// Sends what waits and ends. Idempotent.
  void stop();

 private:
  struct Record {
    std::string text;
    /// Ids and keys of its message, by which the record is found.
    std::string keys;
  };
  void add(Record record);
  void run();
  void send(std::vector<Record> records);

  const std::string group_;
  const std::string topic_;
  const std::unique_ptr<TraceSink> sink_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Record> waiting_;  // guarded by mutex_
  bool stopping_ = false;       // guarded by mutex_
  std::thread thread_;
};

}  // namespace rocketmq::client
