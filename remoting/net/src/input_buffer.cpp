#include "rocketmq/net/input_buffer.hpp"

#include <algorithm>
#include <cstring>

#include "rocketmq/common/result.hpp"

namespace rocketmq::net {

namespace {
constexpr std::size_t capacity_min = 1024;
constexpr std::size_t growth_min = 64 * 1024;
}  // namespace

void InputBuffer::assign(std::string_view bytes) {
  begin_ = end_ = 0;
  reserve(bytes.size());
  if (!bytes.empty()) std::memcpy(bytes_.get(), bytes.data(), bytes.size());
  end_ = bytes.size();
}

void InputBuffer::consume(std::size_t count) {
  begin_ += count;
  if (begin_ < end_) return;
  begin_ = end_ = 0;
  if (capacity_ > kept_bytes_max) release();
}

std::span<char> InputBuffer::room(std::size_t unit_bytes) {
  ensure(size() < unit_bytes, "a unit that is whole needs no more bytes");
  if (begin_ > 0) {
    std::memmove(bytes_.get(), bytes_.get() + begin_, size());
    end_ = size();
    begin_ = 0;
  }
  if (end_ == capacity_) reserve(std::min(unit_bytes, std::max(2 * capacity_, growth_min)));
  return {bytes_.get() + end_, std::min(capacity_, unit_bytes) - end_};
}

void InputBuffer::reserve(std::size_t capacity) {
  if (capacity <= capacity_) return;
  capacity = std::max(capacity, capacity_min);
  auto larger = std::make_unique_for_overwrite<char[]>(capacity);
  if (end_ > 0) std::memcpy(larger.get(), bytes_.get(), end_);
  bytes_ = std::move(larger);
  capacity_ = capacity;
}

void InputBuffer::release() {
  bytes_.reset();
  capacity_ = begin_ = end_ = 0;
}

}  // namespace rocketmq::net
