#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace rocketmq::net {

/// Output buffers of one reactor, lent to sessions while they have something to send, so that
/// idle ones hold none and busy ones allocate none. Runs on the reactor's thread.
class BufferPool {
 public:
  static constexpr std::size_t buffers_max = 16;
  /// Buffers that a large response made larger are not kept.
  static constexpr std::size_t kept_bytes_max = 512 * 1024;

  bool empty() const { return spare_.empty(); }
  std::string take() {
    if (spare_.empty()) return {};
    std::string buffer = std::move(spare_.back());
    spare_.pop_back();
    return buffer;
  }
  void give_back(std::string&& buffer) {
    if (spare_.size() >= buffers_max || buffer.capacity() > kept_bytes_max) return;
    buffer.clear();
    spare_.push_back(std::move(buffer));
  }

 private:
  std::vector<std::string> spare_;
};

}  // namespace rocketmq::net
