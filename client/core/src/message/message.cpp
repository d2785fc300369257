#include "rocketmq/Message.h"

#include <charconv>
#include <ostream>

#include "rocketmq/MQException.h"
#include "rocketmq/client/message/message_access.hpp"
#include "rocketmq/common/message_properties.hpp"

namespace rocketmq {

using client::MessageAccess;

Message::Message(std::string topic, std::string body)
    : topic_(std::move(topic)), body_(std::move(body)) {}

Message::Message(std::string topic, std::string_view tags, std::string body)
    : Message(std::move(topic), std::move(body)) {
  setTags(tags);
}

Message::Message(std::string topic, std::string_view tags, std::string_view keys, std::string body)
    : Message(std::move(topic), tags, std::move(body)) {
  setKeys(keys);
}

Message::Message(std::string topic, std::string_view tags, std::string_view keys, int flag,
                 std::string body, bool waitStoreMsgOk)
    : Message(std::move(topic), tags, keys, std::move(body)) {
  setFlag(flag);
  setWaitStoreMsgOK(waitStoreMsgOk);
}

namespace {

std::string text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace

Message::Message(std::string topic, std::span<const std::byte> body)
    : Message(std::move(topic), text_of(body)) {}

Message::Message(std::string topic, std::string_view tags, std::span<const std::byte> body)
    : Message(std::move(topic), tags, text_of(body)) {}

Message::Message(std::string topic, std::string_view tags, std::string_view keys,
                 std::span<const std::byte> body)
    : Message(std::move(topic), tags, keys, text_of(body)) {}

void Message::setBody(std::span<const std::byte> body) { setBody(text_of(body)); }

std::string Message::getTags() const { return getProperty(property::tags); }
std::string Message::getKeys() const { return getProperty(property::keys); }

namespace {

void check_property_text(std::string_view what, std::string_view text) {
  if (text.find_first_of("\x01\x02") != std::string_view::npos) {
    throw MQClientException("The " + std::string(what) +
                            " of a message must not hold the bytes 0x01 and 0x02");
  }
}

}  // namespace

void Message::setTags(std::string_view tags) {
  check_property_text("tags", tags);
  MessageAccess::put(*this, property::tags, tags);
}

void Message::setKeys(std::string_view keys) {
  check_property_text("keys", keys);
  MessageAccess::put(*this, property::keys, keys);
}

void Message::setKeys(const std::vector<std::string>& keys) {
  std::string joined;
  for (const std::string& key : keys) joined += (joined.empty() ? "" : " ") + key;
  setKeys(joined);
}

int Message::getDelayTimeLevel() const {
  const auto text = find_property(properties_, property::delay_level);
  int level = 0;
  if (text) std::from_chars(text->data(), text->data() + text->size(), level);
  return level;
}

void Message::setDelayTimeLevel(int level) {
  MessageAccess::put(*this, property::delay_level,
                     level > 0 ? std::to_string(level) : std::string());
}

bool Message::isWaitStoreMsgOK() const {
  const auto text = find_property(properties_, property::wait_store_ok);
  return !text || *text == "true";
}

void Message::setWaitStoreMsgOK(bool wait) {
  MessageAccess::put(*this, property::wait_store_ok, wait ? "true" : "false");
}

void Message::putUserProperty(std::string_view name, std::string_view value) {
  if (name.empty() || value.empty()) {
    throw MQClientException("The name or value of a property can not be null or blank string");
  }
  if (property::is_reserved(name)) {
    throw MQClientException("The Property<" + std::string(name) +
                            "> is used by system, input another please");
  }
  check_property_text("property", name);
  check_property_text("property", value);
  MessageAccess::put(*this, name, value);
}

std::string Message::getProperty(std::string_view name) const {
  const auto value = find_property(properties_, name);
  return value ? std::string(*value) : std::string();
}

bool Message::hasProperty(std::string_view name) const {
  return find_property(properties_, name).has_value();
}

std::map<std::string, std::string> Message::getProperties() const {
  std::map<std::string, std::string> properties;
  for (auto& [name, value] : decode_properties(properties_))
    properties.emplace(name, std::move(value));
  return properties;
}

namespace {

std::string list_properties(const std::map<std::string, std::string>& properties) {
  std::string text = "{";
  for (const auto& [name, value] : properties)
    text += (text.size() > 1 ? ", " : "") + name + "=" + value;
  return text + "}";
}

}  // namespace

std::string Message::toString() const {
  return "Message{topic='" + topic_ + "', flag=" + std::to_string(flag_) +
         ", properties=" + list_properties(getProperties()) +
         ", body=" + std::to_string(body_.size()) + " bytes, transactionId='" +
         getProperty(property::transaction_id) + "'}";
}

std::string MessageExt::toString() const {
  return "MessageExt [brokerName=" + brokerName_ + ", queueId=" + std::to_string(queueId_) +
         ", storeSize=" + std::to_string(storeSize_) +
         ", queueOffset=" + std::to_string(queueOffset_) + ", sysFlag=" + std::to_string(sysFlag_) +
         ", bornTimestamp=" + std::to_string(bornTimestamp_) + ", bornHost=" + getBornHost() +
         ", storeTimestamp=" + std::to_string(storeTimestamp_) + ", storeHost=" + getStoreHost() +
         ", msgId=" + getMsgId() + ", commitLogOffset=" + std::to_string(commitLogOffset_) +
         ", bodyCRC=" + std::to_string(bodyCrc_) +
         ", reconsumeTimes=" + std::to_string(reconsumeTimes_) +
         ", preparedTransactionOffset=" + std::to_string(preparedTransactionOffset_) +
         ", topic=" + getTopic() + ", properties=" + list_properties(getProperties()) +
         ", body=" + std::to_string(getBody().size()) + " bytes]";
}

std::ostream& operator<<(std::ostream& out, const Message& message) {
  return out << message.toString();
}

}  // namespace rocketmq
