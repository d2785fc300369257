#include "ha/slave_feed.hpp"

#include <algorithm>
#include <string>

namespace rocketmq::broker::ha {
namespace {

Error refusal(std::string why) { return {ResponseCode::SystemError, std::move(why)}; }

}  // namespace

Result<void> SlaveFeed::take_report(std::int64_t slave_end, const store::LogBounds& log,
                                    std::int64_t file_bytes, Time now) {
  last_heard_ = now;
  if (slave_end < 0) return refusal("it reports " + std::to_string(slave_end));
  if (slave_end > log.end) {
    return refusal("its log ends at " + std::to_string(slave_end) + ", this master's at " +
                   std::to_string(log.end) +
                   ": what it has beyond that is not this master's, or this master has lost it");
  }
  if (!has_begun_) return begin(slave_end, log, file_bytes);
  if (slave_end > next_) {
    return refusal("it acknowledges " + std::to_string(slave_end) +
                   ", and has been sent what lies before " + std::to_string(next_));
  }
  acknowledged_ = slave_end;
  return {};
}

Result<void> SlaveFeed::begin(std::int64_t slave_end, const store::LogBounds& log,
                              std::int64_t file_bytes) {
  if (slave_end == 0) {
    next_ = std::max(log.end - log.end % file_bytes, log.begin);
  } else {
    next_ = slave_end;
    if (const auto there = check_still_there(log); !there) return there;
  }
  acknowledged_ = slave_end;
  has_begun_ = true;
  return {};
}

Result<void> SlaveFeed::check_still_there(const store::LogBounds& log) const {
  if (next_ >= log.begin) return {};
  return refusal("it needs the log from " + std::to_string(next_) + " on, which begins at " +
                 std::to_string(log.begin) +
                 " now: it is too far behind, and has to begin with an empty store");
}

void SlaveFeed::sent(std::int64_t bytes, Time now) {
  next_ += bytes;
  last_sent_ = now;
}

}  // namespace rocketmq::broker::ha
