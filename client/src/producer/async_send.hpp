#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "producer/sender.hpp"

namespace rocketmq::client {

/// One asynchronous send and its tries. What waits holds it: the request under way, the timer
/// before a retry, the callback thread. It is used for one send after the other, so that its texts
/// keep their memory: allocated and freed on different threads they would cost more than the rest
/// of the send. Not safe for several threads at the same time; it is passed on from one to the
/// next.
class Sender::AsyncSend {
 public:
  /// Sends the request of the present try; as Client::invoke_async_reusing() waits for output.
  static void start(AsyncSendPtr self, std::size_t wait_over_bytes = 0);

  static void finish(AsyncSendPtr self, Failure failure);

  /// Forgets what must not be kept until the next send.
  std::shared_ptr<Sender> let_go();

  std::shared_ptr<Sender> sender_;
  OutgoingMessage message_;
  TopicPublishInfoPtr info_;  // null: only this broker may be tried
  Deadline deadline_;
  SendDone done_;
  DoneOn done_on_ = DoneOn::CallbackThread;
  std::int32_t queue_id_ = 0;
  std::string broker_name_;
  std::string address_;
  int tries_ = 0;
  bool is_under_way_ = false;

 private:
  /// More than this is not kept for the next send, in bytes of one text.
  static constexpr std::size_t kept_text_bytes_max = 8 * 1024;

  static void answered(AsyncSendPtr self, const Result<remoting::RemotingCommand>& answer);

  static void finish(AsyncSendPtr self);

  static void complete(AsyncSendPtr self);

  Deadline begun_;
  std::int64_t begun_ms_ = 0;
  Outcome<SendResult> outcome_ = SendResult();
};

}  // namespace rocketmq::client
