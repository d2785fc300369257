#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "buffer_pool.hpp"
#include "rocketmq/net/body.hpp"
#include "rocketmq/protocol/remoting_command.hpp"

namespace rocketmq::remoting {

/// Encoded frames on their way to one socket, in order. Heads and small bodies stand together in a
/// few buffers; large and gathered bodies stay where they are and are kept alive until they have
/// been sent. No sockets, no threads. Bounded by its user, who asks bytes() before adding.
class OutputQueue {
 public:
  /// Bodies up to this size are copied behind their head: cheaper than one more piece for the
  /// kernel to gather.
  static constexpr std::size_t copied_bytes_max = 4 * 1024;
  /// A buffer that has grown so far is left alone and another one begun.
  static constexpr std::size_t buffer_bytes_target = 256 * 1024;

  /// Frames over `frame_limit` bytes are not taken, because the peer would hang up at them.
  explicit OutputQueue(std::size_t frame_limit) : frame_bytes_max_(frame_limit) {}

  std::size_t bytes() const { return bytes_; }
  bool empty() const { return bytes_ == 0; }
  /// Memory that is held for what is queued; pieces that others own do not count.
  std::size_t memory() const { return memory_; }

  /// Encodes `command` with `body` behind what is queued. A new buffer comes from `pool`, if there
  /// is one. False when the frame would be too large: nothing has changed then.
  bool add(const RemotingCommand& command, Body&& body, BufferPool* pool);
  /// As the other, with the command's own body, copied.
  bool add(const RemotingCommand& command, BufferPool* pool);
  /// Queues a whole frame that stands encoded in two parts.
  void add_encoded(std::string_view head, std::string_view body);
  /// Gives it a buffer for what will be added without a pool. Append does not move lent buffers.
  void lend(std::string&& buffer) { lent_.push_back(std::move(buffer)); }
  std::size_t lent() const { return lent_.size(); }
  /// Moves everything from `other` behind what is queued.
  void append(OutputQueue&& other);

  /// Fills `pieces` with the first unsent bytes, until they are `bytes_min` or more. Returns the
  /// number of pieces.
  std::size_t gather(std::span<iovec> pieces, std::size_t bytes_min = SIZE_MAX) const;
  /// Forgets the first `count` bytes, which have been sent; buffers go back to `pool`.
  void consume(std::size_t count, BufferPool& pool);
  void clear(BufferPool& pool);

 private:
  /// Either bytes of ours or pieces of somebody else's.
  struct Segment {
    std::string owned;
    std::vector<std::string_view> pieces;
    std::shared_ptr<const void> keep_alive;
    /// Frames may still be appended to `owned`.
    bool is_open = false;

    std::size_t memory() const { return owned.size() + pieces.size() * sizeof(std::string_view); }
  };

  bool is_too_large(std::string& buffer, std::size_t bytes_before, std::size_t body_bytes) const;
  std::string& open_buffer(BufferPool* pool);
  void forget_sent_segments();
  void finish_segment(Segment& segment, BufferPool& pool);

  std::size_t frame_bytes_max_;
  std::vector<Segment> segments_;
  std::vector<std::string> lent_;
  std::size_t first_segment_ = 0;
  std::size_t first_piece_ = 0;  // within the first segment
  std::size_t first_byte_ = 0;   // within that piece, or within the segment's own bytes
  std::size_t bytes_ = 0;
  std::size_t memory_ = 0;
};

}  // namespace rocketmq::remoting
