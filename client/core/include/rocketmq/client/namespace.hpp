#pragma once

#include <string>
#include <utility>
#include <vector>

#include "rocketmq/MessageQueue.h"

namespace rocketmq::client {

/// The name space of a client: on the wire its topics and groups are called "<name space>%<name>",
/// the user sees the plain names. Names of the system stay as they are. A value; empty: no name
/// space.
class Namespace {
 public:
  Namespace() = default;
  explicit Namespace(std::string name) : name_(std::move(name)) {}

  const std::string& name() const { return name_; }
  bool empty() const { return name_.empty(); }

  /// The name on the wire. A name that has the prefix already is not given a second one; the prefix
  /// follows "%RETRY%" and "%DLQ%".
  std::string wrap(std::string name) const;
  MessageQueue wrap(MessageQueue queue) const;
  /// The user's name.
  std::string strip(std::string name) const;
  MessageQueue strip(MessageQueue queue) const;
  std::vector<MessageQueue> strip(std::vector<MessageQueue> queues) const;

 private:
  std::string name_;
};

}  // namespace rocketmq::client
