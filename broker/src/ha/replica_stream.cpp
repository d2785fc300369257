#include "ha/replica_stream.hpp"

#include <string>
#include <utility>

#include "ha/ha_protocol.hpp"

namespace rocketmq::broker::ha {

Result<std::size_t> ReplicaStream::take(std::string_view bytes, Time now) {
  last_heard_ = now;
  std::size_t done = 0;
  std::int64_t end = writer_.replica_end();
  for (;;) {
    const auto found = first_frame(bytes.substr(done));
    if (!found) return append_gathered_before(found.error());
    if (!*found) break;
    const Frame& frame = **found;
    // A log that is empty begins where the first bytes of its master do, and not before they come.
    if (end != 0 && frame.position != end) {
      return append_gathered_before(
          {ResponseCode::SystemError, "the master continues at " + std::to_string(frame.position) +
                                          ", but this slave's log ends at " + std::to_string(end)});
    }
    done += frame.bytes();
    if (frame.is_heartbeat()) continue;
    end = frame.position + static_cast<std::int64_t>(frame.body.size());
    if (const auto gathered = gather(frame); !gathered) return gathered.error();
  }
  if (const auto appended = append_gathered(); !appended) return appended.error();
  return done;
}

Result<void> ReplicaStream::gather(const Frame& frame) {
  if (pieces_.empty()) position_ = frame.position;
  pieces_.push_back(frame.body);
  gathered_bytes_ += frame.body.size();
  return gathered_bytes_ < gathered_bytes_max ? Result<void>() : append_gathered();
}

Result<void> ReplicaStream::append_gathered() {
  if (pieces_.empty()) return {};
  std::string_view bytes = pieces_.front();
  // A frame that came alone needs no copy.
  if (pieces_.size() > 1) {
    joined_.clear();
    for (const std::string_view piece : pieces_) joined_ += piece;
    bytes = joined_;
  }
  pieces_.clear();
  gathered_bytes_ = 0;
  if (auto appended = writer_.append_at(position_, bytes); !appended) return appended;
  bytes_ += static_cast<std::int64_t>(bytes.size());
  has_news_ = true;
  return {};
}

Error ReplicaStream::append_gathered_before(Error error) {
  const auto appended = append_gathered();
  return appended ? std::move(error) : appended.error();
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
