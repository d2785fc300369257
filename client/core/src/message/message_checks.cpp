#include "rocketmq/client/message/message_checks.hpp"

#include <cstddef>
#include <string>

#include "rocketmq/client/message/message_access.hpp"
#include "rocketmq/client/name_checks.hpp"
#include "rocketmq/common/message_properties.hpp"
#include "rocketmq/common/names.hpp"

namespace rocketmq::client {
namespace {

constexpr int message_illegal = static_cast<int>(ResponseCode::MessageIllegal);
/// Room for the properties that the client adds itself: UNIQ_KEY, TRAN_MSG, PGROUP.
constexpr std::size_t own_properties_bytes_max = 256;

}  // namespace

Outcome<void> check_message(const Message& message, int body_bytes_max) {
  if (auto topic = check_topic(message.getTopic()); !topic) return topic.error();
  if (is_forbidden_to_send(message.getTopic())) {
    return client_failure("Sending message to topic[" + message.getTopic() + "] is forbidden.");
  }
  if (message.getBody().empty())
    return client_failure("the message body length is zero", message_illegal);
  if (message.getBody().size() > static_cast<std::size_t>(body_bytes_max)) {
    return client_failure(
        "the message body size over max value, MAX: " + std::to_string(body_bytes_max),
        message_illegal);
  }
  if (MessageAccess::properties(message).size() + own_properties_bytes_max > properties_bytes_max) {
    return client_failure(
        "the message properties size over max value, MAX: " + std::to_string(properties_bytes_max),
        message_illegal);
  }
  return {};
}

Outcome<void> check_batch(const std::vector<Message>& messages, int body_bytes_max) {
  if (messages.empty()) return client_failure("the batch holds no message");
  const Message& first = messages.front();
  if (is_retry_topic(first.getTopic()))
    return client_failure("Retry Group is not supported for batching");
  std::size_t bytes = 0;
  for (const Message& message : messages) {
    if (auto checked = check_message(message, body_bytes_max); !checked) return checked.error();
    if (message.getTopic() != first.getTopic()) {
      return client_failure("The topic of the messages in one batch should be the same");
    }
    if (message.isWaitStoreMsgOK() != first.isWaitStoreMsgOK()) {
      return client_failure("The waitStoreMsgOK of the messages in one batch should the same");
    }
    if (message.getDelayTimeLevel() > 0)
      return client_failure("TimeDelayLevel is not supported for batching");
    bytes += message.getBody().size();
  }
  if (bytes > static_cast<std::size_t>(body_bytes_max)) {
    return client_failure(
        "the message body size over max value, MAX: " + std::to_string(body_bytes_max),
        message_illegal);
  }
  return {};
}

}  // namespace rocketmq::client
