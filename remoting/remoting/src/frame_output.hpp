#pragma once

#include <cstddef>
#include <string>
#include <utility>

#include "rocketmq/net/body.hpp"
#include "rocketmq/net/buffer_pool.hpp"
#include "rocketmq/net/output_queue.hpp"
#include "rocketmq/protocol/remoting_command.hpp"

namespace rocketmq::remoting {

/// Queues the frame of `command` with `body`. False when it would be too large: nothing has changed
/// then.
inline bool add_frame(net::OutputQueue& output, const RemotingCommand& command, net::Body&& body,
                      net::BufferPool* pool) {
  const std::size_t body_bytes = body.size();
  return output.add([&](std::string& out) { encode_frame_head(command, body_bytes, out); },
                    std::move(body), pool);
}

/// The same with the command's own body, copied.
inline bool add_frame(net::OutputQueue& output, const RemotingCommand& command,
                      net::BufferPool* pool) {
  return output.add_copied(
      [&](std::string& out) { encode_frame_head(command, command.body.size(), out); }, command.body,
      pool);
}

}  // namespace rocketmq::remoting
