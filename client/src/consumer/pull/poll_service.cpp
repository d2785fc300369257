#include "consumer/pull/poll_service.hpp"

#include <algorithm>

#include "consumer/push/send_back.hpp"
#include "rocketmq/client/message/message_codec.hpp"

namespace rocketmq::client {

void PollService::submit(const ProcessQueuePtr& queue, PulledMessages messages) {
  if (messages.empty()) return;
  const std::scoped_lock lock(mutex_);
  cached_ += messages.size();
  waiting_.push_back({queue, std::move(messages)});
  arrived_.notify_one();
}

bool PollService::take(Batch& batch) {
  for (auto next = waiting_.begin(); next != waiting_.end();) {
    const bool is_gone = next->queue->is_dropped();
    if (!is_gone && paused_.contains(next->queue->queue())) {
      ++next;
      continue;
    }
    cached_ -= next->messages.size();
    batch = std::move(*next);
    next = waiting_.erase(next);
    if (!is_gone) return true;
  }
  return false;
}

std::vector<MessageExt> PollService::poll(std::chrono::milliseconds timeout) {
  Batch batch;
  {
    std::unique_lock lock(mutex_);
    bool is_taken = false;
    arrived_.wait_for(lock, timeout, [&] { return stopping_ || (is_taken = take(batch)); });
    if (!is_taken) return {};
  }
  auto messages = batch.messages.decode_all(batch.queue->queue().getBrokerName());
  const auto unreadable = first_unreadable(messages);
  if (unreadable != messages.cend()) [[unlikely]] {
    const auto index = static_cast<std::size_t>(unreadable - messages.cbegin());
    return poll_around(std::move(batch), std::move(messages), index);
  }
  return hand_out(batch, std::move(messages));
}

std::vector<MessageExt> PollService::poll_around(Batch batch, std::vector<MessageExt> messages,
                                                 std::size_t unreadable) {
  // The messages before it, or it alone: the rest is for the next poll.
  const auto taken = static_cast<std::ptrdiff_t>(std::max<std::size_t>(unreadable, 1));
  Batch rest{batch.queue, std::move(batch.messages)};
  batch.messages = PulledMessages();
  auto& list = rest.messages.list();
  batch.messages.list().assign(list.begin(), list.begin() + taken);
  list.erase(list.begin(), list.begin() + taken);
  messages.erase(messages.begin() + taken, messages.end());
  if (!rest.messages.empty()) {
    const std::scoped_lock lock(mutex_);
    cached_ += rest.messages.size();
    waiting_.push_front(std::move(rest));
    arrived_.notify_one();
  }
  messages = hand_out(batch, std::move(messages));
  if (unreadable > 0) return messages;
  const Failure failure = unreadable_body(messages.front());
  context_->report(failure);
  throw_failure(failure);
}

std::vector<MessageExt> PollService::hand_out(const Batch& batch,
                                              std::vector<MessageExt> messages) {
  const std::int64_t position = batch.queue->remove(batch.messages.list());
  batch.queue->polled->position.store(position);
  const std::int64_t now_ms = context_->now_ms();
  for (MessageExt& message : messages) show_to_user(message, *context_);
  batch.queue->stats->add_consumed(context_->now_ms() - now_ms,
                                   static_cast<std::int64_t>(messages.size()), 0);
  return messages;
}

void PollService::commit_positions() {
  for (const ProcessQueuePtr& queue : context_->queues.all()) {
    queue->offset().set(queue->polled->position.load());
  }
}

void PollService::pause(const std::vector<MessageQueue>& queues) {
  const std::scoped_lock lock(mutex_);
  paused_.insert(queues.begin(), queues.end());
}

void PollService::resume(const std::vector<MessageQueue>& queues) {
  const std::scoped_lock lock(mutex_);
  for (const MessageQueue& queue : queues) paused_.erase(queue);
  arrived_.notify_all();
}

bool PollService::may_pull(const ProcessQueuePtr& queue) {
  const std::scoped_lock lock(mutex_);
  return !paused_.contains(queue->queue());
}

bool PollService::release(const ProcessQueuePtr& queue) {
  queue->drop();
  forget_dropped();
  return true;
}

void PollService::forget_dropped() {
  const std::scoped_lock lock(mutex_);
  std::erase_if(waiting_, [this](const Batch& batch) {
    if (!batch.queue->is_dropped()) return false;
    cached_ -= batch.messages.size();
    return true;
  });
}

void PollService::adopt(ProcessQueue& queue) {
  // What is left of a queue that begins again will not be polled; it must not hold up the pulls.
  forget_dropped();
  queue.polled = std::make_shared<PolledQueue>(queue.next_offset());
}

void PollService::advance(ProcessQueue& queue, std::int64_t offset) {
  std::atomic<std::int64_t>& position = queue.polled->position;
  std::int64_t known = position.load();
  while (known < offset && !position.compare_exchange_weak(known, offset)) {
  }
}

void PollService::reposition(ProcessQueue& queue, std::int64_t offset) {
  queue.polled->position = offset;
  queue.offset().set(offset);
}

void PollService::consume_directly(MessageExt, std::function<void(Result<std::string>)> done) {
  done(Error{ResponseCode::SystemError, "the group polls its messages and has no listener"});
}

void PollService::stop_taking(std::chrono::milliseconds) {
  if (commits_at_stop_) commit_positions();
  const std::scoped_lock lock(mutex_);
  stopping_ = true;
  waiting_.clear();
  cached_ = 0;
  arrived_.notify_all();
}

}  // namespace rocketmq::client
