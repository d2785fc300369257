#pragma once

#include <cstddef>
#include <cstdint>
#include <unordered_map>

#include "rocketmq/common/message_record.hpp"
#include "rocketmq/store/message_reader.hpp"
#include "transaction/moved_half_messages.hpp"

namespace rocketmq::broker {

/// Which half messages have ended, as far as the op queue has been read in one round of checks. It
/// is read in batches, no further than questions make necessary.
/// Runs on: one thread. Bounded: about `ends_max` ends; then it is full and reads no further.
class OpQueueReader {
 public:
  struct Range {
    /// Op queue offset of the first op message to read.
    std::int64_t begin_offset = 0;
    std::size_t ends_max = 1'000'000;
  };
  /// Both must outlive the reader.
  OpQueueReader(const store::MessageReader& store, const MovedHalfMessages& moved,
                const Range& range);

  /// By what has been read so far.
  bool knows_end_of(std::int64_t half_offset) const { return ends_.contains(half_offset); }
  /// Reads on until the end is found, or there is nothing more to read.
  bool find_end_of(std::int64_t half_offset);
  bool is_full() const { return ends_.size() >= range_.ends_max; }

  /// The first op message that later rounds still need when the half messages before `half_offset`
  /// are done with.
  std::int64_t resume_offset(std::int64_t half_offset) const;

 private:
  /// False when there is nothing more to read.
  bool read_batch();
  void take(const MessageRecord& op);

  const store::MessageReader& store_;
  const MovedHalfMessages& moved_;
  const Range range_;
  std::int64_t next_offset_;
  /// Half queue offset → op queue offset of its first op message.
  std::unordered_map<std::int64_t, std::int64_t> ends_;
};

}  // namespace rocketmq::broker
