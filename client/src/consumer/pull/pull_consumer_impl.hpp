#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "consumer/offset_store.hpp"
#include "consumer/pull/pull_consumer_settings.hpp"
#include "instance/client_instance.hpp"
#include "instance/members.hpp"
#include "instance/service_state.hpp"
#include "rocketmq/DefaultMQPullConsumer.h"
#include "rocketmq/common/subscription_data.hpp"

namespace rocketmq::client {

/// One pull as the user asks for it.
struct PullRequest {
  MessageQueue queue;
  MessageSelector selector = MessageSelector::byTag("*");
  std::int64_t offset = 0;
  int count_max = 0;
  bool waits_for_messages = false;
  milliseconds timeout{0};
};

using PullDone = std::function<void(Outcome<PullResult>)>;

/// A pull consumer behind its public face. Safe on any thread.
class PullConsumerImpl final : public ConsumerMember,
                               public std::enable_shared_from_this<PullConsumerImpl> {
 public:
  void start(const PullConsumerSettings& settings);
  void shutdown();

  PullResult pull(const PullRequest& request);
  void pull_async(const PullRequest& request, PullDone done);
  std::vector<MessageQueue> fetch_subscribe_queues(const std::string& topic);
  std::int64_t fetch_offset(const MessageQueue& queue, bool from_store);
  void update_offset(const MessageQueue& queue, std::int64_t offset);
  void persist_offset(const MessageQueue& queue);
  void send_message_back(const MessageExt& message, int delay_level);
  std::vector<MessageQueue> share_of(const std::string& topic);

  bool is_running() const { return state_.is_running(); }
  bool was_started_before_fork() const { return state_.get() == ServiceState::Value::LeftToParent; }
  /// Whether the calling thread runs a callback or queue listener of this consumer.
  bool is_in_own_code() const;
  /// Throws unless running.
  const std::shared_ptr<ClientInstance>& instance() const;

  const std::string& group() const override { return settings_.group; }
  remoting::ConsumerData heartbeat_data() const override;
  std::set<std::string> topics() const override;
  void rebalance() override;
  void persist_offsets() override;
  std::string running_info() const override;
  std::map<MessageQueue, std::int64_t> consume_status(const std::string& topic) const override;
  void reset_offsets(const std::string& topic,
                     std::map<MessageQueue, std::int64_t> offsets) override;
  void consume_directly(MessageExt message, std::function<void(Result<std::string>)> done) override;

 private:
  struct PreparedPull {
    std::string address;
    remoting::RemotingCommand request;
    SubscriptionData subscription;
  };
  Outcome<PreparedPull> prepare_pull(const PullRequest& request);
  Outcome<PullResult> read_answer(const Result<remoting::RemotingCommand>& answer,
                                  const PullRequest& request, const SubscriptionData& subscription,
                                  const std::string& address) const;
  std::set<MessageQueue> owned() const;

  ServiceState state_;
  // Written by start() before the state says Running; unchanged afterwards.
  PullConsumerSettings settings_;
  std::shared_ptr<ClientInstance> instance_;
  std::unique_ptr<OffsetStore> offsets_;
  std::int64_t started_ms_ = 0;
  std::mutex rebalance_mutex_;
  mutable std::mutex shares_mutex_;
  std::map<std::string, std::vector<MessageQueue>> shares_;  // guarded by shares_mutex_; by topic
};

}  // namespace rocketmq::client
