#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

namespace rocketmq::net {

/// Bytes of one session that wait for more: the beginning of a unit, or units that are not
/// processed while the peer does not read what it has been sent. Holds memory only while it holds
/// bytes, save a little. Never grows ahead of what really came, so that announcing a large unit
/// costs us nothing. Bounded by its user: one unit and one read.
class InputBuffer {
 public:
  /// What an empty buffer may keep, so that a stream of small units does not allocate at every
  /// read.
  static constexpr std::size_t kept_bytes_max = 4 * 1024;
  static constexpr std::size_t large_bytes = 64 * 1024;

  std::string_view view() const { return {bytes_.get() + begin_, end_ - begin_}; }
  std::size_t size() const { return end_ - begin_; }
  bool empty() const { return begin_ == end_; }
  /// What it holds, unless that is no more than a read brings anyhow.
  std::size_t large_memory() const { return capacity_ >= large_bytes ? capacity_ : 0; }

  /// Replaces the content; `bytes` is not part of it.
  void assign(std::string_view bytes);
  /// Drops the first `count` bytes.
  void consume(std::size_t count);
  /// Room behind the content for the rest of a unit of `unit_bytes` in all: at least one byte, at
  /// most the rest.
  std::span<char> room(std::size_t unit_bytes);
  /// `count` bytes were written to room().
  void commit(std::size_t count) { end_ += count; }
  void release();

 private:
  void reserve(std::size_t capacity);

  std::unique_ptr<char[]> bytes_;
  std::size_t capacity_ = 0;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

}  // namespace rocketmq::net
