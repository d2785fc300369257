#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>
#include <utility>

namespace rocketmq::store {

/// Bytes that grow at their end and, unlike a string's, are not cleared first.
class StagingBuffer {
 public:
  std::size_t size() const { return size_; }
  std::string_view view(std::size_t begin, std::size_t end) const {
    return {data_.get() + begin, end - begin};
  }

  /// Adds `count` bytes of any content and answers where they begin.
  char* grow(std::size_t count) {
    if (size_ + count > capacity_) enlarge(size_ + count);
    char* at = data_.get() + size_;
    size_ += count;
    return at;
  }
  /// Empties it; memory beyond what is usual is given back.
  void clear() {
    size_ = 0;
    if (capacity_ > kept_bytes_max) {
      data_.reset();
      capacity_ = 0;
    }
  }

 private:
  static constexpr std::size_t kept_bytes_max = 2 * 1024 * 1024;
  static constexpr std::size_t first_bytes = 64 * 1024;

  void enlarge(std::size_t needed) {
    std::size_t capacity = capacity_ == 0 ? first_bytes : capacity_;
    while (capacity < needed) capacity *= 2;
    std::unique_ptr<char[]> larger(new char[capacity]);
    if (size_ > 0) std::memcpy(larger.get(), data_.get(), size_);
    data_ = std::move(larger);
    capacity_ = capacity;
  }

  std::unique_ptr<char[]> data_;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace rocketmq::store
