#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ha/ha_protocol.hpp"
#include "rocketmq/common/result.hpp"
#include "rocketmq/store/replica_writer.hpp"

namespace rocketmq::broker::ha {

/// A slave's end of one link to its master: takes frames, appends what they bring, and says what is
/// to be reported (spec/ha.md §2.1). Trusts nothing that comes: each frame has to continue the log.
/// No link, no clock; waits for the disk where the writer does.
class ReplicaStream {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// The link was made at `now`. `writer` must outlive it.
  ReplicaStream(store::ReplicaWriter& writer, Time now) : writer_(writer), last_heard_(now) {}

  /// Takes the whole frames in `bytes` and returns how many bytes those are. What they bring is
  /// appended together: a write for each costs more than the copy. Error: what came does not
  /// continue the log, is no frame, or cannot be stored: the link is to be closed.
  Result<std::size_t> take(std::string_view bytes, Time now);

  /// The report to send now: after each append and at the beginning, and when none has been sent
  /// for `interval`.
  std::optional<std::int64_t> report_due(Time now, std::chrono::milliseconds interval) const;
  /// The report has been sent.
  void reported(Time now);
  /// The master has said nothing for longer than `limit`.
  bool is_silent(Time now, std::chrono::milliseconds limit) const {
    return now - last_heard_ > limit;
  }
  /// Bytes of the log that came.
  std::int64_t bytes() const { return bytes_; }

  /// Bodies that are appended together, save the last one of them.
  static constexpr std::size_t gathered_bytes_max = 512 * 1024;

 private:
  Result<void> gather(const Frame& frame);
  Result<void> append_gathered();
  /// Appends what came before an error, and returns the error that came first.
  Error append_gathered_before(Error error);

  store::ReplicaWriter& writer_;
  /// Bodies that continue each other from position_ on; empty between calls.
  std::vector<std::string_view> pieces_;
  std::size_t gathered_bytes_ = 0;
  std::int64_t position_ = 0;
  std::string joined_;  // kept for its memory
  Time last_heard_;
  std::optional<Time> last_reported_;
  bool has_news_ = true;
  std::int64_t bytes_ = 0;
};

}  // namespace rocketmq::broker::ha
