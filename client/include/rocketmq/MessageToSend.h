#pragma once

#include "rocketmq/RequiresCpp20.h"

#include <initializer_list>
#include <memory>
#include <utility>
#include <vector>

#include "rocketmq/Message.h"

namespace rocketmq {

/// A message as a producer's calls take it; lives as long as the call. A message that can be
/// changed gets its unique id (property UNIQ_KEY) and can be sent again under it, a const one is
/// copied, a temporary gives its body away.
class MessageToSend {
 public:
  // NOLINTBEGIN(google-explicit-constructor): reads like the message itself
  MessageToSend(Message& message) : message_(&message) {}
  MessageToSend(const Message& message)
      : copy_(std::make_unique<Message>(message)), message_(copy_.get()), gives_body_away_(true) {}
  MessageToSend(Message&& message) : message_(&message), gives_body_away_(true) {}
  // NOLINTEND(google-explicit-constructor)

  Message& message() const { return *message_; }
  bool givesBodyAway() const { return gives_body_away_; }

 private:
  std::unique_ptr<Message> copy_;  // null unless the message is const
  Message* message_;
  bool gives_body_away_ = false;
};

/// Likewise the messages of a batch.
class MessagesToSend {
 public:
  // NOLINTBEGIN(google-explicit-constructor): reads like the messages themselves
  MessagesToSend(std::vector<Message>& messages) : messages_(&messages) {}
  MessagesToSend(const std::vector<Message>& messages)
      : copy_(std::make_unique<std::vector<Message>>(messages)), messages_(copy_.get()) {}
  MessagesToSend(std::vector<Message>&& messages) : messages_(&messages) {}
  MessagesToSend(std::initializer_list<Message> messages)
      : MessagesToSend(static_cast<const std::vector<Message>&>(std::vector<Message>(messages))) {}
  // NOLINTEND(google-explicit-constructor)

  std::vector<Message>& messages() const { return *messages_; }

 private:
  std::unique_ptr<std::vector<Message>> copy_;  // null unless the messages are const
  std::vector<Message>* messages_;
};

}  // namespace rocketmq
