#include "producer/producer_settings.hpp"

#include "rocketmq/client/message/compression.hpp"
#include "rocketmq/client/name_checks.hpp"
#include "rocketmq/client/setting_checks.hpp"
#include "rocketmq/common/names.hpp"
#include "rocketmq/common/result.hpp"

namespace rocketmq::client {

std::set<int> ProducerSettings::default_retry_response_codes() {
  std::set<int> codes;
  for (const ResponseCode code :
       {ResponseCode::TopicNotExist, ResponseCode::ServiceNotAvailable, ResponseCode::SystemError,
        ResponseCode::NoPermission, ResponseCode::NoBuyerId, ResponseCode::NotInCurrentUnit}) {
    codes.insert(static_cast<int>(code));
  }
  return codes;
}

Outcome<void> check_producer(const ProducerSettings& settings) {
  if (auto group =
          check_group(settings.group, std::string(names::default_producer_group), "producerGroup");
      !group) {
    return group.error();
  }
  if (auto client = check_client(settings); !client) return client.error();
  if (auto topic = check_topic(settings.create_topic_key); !topic) return topic.error();
  return check_ranges(
      {{"sendMsgTimeout", settings.send_timeout.count(), 1, int_setting_max},
       {"retryTimesWhenSendFailed", settings.retry_times, 0, int_setting_max - 1},
       {"retryTimesWhenSendAsyncFailed", settings.retry_times_async, 0, int_setting_max},
       {"maxMessageSize", settings.max_message_size, 1, 1 << 30},
       {"compressMsgBodyOverHowmuch", settings.compress_over_bytes, 0, int_setting_max},
       {"compressLevel", settings.compress_level, 0, compression_level_max(settings.compress_type)},
       {"defaultTopicQueueNums", settings.default_topic_queue_nums, 1, 65535}});
}

}  // namespace rocketmq::client
