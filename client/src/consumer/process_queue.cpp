#include "consumer/process_queue.hpp"

#include <algorithm>

namespace rocketmq::client {

void ProcessQueue::put(std::vector<PulledMessage>& messages) {
  const std::scoped_lock lock(mutex_);
  std::erase_if(messages, [this](const PulledMessage& message) {
    if (message.queue_offset <= max_seen_) return true;
    max_seen_ = message.queue_offset;
    slots_.push_back({message.queue_offset, message.physical_offset, 0, message.body_bytes, false});
    ++unfinished_;
    unfinished_bytes_ += message.body_bytes;
    return false;
  });
}

CachedMessages ProcessQueue::cached() const {
  const std::scoped_lock lock(mutex_);
  if (slots_.empty()) return {};
  return {unfinished_, unfinished_bytes_, slots_.front().queue_offset, slots_.back().queue_offset};
}

ProcessQueue::Slot* ProcessQueue::find(std::int64_t queue_offset) {
  if (slots_.empty()) return nullptr;
  // Offsets mostly follow each other without a gap.
  const std::int64_t index = queue_offset - slots_.front().queue_offset;
  if (index < 0) return nullptr;
  if (index < std::ssize(slots_)) {
    Slot& slot = slots_[static_cast<std::size_t>(index)];
    if (slot.queue_offset == queue_offset) return &slot;
  }
  const auto found = std::lower_bound(
      slots_.begin(), slots_.end(), queue_offset,
      [](const Slot& slot, std::int64_t offset) { return slot.queue_offset < offset; });
  return found == slots_.end() || found->queue_offset != queue_offset ? nullptr : &*found;
}

void ProcessQueue::begin(const std::vector<MessageExt>& messages, std::int64_t now_ms) {
  last_consume_ms_.store(now_ms, std::memory_order_relaxed);
  const std::scoped_lock lock(mutex_);
  for (const MessageExt& message : messages) {
    if (Slot* slot = find(message.getQueueOffset())) slot->begun_ms = now_ms;
  }
}

void ProcessQueue::finish(std::int64_t queue_offset) {
  Slot* slot = find(queue_offset);
  if (slot == nullptr || slot->is_done) return;
  slot->is_done = true;
  --unfinished_;
  unfinished_bytes_ -= slot->body_bytes;
  while (!slots_.empty() && slots_.front().is_done) slots_.pop_front();
}

std::int64_t ProcessQueue::committable() const {
  if (!slots_.empty()) return slots_.front().queue_offset;
  return max_seen_ < 0 ? -1 : max_seen_ + 1;
}

std::int64_t ProcessQueue::remove(const std::vector<MessageExt>& messages) {
  const std::scoped_lock lock(mutex_);
  for (const MessageExt& message : messages) finish(message.getQueueOffset());
  return committable();
}

std::int64_t ProcessQueue::remove(const std::vector<PulledMessage>& messages) {
  const std::scoped_lock lock(mutex_);
  for (const PulledMessage& message : messages) finish(message.queue_offset);
  return committable();
}

std::int64_t ProcessQueue::remove(std::int64_t queue_offset) {
  const std::scoped_lock lock(mutex_);
  finish(queue_offset);
  return committable();
}

std::vector<ExpiredMessage> ProcessQueue::expired(std::int64_t started_before_ms,
                                                  std::size_t look_at) const {
  std::vector<ExpiredMessage> found;
  const std::scoped_lock lock(mutex_);
  for (const Slot& slot : slots_) {
    if (slot.is_done) continue;
    if (look_at-- == 0) break;
    if (slot.begun_ms != 0 && slot.begun_ms < started_before_ms) {
      found.push_back({slot.queue_offset, slot.physical_offset});
    }
  }
  return found;
}

}  // namespace rocketmq::client
