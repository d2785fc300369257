#include "consumer/offset_store.hpp"

namespace rocketmq::client {

std::shared_ptr<OffsetCell> OffsetStore::cell(const MessageQueue& queue) {
  const std::scoped_lock lock(mutex_);
  auto& entry = cells_[queue];
  if (entry == nullptr) entry = std::make_shared<OffsetCell>();
  return entry;
}

void OffsetStore::forget(const MessageQueue& queue) {
  const std::scoped_lock lock(mutex_);
  cells_.erase(queue);
}

void OffsetStore::forget_all_but(const std::set<MessageQueue>& owned) {
  const std::scoped_lock lock(mutex_);
  std::erase_if(cells_, [&](const auto& entry) { return !owned.contains(entry.first); });
}

OffsetTable OffsetStore::in_memory() const {
  OffsetTable offsets;
  const std::scoped_lock lock(mutex_);
  for (const auto& [queue, offset] : cells_) {
    const std::int64_t value = offset->get();
    if (value >= 0) offsets.emplace(queue, value);
  }
  return offsets;
}

}  // namespace rocketmq::client
