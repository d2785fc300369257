#pragma once

#include <chrono>
#include <cstdint>

#include "rocketmq/common/result.hpp"
#include "rocketmq/store/replication_source.hpp"

namespace rocketmq::broker::ha {

/// What a master owes one slave on one link: where it begins, what it has been sent, what it has
/// (spec/ha.md §2.2). Pure: no link, no store, no clock.
class SlaveFeed {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// The link was made at `now`.
  explicit SlaveFeed(Time now) : last_heard_(now), last_sent_(now) {}

  /// A slave reports the end of its log. The first report says where it begins, 0 that it has
  /// nothing: then at the base of the last file. Error: the slave cannot be served, and why; the
  /// link is to be closed.
  Result<void> take_report(std::int64_t slave_end, const store::LogBounds& log,
                           std::int64_t file_bytes, Time now);
  /// `bytes` of the log from next() on have been sent; 0 for a heartbeat.
  void sent(std::int64_t bytes, Time now);

  /// Nothing is sent before the first report.
  bool has_begun() const { return has_begun_; }
  /// Where the next frame begins.
  std::int64_t next() const { return next_; }
  /// The end of what the slave has; after the first report.
  std::int64_t acknowledged() const { return acknowledged_; }
  /// Error: what the slave needs next has been deleted.
  Result<void> check_still_there(const store::LogBounds& log) const;

  bool is_heartbeat_due(Time now, std::chrono::milliseconds interval) const {
    return has_begun_ && now - last_sent_ >= interval;
  }
  /// The slave has said nothing for longer than `limit`.
  bool is_silent(Time now, std::chrono::milliseconds limit) const {
    return now - last_heard_ > limit;
  }

 private:
  Result<void> begin(std::int64_t slave_end, const store::LogBounds& log, std::int64_t file_bytes);

  bool has_begun_ = false;
  std::int64_t next_ = 0;
  std::int64_t acknowledged_ = 0;
  Time last_heard_;
  Time last_sent_;
};

}  // namespace rocketmq::broker::ha
