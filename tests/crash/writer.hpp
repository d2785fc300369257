#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <deque>
#include <random>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "broker_daemon.hpp"
#include "ledger.hpp"
#include "rocketmq/common/bytes.hpp"
#include "rocketmq/common/message_id.hpp"
#include "rocketmq/common/message_properties.hpp"
#include "seed.hpp"

namespace rocketmq::test {

/// Sends messages over one connection, many of them in flight, until it has sent enough or the
/// broker dies. Used by one thread; what it found out is taken afterwards.
class Writer {
 public:
  struct Answer {
    std::int32_t queue_id = 0;
    std::int64_t queue_offset = 0;
    Ledger::Promise promise;
  };
  struct Outcome {
    std::vector<Answer> acknowledged;
    std::vector<MessageName> refused;
    /// The reply to the first one that was not acknowledged.
    std::string refusal;
  };

  Writer(std::int32_t number, std::uint64_t seed) : number_(number), random_(seed) {}

  /// Sends up to `requests` requests to `queues` queues of `topic`, at most `window_max` at a time;
  /// nothing more once `ended`, if it is given, is true.
  void run(std::uint16_t port, const std::string& topic, std::int32_t queues, int requests,
           std::size_t window_max = 64, const std::atomic<bool>* ended = nullptr) {
    try {
      RawConnection connection(port);
      const std::size_t window = random_between(random_, 1, window_max);
      for (int sent = 0; (sent < requests && !is_ended(ended)) || !waiting_.empty();) {
        std::string frames;
        for (; sent < requests && !is_ended(ended) && waiting_.size() < window; ++sent)
          frames += next_request(topic, queues);
        if (!frames.empty()) connection.send(frames);
        const auto answer = connection.read_command();
        if (!answer) break;
        take(*answer);
      }
    } catch (const std::runtime_error&) {
      // The connection broke: the broker was killed.
    }
    waiting_.clear();
  }

  Outcome take_outcome() { return std::exchange(outcome_, {}); }

 private:
  static bool is_ended(const std::atomic<bool>* ended) { return ended != nullptr && *ended; }

  struct Waiting {
    std::int32_t opaque = 0;
    std::int32_t queue_id = 0;
    std::vector<MessageName> names;
  };

  /// The message was too late for the disk or for a slave: it is stored, and nothing is promised.
  static bool is_stored_all_the_same(ResponseCode code) {
    return code == ResponseCode::FlushDiskTimeout || code == ResponseCode::FlushSlaveTimeout ||
           code == ResponseCode::SlaveNotAvailable;
  }

  static std::string properties_of(const MessageName& name) {
    std::string properties;
    append_property(properties, property::keys, name.text());
    return properties;
  }
  static std::string batch_entry(const MessageName& name) {
    const std::string body = body_of(name);
    const std::string properties = properties_of(name);
    std::string entry;
    append_be(entry, static_cast<std::int32_t>(22 + body.size() + properties.size()));
    for (int unused = 0; unused < 3; ++unused) append_be(entry, std::int32_t{0});
    append_be(entry, static_cast<std::int32_t>(body.size()));
    entry += body;
    append_be(entry, static_cast<std::int16_t>(properties.size()));
    return entry + properties;
  }

  /// One message, or now and then a batch of a few, as a frame.
  std::string next_request(const std::string& topic, std::int32_t queues) {
    Waiting request{.opaque = ++opaque_,
                    .queue_id = static_cast<std::int32_t>(
                        random_between(random_, 0, static_cast<std::size_t>(queues) - 1))};
    const bool is_batch = random_between(random_, 0, 15) == 0;
    for (std::size_t left = is_batch ? random_between(random_, 2, 6) : 1; left > 0; --left)
      request.names.push_back({number_, next_++});
    std::string body;
    std::string properties;
    if (is_batch) {
      for (const MessageName& name : request.names) body += batch_entry(name);
    } else {
      body = body_of(request.names.front());
      properties = properties_of(request.names.front());
    }
    remoting::SendMessageRequestHeader header{.producerGroup = "pg",
                                              .topic = topic,
                                              .defaultTopic = "TBW102",
                                              .queueId = request.queue_id,
                                              .bornTimestamp = 1,
                                              .properties = properties};
    if (is_batch) header.batch = true;
    auto command = remoting::make_request(
        is_batch ? remoting::RequestCode::SendBatchMessage : remoting::RequestCode::SendMessageV2,
        remoting::SendMessageRequestHeaderV2::compact(header), std::move(body));
    command.opaque = request.opaque;
    waiting_.push_back(std::move(request));
    return RawConnection::encoded(command);
  }

  void take(const remoting::RemotingCommand& answer) {
    const auto request =
        std::find_if(waiting_.begin(), waiting_.end(),
                     [&](const Waiting& waiting) { return waiting.opaque == answer.opaque; });
    if (request == waiting_.end()) throw std::runtime_error("a response without a request");
    if (answer.response_code() == ResponseCode::Success) {
      const auto header = remoting::decode_header<remoting::SendMessageResponseHeader>(answer);
      if (!header) throw std::logic_error("a response without its header: " + answer.remark);
      std::string_view ids = header->msgId;
      std::int64_t queue_offset = header->queueOffset;
      for (const MessageName& name : request->names) {
        const auto id = decode_offset_message_id(ids.substr(0, ids.find(',')));
        if (!id) throw std::logic_error("a response with a wrong id: " + header->msgId);
        ids.remove_prefix(std::min(ids.find(','), ids.size() - 1) + 1);
        outcome_.acknowledged.push_back(
            {request->queue_id, queue_offset++, {name, id->physical_offset}});
      }
    } else {
      if (outcome_.refusal.empty()) outcome_.refusal = answer.remark;
      if (!is_stored_all_the_same(answer.response_code()))
        outcome_.refused.insert(outcome_.refused.end(), request->names.begin(),
                                request->names.end());
    }
    waiting_.erase(request);
  }

  const std::int32_t number_;
  std::mt19937_64 random_;
  std::int32_t opaque_ = 0;
  std::int64_t next_ = 0;
  std::deque<Waiting> waiting_;
  Outcome outcome_;
};

}  // namespace rocketmq::test
