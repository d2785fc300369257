#pragma once

#include <atomic>
#include <cstddef>
#include <optional>
#include <utility>

namespace rocketmq::filtersrv {

/// Bounds the bytes of messages that wait for their filter, or run through it. Any thread.
class ByteAllowance {
 public:
  explicit ByteAllowance(std::size_t bytes_max) : bytes_max_(bytes_max) {}

  class Share {
   public:
    Share(Share&& other) noexcept
        : allowance_(std::exchange(other.allowance_, nullptr)), bytes_(other.bytes_) {}
    Share& operator=(Share&&) = delete;
    ~Share() {
      if (allowance_ != nullptr) allowance_->taken_ -= bytes_;
    }

   private:
    friend class ByteAllowance;
    Share(ByteAllowance& allowance, std::size_t bytes) : allowance_(&allowance), bytes_(bytes) {}

    ByteAllowance* allowance_;
    std::size_t bytes_;
  };

  std::optional<Share> take(std::size_t bytes) {
    if (taken_.fetch_add(bytes) + bytes > bytes_max_) {
      taken_ -= bytes;
      return std::nullopt;
    }
    return Share(*this, bytes);
  }
  std::size_t taken() const { return taken_; }

 private:
  const std::size_t bytes_max_;
  std::atomic<std::size_t> taken_{0};
};

}  // namespace rocketmq::filtersrv
