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

#include "rocketmq/net/body.hpp"
#include "rocketmq/net/buffer_pool.hpp"

namespace rocketmq::net {

/// Bytes on their way to one peer, in order. They come in units, each a head that is written here
/// and a body. Heads and small bodies are together in a few buffers; large and gathered bodies stay
/// where they are and are kept alive until they have been sent. No sockets, no threads. Bounded by
/// its user, who asks bytes() before adding.
class OutputQueue {
 public:
  /// Bodies up to this size are copied behind their head: cheaper than one more piece for the
  /// kernel to gather.
  static constexpr std::size_t copied_bytes_max = 4 * 1024;
  /// A buffer that has grown so far is left alone and another one begun.
  static constexpr std::size_t buffer_bytes_target = 256 * 1024;

  /// Units over `unit_bytes_max` bytes are not taken, because the peer would hang up at them.
  explicit OutputQueue(std::size_t unit_bytes_max) : unit_bytes_max_(unit_bytes_max) {}
  std::size_t unit_bytes_max() const { return unit_bytes_max_; }

  std::size_t bytes() const { return bytes_; }
  bool empty() const { return bytes_ == 0; }
  /// Memory that is held for what is queued; pieces that others own do not count.
  std::size_t memory() const { return memory_; }

  /// Queues what `write_head` appends to a text, and `body`. A new buffer comes from `pool`, if
  /// there is one. False when the unit would be too large: nothing has changed then.
  template <class WriteHead>
  bool add(WriteHead&& write_head, Body&& body, BufferPool* pool) {
    std::string& buffer = open_buffer(pool);
    const std::size_t bytes_before = buffer.size();
    write_head(buffer);
    return add_body(buffer, bytes_before, std::move(body));
  }
  /// The same with a body that is copied.
  template <class WriteHead>
  bool add_copied(WriteHead&& write_head, std::string_view body, BufferPool* pool) {
    std::string& buffer = open_buffer(pool);
    const std::size_t bytes_before = buffer.size();
    write_head(buffer);
    return add_copied_body(buffer, bytes_before, body);
  }
  /// Queues a unit that is encoded already, in two parts.
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
  /// Either our bytes or pieces of memory that others own.
  struct Segment {
    std::string owned;
    std::vector<std::string_view> pieces;
    std::shared_ptr<const void> keep_alive;
    /// Units may still be appended to `owned`.
    bool is_open = false;

    std::size_t memory() const { return owned.size() + pieces.size() * sizeof(std::string_view); }
  };

  bool is_too_large(std::string& buffer, std::size_t bytes_before, std::size_t body_bytes) const;
  std::string& open_buffer(BufferPool* pool);
  bool add_body(std::string& buffer, std::size_t bytes_before, Body&& body);
  bool add_copied_body(std::string& buffer, std::size_t bytes_before, std::string_view body);
  void forget_sent_segments();
  void finish_segment(Segment& segment, BufferPool& pool);

  std::size_t unit_bytes_max_;
  std::vector<Segment> segments_;
  std::vector<std::string> lent_;
  std::size_t first_segment_ = 0;
  std::size_t first_piece_ = 0;  // within the first segment
  std::size_t first_byte_ = 0;   // within that piece, or within the segment's own bytes
  std::size_t bytes_ = 0;
  std::size_t memory_ = 0;
};

}  // namespace rocketmq::net
