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
/// Members that may not publish to the topic, and so get nothing of it to see.
constexpr int strangers_max = 16;

bool may_see(const ClientChannel& member, std::string_view topic) {
  using remoting::Action;
  using remoting::Resource;
  return check_may(member.caller, Resource::Topic, Action::Pub, topic).has_value();
}

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
  int strangers = 0;
  for (int tried = 0; tried < tries_max && strangers < strangers_max;) {
    const auto member = producers.next_member_of(*group);
    if (!member) return false;
    if (!may_see(*member, place->topic)) {
      ++strangers;
      continue;
    }
    ++tried;
    if (!check) check = make_check(half, *place);
    if (member->channel->send_oneway(*check)) return true;
  }
  return false;
}

}  // namespace rocketmq::broker
