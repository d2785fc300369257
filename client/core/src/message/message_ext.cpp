#include <array>
#include <ostream>
#include <utility>

#include "rocketmq/MessageExt.h"
#include "rocketmq/client/message/message_access.hpp"
#include "rocketmq/common/message_id.hpp"

namespace rocketmq {
namespace {

template <class Host>
Endpoint endpoint_of(const Host& host) {
  return {.ip = host.ip, .ip_bytes = host.ipBytes, .port = host.port};
}

}  // namespace

std::string MessageExt::getOffsetMsgId() const {
  return encode_offset_message_id(endpoint_of(storeHost_), commitLogOffset_);
}

std::string MessageExt::getMsgId() const {
  std::string unique = Message::getProperty(property::unique_key);
  return unique.empty() ? getOffsetMsgId() : unique;
}

std::string MessageExt::getBornHost() const { return endpoint_of(bornHost_).text(); }
std::string MessageExt::getStoreHost() const { return endpoint_of(storeHost_).text(); }

std::string MessageExt::getProperty(std::string_view name) const {
  std::int64_t number = -1;
  if (name == property::min_offset) number = minOffset_;
  if (name == property::max_offset) number = maxOffset_;
  if (name == property::consume_start_time) number = consumeStartTimestamp_;
  return number >= 0 ? std::to_string(number) : Message::getProperty(name);
}

std::map<std::string, std::string> MessageExt::getProperties() const {
  auto properties = Message::getProperties();
  const std::array<std::pair<std::string_view, std::int64_t>, 3> numbers{
      {{property::min_offset, minOffset_},
       {property::max_offset, maxOffset_},
       {property::consume_start_time, consumeStartTimestamp_}}};
  for (const auto& [name, number] : numbers) {
    if (number >= 0) properties[std::string(name)] = std::to_string(number);
  }
  return properties;
}

namespace client {

void MessageAccess::fill(MessageExt& message, const MessageRecord& record,
                         const std::string& broker_name) {
  message.topic_ = record.topic;
  message.properties_ = record.properties;
  message.flag_ = record.flag;
  message.brokerName_ = broker_name;
  message.bornHost_ = {record.born_host.ip, record.born_host.ip_bytes, record.born_host.port};
  message.storeHost_ = {record.store_host.ip, record.store_host.ip_bytes, record.store_host.port};
  message.queueOffset_ = record.queue_offset;
  message.commitLogOffset_ = record.physical_offset;
  message.bornTimestamp_ = record.born_timestamp_ms;
  message.storeTimestamp_ = record.store_timestamp_ms;
  message.preparedTransactionOffset_ = record.prepared_transaction_offset;
  message.queueId_ = record.queue_id;
  message.sysFlag_ = record.sys_flag;
  message.bodyCrc_ = record.body_crc;
  message.storeSize_ = record.total_size;
  message.reconsumeTimes_ = record.reconsume_times;
}

}  // namespace client
std::ostream& operator<<(std::ostream& out, const MessageExt& message) {
  return out << message.toString();
}

}  // namespace rocketmq
