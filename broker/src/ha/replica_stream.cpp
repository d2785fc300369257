#include "ha/replica_stream.hpp"

#include <string>

#include "ha/ha_protocol.hpp"

namespace rocketmq::broker::ha {

Result<std::size_t> ReplicaStream::take(std::string_view bytes, Time now) {
  last_heard_ = now;
  std::size_t done = 0;
  for (;;) {
    const auto found = first_frame(bytes.substr(done));
    if (!found) return found.error();
    if (!*found) return done;
    const Frame& frame = **found;
    // A log that is empty begins where the first bytes of its master do, and not before they come.
    const std::int64_t end = writer_.replica_end();
    if (end != 0 && frame.position != end) {
      return Error{ResponseCode::SystemError,
                   "the master continues at " + std::to_string(frame.position) +
                       ", but this slave's log ends at " + std::to_string(end)};
    }
    done += frame.bytes();
    if (frame.is_heartbeat()) continue;
    if (const auto appended = writer_.append_at(frame.position, frame.body); !appended)
      return appended.error();
    bytes_ += static_cast<std::int64_t>(frame.body.size());
    has_news_ = true;
  }
}

std::optional<std::int64_t> ReplicaStream::report_due(Time now,
                                                      std::chrono::milliseconds interval) const {
  if (!has_news_ && last_reported_ && now - *last_reported_ < interval) return {};
  return writer_.replica_end();
}

void ReplicaStream::reported(Time now) {
  has_news_ = false;
  last_reported_ = now;
}

}  // namespace rocketmq::broker::ha
