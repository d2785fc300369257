#pragma once

#include "rocketmq/RequiresCpp20.h"

#include <cstddef>
#include <iosfwd>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rocketmq {

namespace client {
struct MessageAccess;
}

/// A message to be sent. A value: copy and move it freely; one object is not for several threads at
/// a time.
class Message {
 public:
  Message() = default;
  Message(std::string topic, std::string body);
  Message(std::string topic, std::string_view tags, std::string body);
  Message(std::string topic, std::string_view tags, std::string_view keys, std::string body);
  Message(std::string topic, std::string_view tags, std::string_view keys, int flag,
          std::string body, bool waitStoreMsgOk);
  // The same with a body of bytes, which is copied.
  Message(std::string topic, std::span<const std::byte> body);
  Message(std::string topic, std::string_view tags, std::span<const std::byte> body);
  Message(std::string topic, std::string_view tags, std::string_view keys,
          std::span<const std::byte> body);

  const std::string& getTopic() const { return topic_; }
  void setTopic(std::string topic) { topic_ = std::move(topic); }

  /// The tag by which consumers select; empty when there is none.
  std::string getTags() const;
  void setTags(std::string_view tags);

  /// Keys by which the message can be looked up, separated by blanks.
  std::string getKeys() const;
  void setKeys(std::string_view keys);
  void setKeys(const std::vector<std::string>& keys);

  const std::string& getBody() const { return body_; }
  void setBody(std::string body) { body_ = std::move(body); }
  /// The same as bytes: a view of the body, and a copy of `body`.
  std::span<const std::byte> getBodyBytes() const { return std::as_bytes(std::span(body_)); }
  void setBody(std::span<const std::byte> body);

  /// A number for the application; the system carries it and does not look at it.
  int getFlag() const { return flag_; }
  void setFlag(int flag) { flag_ = flag; }

  /// Delay level 1…18 (1 s, 5 s, 10 s, 30 s, 1 min … 2 h by the broker's default table); 0 for
  /// none.
  int getDelayTimeLevel() const;
  void setDelayTimeLevel(int level);

  /// Whether the response waits for the broker's flush and replication as the broker is configured.
  /// Default true.
  bool isWaitStoreMsgOK() const;
  void setWaitStoreMsgOK(bool wait);

  /// Sets an application's property. Throws MQClientException for a name that the system uses
  /// itself, for an empty name or value, and for bytes 0x01 and 0x02, which the text form of
  /// properties cannot hold.
  void putUserProperty(std::string_view name, std::string_view value);
  void setProperty(std::string_view name, std::string_view value) { putUserProperty(name, value); }
  /// The value of a property; empty when it is absent.
  std::string getProperty(std::string_view name) const;
  std::string getUserProperty(std::string_view name) const { return getProperty(name); }
  bool hasProperty(std::string_view name) const;
  /// All properties, those of the system included.
  std::map<std::string, std::string> getProperties() const;

  /// `Message{topic='T', flag=0, properties={…}, body=… bytes, transactionId='…'}`
  std::string toString() const;

 private:
  friend struct client::MessageAccess;

  std::string topic_;
  std::string body_;
  /// `name 0x01 value 0x02 …`, as the wire has it: nothing has to be converted to send or to
  /// receive.
  std::string properties_;
  int flag_ = 0;
};

std::ostream& operator<<(std::ostream& out, const Message& message);

using MQMessage = Message;

}  // namespace rocketmq
