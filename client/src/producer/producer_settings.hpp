#pragma once

#include <set>
#include <string>

#include "rocketmq/CompressionType.h"
#include "rocketmq/client/client_settings.hpp"

namespace rocketmq::client {

/// What a producer is set to. Written by the public setters, copied by start().
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
  /// Response codes of a broker after which a synchronous send tries another one.
  std::set<int> retry_response_codes = default_retry_response_codes();

  static std::set<int> default_retry_response_codes();
};

/// Failure: names the first setting that is wrong.
Outcome<void> check_producer(const ProducerSettings& settings);

}  // namespace rocketmq::client
