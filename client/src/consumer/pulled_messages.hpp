#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "rocketmq/MessageExt.h"
#include "rocketmq/common/result.hpp"
#include "rocketmq/common/subscription_data.hpp"

namespace rocketmq::client {

/// What has to be known of a pulled message before it is decoded.
struct PulledMessage {
  std::int64_t queue_offset = 0;
  std::int64_t physical_offset = 0;
  /// Where its record begins in the response.
  std::uint32_t record_at = 0;
  /// Of the body as it travelled, compressed perhaps.
  std::uint32_t body_bytes = 0;
};

/// The messages of one pull's response, in one piece of memory. They become MessageExt on the
/// thread that calls the listener: the I/O thread is free for the next response, and what a message
/// owns is allocated and freed on one thread. Reading and changing it is for one thread; decode()
/// may run on several at a time.
class PulledMessages {
 public:
  PulledMessages() = default;

  /// Looks through the records of a response's body and keeps a copy of it. Leaves out what
  /// decode_messages() leaves out. Error: the bytes are no messages.
  static Result<PulledMessages> read(std::string_view bytes, const SubscriptionData* filter);

  /// In the order of their offsets; entries may be removed.
  std::vector<PulledMessage>& list() { return list_; }
  const std::vector<PulledMessage>& list() const { return list_; }
  std::size_t size() const { return list_.size(); }
  bool empty() const { return list_.empty(); }

  /// What the decoded messages say of their queue.
  void set_range(std::int64_t min_offset, std::int64_t max_offset) {
    min_offset_ = min_offset;
    max_offset_ = max_offset;
  }

  /// Makes `messages` those of the entries [begin, end), in the memory that it has.
  void decode(std::size_t begin, std::size_t end, const std::string& broker_name,
              std::vector<MessageExt>& messages) const;
  std::vector<MessageExt> decode_all(const std::string& broker_name) const;

 private:
  std::vector<PulledMessage> list_;
  std::unique_ptr<char[]> bytes_;
  std::size_t byte_count_ = 0;
  std::int64_t min_offset_ = -1;
  std::int64_t max_offset_ = -1;
};

}  // namespace rocketmq::client
