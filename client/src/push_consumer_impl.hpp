#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "allocation.hpp"
#include "consume_service.hpp"
#include "consumer_context.hpp"
#include "members.hpp"
#include "pull_loop.hpp"
#include "service_state.hpp"

namespace rocketmq::client {

/// A push consumer behind its public face. Safe on any thread.
class PushConsumerImpl final : public ConsumerMember,
                               public std::enable_shared_from_this<PushConsumerImpl> {
 public:
  void start(const PushConsumerSettings& settings);
  void shutdown();
  void subscribe(const std::string& topic, const std::string& expression);
  void unsubscribe(const std::string& topic);
  void suspend();
  void resume();
  bool is_paused() const { return is_running() && context_->is_paused; }
  void send_message_back(const MessageExt& message, int delay_level);
  std::vector<MessageQueue> fetch_subscribe_queues(const std::string& topic);

  bool is_running() const { return state_.is_running(); }
  /// Throws unless running.
  const std::shared_ptr<ClientInstance>& instance() const;

  const std::string& group() const override { return context_->settings.group; }
  remoting::ConsumerData heartbeat_data() const override;
  std::set<std::string> topics() const override { return context_->subscriptions.topics(); }
  void rebalance() override;
  void persist_offsets() override;
  std::string running_info() const override;
  std::map<MessageQueue, std::int64_t> consume_status(const std::string& topic) const override;
  void reset_offsets(const std::string& topic,
                     std::map<MessageQueue, std::int64_t> offsets) override;
  void consume_directly(MessageExt message, std::function<void(Result<std::string>)> done) override;

 private:
  void make_parts(const PushConsumerSettings& settings);
  void join_group();

  // push_rebalance.cpp; all under rebalance_mutex_
  void rebalance_topic(const std::string& topic);
  bool release_queues(const std::string& topic, const std::vector<MessageQueue>& mine);
  bool acquire_queues(const std::vector<MessageQueue>& mine);
  bool release_queue(const ProcessQueuePtr& queue);
  Outcome<std::int64_t> start_offset(const MessageQueue& queue);
  Outcome<std::int64_t> first_offset_of_group(const MessageQueue& queue);

  ServiceState state_;
  // Written by start() before the state says Running; unchanged afterwards.
  ConsumerContextPtr context_;
  std::shared_ptr<ConsumeService> service_;
  std::shared_ptr<PullLoop> pull_loop_;
  std::int64_t started_ms_ = 0;
  std::mutex rebalance_mutex_;
};

}  // namespace rocketmq::client
