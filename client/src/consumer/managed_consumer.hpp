#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "consumer/allocation.hpp"
#include "consumer/consumer_context.hpp"
#include "consumer/push/consume_service.hpp"
#include "consumer/push/pull_loop.hpp"
#include "instance/members.hpp"
#include "instance/service_state.hpp"

namespace rocketmq::client {

/// A consumer whose queues the client takes over, pulls ahead and gives away by itself. What
/// becomes of the messages is the matter of its consume service. Safe on any thread.
class ManagedConsumer : public ConsumerMember,
                        public std::enable_shared_from_this<ManagedConsumer> {
 public:
  void shutdown();
  void subscribe(const std::string& topic, const MessageSelector& selector);
  void subscribe(const std::string& topic, const FilterClass& filter);
  void unsubscribe(const std::string& topic);
  void suspend();
  void resume();
  bool is_paused() const { return is_running() && context_->is_paused; }
  void set_threads(int threads);
  void send_message_back(const MessageExt& message, int delay_level);
  std::vector<MessageQueue> fetch_subscribe_queues(const std::string& topic);

  bool is_running() const { return state_.is_running(); }
  bool was_started_before_fork() const { return state_.get() == ServiceState::Value::LeftToParent; }
  /// Whether the calling thread runs a listener or callback of this consumer.
  bool is_in_own_code() const;
  /// Throws unless running.
  const std::shared_ptr<ClientInstance>& instance() const;

  const std::string& group() const override { return context_->settings.group; }
  remoting::ConsumerData heartbeat_data() const override;
  std::set<std::string> topics() const override { return context_->subscriptions.topics(); }
  void rebalance() override;
  void persist_offsets() override;
  void upload_filter_classes(bool only_new) override;
  std::string running_info() const override;
  std::map<MessageQueue, std::int64_t> consume_status(const std::string& topic) const override;
  void reset_offsets(const std::string& topic,
                     std::map<MessageQueue, std::int64_t> offsets) override;
  void consume_directly(MessageExt message, std::function<void(Result<std::string>)> done) override;

 protected:
  /// Joins the instance and the group with checked settings. Throws what start() throws.
  void start_with(const PushConsumerSettings& settings, const PullStyle& style);
  /// What is to become of the messages.
  virtual std::shared_ptr<ConsumeService> make_service(const ConsumerContextPtr& context) = 0;
  virtual remoting::ConsumeType consume_type() const = 0;
  /// The queues of a topic, and which of them are to be this consumer's; nothing leaves everything
  /// as it is. Under rebalance_mutex(); may ask a broker.
  virtual std::optional<Allocation> allocate(const std::string& topic);

  const ConsumerContextPtr& context() const { return context_; }

  // consumer_rebalance.cpp; all under rebalance_mutex()
  std::mutex& rebalance_mutex() { return rebalance_mutex_; }
  /// Begins to pull a queue at `offset`.
  void begin_queue(const MessageQueue& queue, std::int64_t offset, const QueueLimits& limits);
  bool release_queue(const ProcessQueuePtr& queue);
  bool acquire_queues(const std::vector<MessageQueue>& mine);

 private:
  void make_parts(const PushConsumerSettings& settings, const PullStyle& style);
  void join_group();
  void find_routes();
  /// Asks brokers whether they can evaluate the subscriptions that are no tags. Those that no
  /// broker could check are checked later.
  Outcome<void> check_conditions();
  enum class Checked { Yes, Later };
  Outcome<Checked> check_condition(const SubscriptionData& subscription);
  /// Some broker that can evaluate a condition on the topic's messages.
  std::optional<std::string> address_to_check(const std::string& topic);
  /// Asks for a topic's condition if that is still to be done; a refusal goes to the error
  /// listener.
  void check_condition_left(const std::string& topic);
  void leave_group();
  void sample_stats_later();

  // consumer_rebalance.cpp
  void rebalance_topic(const std::string& topic);
  bool release_queues(const std::string& topic, const std::vector<MessageQueue>& mine);
  Outcome<std::int64_t> start_offset(const MessageQueue& queue);
  Outcome<std::int64_t> first_offset_of_group(const MessageQueue& queue);
  /// Divides the bounds per topic among the topic's queues.
  void set_queue_limits(const std::string& topic);

  ServiceState state_;
  // Written by start() before the state says Running; unchanged afterwards.
  ConsumerContextPtr context_;
  std::shared_ptr<ConsumeService> service_;
  std::shared_ptr<PullLoop> pull_loop_;
  std::int64_t started_ms_ = 0;
  std::mutex rebalance_mutex_;
  std::mutex unchecked_mutex_;
  std::set<std::string> unchecked_;  // guarded by unchecked_mutex_; topics
};

}  // namespace rocketmq::client
