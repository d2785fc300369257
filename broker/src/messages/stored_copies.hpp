#pragma once

#include <cstdint>
#include <string_view>

#include "rocketmq/common/message_record.hpp"
#include "rocketmq/store/message_reader.hpp"
#include "rocketmq/store/message_writer.hpp"

namespace rocketmq::broker {

/// A queue, and the part of the log, in which a copy of a message is searched for.
struct CopySearch {
  std::string_view topic;
  std::int32_t queue_id = 0;
  /// Only copies after this position of the log count. It bounds the search: index files that end
  /// before it are not read.
  std::int64_t after_physical_offset = -1;
};

/// Whether a message has been put into its real queue before: a record there with the same unique
/// key, the same time of birth and the same count of retries. Found by the key index: never for a
/// message without a unique key, nor while messageIndexEnable is off, and not within the moment
/// between a put and its dispatch. Any thread; may read from disk.
bool has_copy(const store::MessageReader& store, const MessageRecord& original,
              const CopySearch& search);

/// The same message for another place: what the producer gave and the hosts stay, the record's
/// transaction type goes, nothing waits for a flush. Topic and queue are the caller's to set.
store::MessageToPut copy_of(const MessageRecord& record, std::string_view properties);

}  // namespace rocketmq::broker
