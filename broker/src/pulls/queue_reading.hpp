#pragma once

#include <cstdint>
#include <optional>

#include "rocketmq/store/message_reader.hpp"

namespace rocketmq::broker {

/// Where a reader of a queue continues after a get at `offset` that found nothing: behind entries
/// that have expired or are damaged, or at the queue's end when its progress is another store's.
/// Nothing when there is nothing more to read for now. The services that read queues of the system
/// use it: an entry that can never be read must not stop what follows it.
inline std::optional<std::int64_t> next_position(const store::GetResult& found,
                                                 std::int64_t offset) {
  using store::GetStatus;
  switch (found.status) {
    case GetStatus::NoMatchedMessage:
    case GetStatus::MessageWasRemoving:
    case GetStatus::OffsetFoundNull:
    case GetStatus::OffsetTooSmall:
    case GetStatus::OffsetOverflowBadly:
      if (found.next_begin_offset == offset) return std::nullopt;
      return found.next_begin_offset;
    case GetStatus::Found:
    case GetStatus::OffsetOverflowOne:
    case GetStatus::NoMatchedLogicQueue:
    case GetStatus::NoMessageInQueue: return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace rocketmq::broker
