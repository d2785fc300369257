// The worker's side of the socket to the server. Blocking: a worker has nothing else to do.
#pragma once

#include <cstdint>
#include <string_view>

#include "frames.hpp"
#include "rocketmq/filter/message_filter.hpp"

namespace rocketmq::filtersrv {

struct Frame {
  FrameHeader header;
  /// Valid until the next frame is read.
  std::string_view payload;
};

/// The next frame; ends the process when the server has closed the socket.
Frame next_frame();
void send_frame(FrameKind kind, std::string_view payload, std::uint64_t sequence = 0);

/// Judges the messages of batches, one after the other.
class Judge {
 public:
  virtual ~Judge() = default;
  /// 0 to drop, 1 to deliver, 2 if the filter failed.
  virtual std::uint8_t judge(const filter::MessageView& message) = 0;
};

/// Judges batch after batch until the server closes the socket.
[[noreturn]] void serve_batches(Judge& judge);

/// The memory of progress_fd; written by serve_batches() only. Mapped before the worker is held.
void map_progress();

/// The tasks: they get the source, say whether they can use it, and serve.
[[noreturn]] void run_lua(const WorkerSetup& setup);
[[noreturn]] void run_cpp(const WorkerSetup& setup);

}  // namespace rocketmq::filtersrv
