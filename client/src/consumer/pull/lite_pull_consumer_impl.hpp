#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "consumer/managed_consumer.hpp"
#include "consumer/pull/lite_pull_settings.hpp"
#include "consumer/pull/poll_service.hpp"
#include "rocketmq/DefaultLitePullConsumer.h"

namespace rocketmq::client {

/// A lite pull consumer behind its public face. Safe on any thread.
class LitePullConsumerImpl final : public ManagedConsumer {
 public:
  void start(const LitePullSettings& settings);
  void subscribe(const std::string& topic, const MessageSelector& selector);
  void unsubscribe(const std::string& topic);
  void assign(const std::vector<MessageQueue>& queues);
  void set_expression_for_assign(const std::string& topic, const std::string& tags);
  std::set<MessageQueue> assignment() const;

  std::vector<MessageExt> poll(std::optional<milliseconds> timeout);
  void seek(const MessageQueue& queue, std::int64_t offset);
  void seek_to_begin(const MessageQueue& queue);
  void seek_to_end(const MessageQueue& queue);
  void pause(const std::vector<MessageQueue>& queues);
  void resume(const std::vector<MessageQueue>& queues);
  void commit_sync();
  void commit(const std::map<MessageQueue, std::int64_t>& offsets, bool persist);
  std::int64_t committed(const MessageQueue& queue);
  void add_listener(const std::string& topic, TopicMessageQueueChangeListener* listener);

  std::set<std::string> topics() const override;
  void rebalance() override;

 private:
  enum class Mode { None, Subscribe, Assign };
  struct Watched {
    TopicMessageQueueChangeListener* listener = nullptr;
    std::optional<std::set<MessageQueue>> queues;
  };

  std::shared_ptr<ConsumeService> make_service(const ConsumerContextPtr& context) override;
  remoting::ConsumeType consume_type() const override { return remoting::ConsumeType::Actively; }
  std::optional<Allocation> allocate(const std::string& topic) override;

  /// Throws when the consumer already works the other way.
  void set_mode(Mode mode);
  bool has_assigned() const;
  const Namespace& name_space() const { return settings_.name_space; }
  std::vector<MessageQueue> wrapped(const std::vector<MessageQueue>& queues) const;
  /// Subscribes the assigned topics, so that their queues can be pulled.
  void subscribe_assigned();
  void tell_changed_queues();

  LitePullSettings settings_;  // written by start() before the consumer runs
  std::shared_ptr<PollService> service_;
  std::atomic<std::int64_t> last_commit_ms_{0};
  mutable std::mutex mutex_;
  Mode mode_ = Mode::None;                                 // guarded by mutex_
  std::set<MessageQueue> assigned_;                        // guarded by mutex_
  std::map<std::string, std::string> assign_expressions_;  // guarded by mutex_; by topic
  std::map<std::string, Watched> watched_;                 // guarded by mutex_; by topic
};

}  // namespace rocketmq::client
