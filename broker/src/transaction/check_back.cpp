#include "transaction/check_back.hpp"

#include <optional>
#include <string>
#include <utility>

#include "rocketmq/common/message_id.hpp"
#include "rocketmq/common/message_properties.hpp"
#include "rocketmq/protocol/header.hpp"
#include "rocketmq/protocol/send_headers.hpp"
#include "transaction/half_message.hpp"

namespace rocketmq::broker {
namespace {

constexpr int tries_max = 3;

remoting::RemotingCommand make_check(const MessageRecord& half, const RealPlace& place) {
  MessageRecord shown = half;
  shown.magic = message_record::magic_v1;
  shown.topic = place.topic;
  shown.queue_id = place.queue_id;
  std::string body(message_record::encoded_size(shown), '\0');
  message_record::encode(shown, body.data());

  remoting::CheckTransactionStateRequestHeader header{
      .tranStateTableOffset = half.queue_offset,
      .commitLogOffset = half.physical_offset,
      .offsetMsgId = encode_offset_message_id(half.store_host, half.physical_offset)};
  if (const auto key = find_property(half.properties, property::unique_key)) {
    header.msgId = std::string(*key);
    header.transactionId = std::string(*key);
  }
  return remoting::make_request(remoting::RequestCode::CheckTransactionState, header,
                                std::move(body));
}

}  // namespace

bool send_check_back(ProducerManager& producers, const MessageRecord& half) {
  const auto group = find_property(half.properties, property::producer_group);
  const auto place = real_place_of(half);
  if (!group || !place) return false;
  std::optional<remoting::RemotingCommand> check;
  for (int tried = 0; tried < tries_max; ++tried) {
    const auto channel = producers.next_channel_of(*group);
    if (channel == nullptr) return false;
    if (!check) check = make_check(half, *place);
    if (channel->send_oneway(*check)) return true;
  }
  return false;
}

}  // namespace rocketmq::broker
