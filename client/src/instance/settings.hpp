#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "consumer/consume_timestamp.hpp"
#include "instance/namespace.hpp"
#include "rocketmq/AllocateMessageQueueStrategy.h"
#include "rocketmq/CompressionType.h"
#include "rocketmq/ConsumeType.h"
#include "rocketmq/MessageListener.h"
#include "rocketmq/MessageSelector.h"

namespace rocketmq::client {

using std::chrono::milliseconds;

inline constexpr const char* default_instance_name = "DEFAULT";
inline constexpr int default_max_reconsume_times = 16;
inline constexpr std::size_t mebibyte = 1024 * 1024;

/// As the public getters answer a time.
inline int whole_ms(milliseconds time) { return static_cast<int>(time.count()); }

/// What producers and consumers share. Written by the public setters, copied by start().
struct ClientSettings {
  std::string namesrv_addr;
  /// Asked for name servers where none are set; empty: nobody is.
  std::string namesrv_domain;
  std::string namesrv_subgroup = "nsaddr";
  std::string instance_name = default_instance_name;
  std::string client_ip;
  std::string unit_name;
  milliseconds poll_name_server_interval{30'000};
  milliseconds heartbeat_interval{30'000};
  milliseconds persist_offset_interval{5'000};
  milliseconds api_timeout{3'000};
  milliseconds pull_delay_after_failure{1'000};
  int callback_threads = 1;
  Namespace name_space;
  /// Whether records of what is done with messages go to the trace topic.
  bool trace_enabled = false;
  /// Empty: the system's one.
  std::string trace_topic;
  /// Requests that can do so go to the broker's port - 2.
  bool vip_channel = false;

  /// `ip@instance[@unit]`.
  std::string client_id() const;
  /// Gives this client an instance of its own when the name is still the default one.
  void make_instance_name_unique();
  /// The configured list, else environment variable NAMESRV_ADDR; may be empty.
  std::string effective_namesrv_addr() const;
};

struct ProducerSettings : ClientSettings {
  std::string group;
  std::string create_topic_key = "TBW102";
  int default_topic_queue_nums = 4;
  milliseconds send_timeout{3'000};
  int retry_times = 2;
  int retry_times_async = 2;
  bool retry_another_broker_when_not_ok = false;
  int max_message_size = 4 * 1024 * 1024;
  int compress_over_bytes = 4096;
  CompressionType compress_type = CompressionType::ZLIB;
  int compress_level = 5;
  bool latency_fault_enable = false;
  /// Answers of a broker after which a synchronous send tries another one.
  std::set<int> retry_response_codes = default_retry_response_codes();

  static std::set<int> default_retry_response_codes();
};

/// What both kinds of consumer share.
struct ConsumerSettings : ClientSettings {
  std::string group;
  MessageModel model = CLUSTERING;
  std::shared_ptr<const AllocateMessageQueueStrategy> strategy =
      std::make_shared<AllocateMessageQueueAveragely>();
  int max_reconsume_times = -1;
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
  std::map<std::string, MessageSelector> subscriptions;
  std::shared_ptr<MessageListenerConcurrently> concurrent_listener;
  std::shared_ptr<MessageListenerOrderly> orderly_listener;
  /// Gets what no call of the program can throw; may be empty.
  ConsumerErrorFunction error_listener;
};

/// New settings, of a producer or a consumer of `group`.
template <class Settings>
std::shared_ptr<Settings> settings_for(const std::string& group) {
  auto settings = std::make_shared<Settings>();
  settings->group = group;
  return settings;
}

}  // namespace rocketmq::client
