#include "consumer/process_queues.hpp"

#include <utility>

namespace rocketmq::client {

std::vector<ProcessQueuePtr> ProcessQueues::all() const {
  const std::scoped_lock lock(mutex_);
  std::vector<ProcessQueuePtr> all;
  for (const auto& [id, queue] : queues_) all.push_back(queue);
  return all;
}

std::vector<ProcessQueuePtr> ProcessQueues::of_topic(const std::string& topic) const {
  const std::scoped_lock lock(mutex_);
  std::vector<ProcessQueuePtr> some;
  for (const auto& [id, queue] : queues_) {
    if (id.getTopic() == topic) some.push_back(queue);
  }
  return some;
}

std::set<MessageQueue> ProcessQueues::owned() const {
  const std::scoped_lock lock(mutex_);
  std::set<MessageQueue> ids;
  for (const auto& [id, queue] : queues_) ids.insert(id);
  return ids;
}

ProcessQueuePtr ProcessQueues::find(const MessageQueue& queue) const {
  const std::scoped_lock lock(mutex_);
  const auto found = queues_.find(queue);
  return found == queues_.end() ? nullptr : found->second;
}

void ProcessQueues::add(ProcessQueuePtr queue) {
  const std::scoped_lock lock(mutex_);
  MessageQueue id = queue->queue();
  queues_.insert_or_assign(std::move(id), std::move(queue));
}

void ProcessQueues::remove(const ProcessQueuePtr& queue) {
  queue->drop();
  const std::scoped_lock lock(mutex_);
  const auto found = queues_.find(queue->queue());
  if (found != queues_.end() && found->second == queue) queues_.erase(found);
}

void ProcessQueues::drop_all() {
  const std::scoped_lock lock(mutex_);
  for (const auto& [id, queue] : queues_) queue->drop();
  queues_.clear();
}

}  // namespace rocketmq::client
