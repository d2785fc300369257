#pragma once

#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "consumer/process_queue.hpp"
#include "rocketmq/MessageQueue.h"

namespace rocketmq::client {

/// The queues that a consumer owns at present. Safe on any thread.
class ProcessQueues {
 public:
  std::vector<ProcessQueuePtr> all() const;
  std::vector<ProcessQueuePtr> of_topic(const std::string& topic) const;
  std::set<MessageQueue> owned() const;
  ProcessQueuePtr find(const MessageQueue& queue) const;
  void add(ProcessQueuePtr queue);
  /// Drops the queue and takes it out, unless another one has taken its place.
  void remove(const ProcessQueuePtr& queue);
  void drop_all();

 private:
  mutable std::mutex mutex_;
  std::map<MessageQueue, ProcessQueuePtr> queues_;  // guarded by mutex_
};

}  // namespace rocketmq::client
