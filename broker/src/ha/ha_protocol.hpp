#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "rocketmq/common/result.hpp"

/// What master and slave exchange (spec/ha.md §2): no remoting frames, big-endian integers. Pure.
///
///    slave → master   report      | i64 end of the slave's log |
///    master → slave   frame       | i64 position | i32 size | bytes of the log |
///                     heartbeat   a frame of size 0; its position is where the next bytes begin
namespace rocketmq::broker::ha {

inline constexpr std::size_t report_bytes = 8;
inline constexpr std::size_t frame_head_bytes = 12;
/// Slaves of published releases read a frame into a buffer of 4 MiB: a larger one would never be
/// complete there (spec/ha.md §2.1, 9).
inline constexpr std::size_t frame_bytes_max = 4 * 1024 * 1024;

/// The last report in `bytes`, which are whole reports, one or more; earlier ones are outdated.
std::int64_t last_report(std::string_view bytes);
void append_report(std::string& out, std::int64_t log_end);

struct Frame {
  std::int64_t position = 0;
  std::string_view body;

  bool is_heartbeat() const { return body.empty(); }
  std::size_t bytes() const { return frame_head_bytes + body.size(); }
};
/// The head of a frame with `body_bytes` of the log.
void append_frame_head(std::string& out, std::int64_t position, std::size_t body_bytes);
/// The frame that begins with `bytes`; nothing while it is not whole. Error: it is larger than
/// frame_bytes_max, its size or position is negative, or it ends behind every position.
Result<std::optional<Frame>> first_frame(std::string_view bytes);
/// The size of the frame that begins with `bytes`, which are frame_head_bytes or more, and whose
/// head first_frame() has taken.
std::size_t size_of_frame(std::string_view bytes);

}  // namespace rocketmq::broker::ha
