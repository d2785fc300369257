#pragma once

#include <atomic>
#include <cstdint>
#include <cstring>
#include <mutex>

#include "rocketmq/common/endpoint.hpp"

namespace rocketmq {

/// An address that may change while other threads read it. Reading takes no lock: it is repeated in
/// the rare case that the address changes meanwhile.
class LiveEndpoint {
 public:
  LiveEndpoint(const Endpoint& endpoint = {}) {
    set(endpoint);
  }  // NOLINT(google-explicit-constructor)
  LiveEndpoint(const LiveEndpoint& other) : LiveEndpoint(other.get()) {}
  LiveEndpoint& operator=(const LiveEndpoint& other) {
    if (this != &other) set(other.get());
    return *this;
  }
  LiveEndpoint& operator=(const Endpoint& endpoint) {
    set(endpoint);
    return *this;
  }
  ~LiveEndpoint() = default;

  Endpoint get() const {
    for (;;) {
      const auto before = version_.load(std::memory_order_acquire);
      const std::uint64_t front = front_.load(std::memory_order_relaxed);
      const std::uint64_t back = back_.load(std::memory_order_relaxed);
      const std::uint64_t rest = rest_.load(std::memory_order_relaxed);
      std::atomic_thread_fence(std::memory_order_acquire);
      if (before % 2 != 0 || version_.load(std::memory_order_relaxed) != before) continue;
      Endpoint endpoint;
      std::memcpy(endpoint.ip.data(), &front, sizeof front);
      std::memcpy(endpoint.ip.data() + sizeof front, &back, sizeof back);
      endpoint.ip_bytes = static_cast<std::uint8_t>(rest >> 32U);
      endpoint.port = static_cast<std::int32_t>(rest & 0xFFFF'FFFFU);
      return endpoint;
    }
  }
  operator Endpoint() const { return get(); }  // NOLINT(google-explicit-constructor)

 private:
  void set(const Endpoint& endpoint) {
    std::uint64_t front = 0;
    std::uint64_t back = 0;
    std::memcpy(&front, endpoint.ip.data(), sizeof front);
    std::memcpy(&back, endpoint.ip.data() + sizeof front, sizeof back);
    const std::lock_guard lock(mutex_);
    const auto before = version_.load(std::memory_order_relaxed);
    version_.store(before + 1, std::memory_order_relaxed);
    std::atomic_thread_fence(std::memory_order_release);
    front_.store(front, std::memory_order_relaxed);
    back_.store(back, std::memory_order_relaxed);
    rest_.store(std::uint64_t{endpoint.ip_bytes} << 32U | static_cast<std::uint32_t>(endpoint.port),
                std::memory_order_relaxed);
    version_.store(before + 2, std::memory_order_release);
  }

  std::mutex mutex_;                       // one writer at a time
  std::atomic<std::uint64_t> version_{0};  // odd while the words below change
  std::atomic<std::uint64_t> front_{0};
  std::atomic<std::uint64_t> back_{0};
  std::atomic<std::uint64_t> rest_{0};
};

}  // namespace rocketmq
