#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <string>

#include "consumer/consume_timestamp.hpp"
#include "rocketmq/AllocateMessageQueueStrategy.h"
#include "rocketmq/ConsumeType.h"
#include "rocketmq/MessageListener.h"
#include "rocketmq/MessageSelector.h"
#include "rocketmq/client/client_settings.hpp"

namespace rocketmq::client {

inline constexpr int default_max_reconsume_times = 16;
inline constexpr std::size_t mebibyte = 1024 * 1024;

/// What both kinds of consumer share.
struct ConsumerSettings : ClientSettings {
  std::string group;
  MessageModel model = CLUSTERING;
  std::shared_ptr<const AllocateMessageQueueStrategy> strategy =
      std::make_shared<AllocateMessageQueueAveragely>();
  int max_reconsume_times = -1;
};

/// A class that filters a topic's messages on filter servers.
struct FilterClass {
  std::string class_name;
  /// May be empty: the filter servers have the class.
  std::string source;

  friend bool operator==(const FilterClass&, const FilterClass&) = default;
};

struct PushConsumerSettings : ConsumerSettings {
  ConsumeFromWhere from_where = CONSUME_FROM_LAST_OFFSET;
  /// yyyyMMddHHmmss, local time.
  std::string consume_timestamp = default_consume_timestamp();
  int thread_min = 20;
  int thread_max = 20;
  int batch_max_size = 1;
  int pull_batch_size = 32;
  int pull_interval_ms = 0;
  int threshold_messages = 1000;
  int threshold_mebibytes = 100;
  /// -1: no bound per topic.
  int threshold_topic_messages = -1;
  int threshold_topic_mebibytes = -1;
  bool post_subscription_when_pull = false;
  int max_span = 2000;
  int suspend_queue_ms = 1000;
  int consume_timeout_minutes = 15;
  int await_termination_ms = 0;
  /// By topic; a topic is in one of both.
  std::map<std::string, MessageSelector> subscriptions;
  std::map<std::string, FilterClass> filter_classes;
  std::shared_ptr<MessageListenerConcurrently> concurrent_listener;
  std::shared_ptr<MessageListenerOrderly> orderly_listener;
  /// Gets what no call of the program can throw; may be empty.
  ConsumerErrorFunction error_listener;
};

/// What every consumer that the client pulls for must have. Failure: names the first setting that
/// is wrong.
Outcome<void> check_managed_consumer(const PushConsumerSettings& settings);
/// The same, and a listener.
Outcome<void> check_push_consumer(const PushConsumerSettings& settings);

}  // namespace rocketmq::client
