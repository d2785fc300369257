#pragma once

#include "rocketmq/RequiresCpp20.h"

#include <functional>
#include <string>

#include "rocketmq/MQException.h"
#include "rocketmq/MessageExt.h"

namespace rocketmq {

/// The message was sent, but no reply came in time; code 10006.
class RequestTimeoutException : public MQException {
 public:
  explicit RequestTimeoutException(std::string text, int code = 10006)
      : MQException(std::move(text), code, "RequestTimeoutException") {}
};

/// Gets the outcome of an asynchronous request: one of the two is called, once, on a callback
/// thread.
class RequestCallback {
 public:
  virtual ~RequestCallback() = default;
  virtual void onSuccess(MessageExt& reply) = 0;
  virtual void onException(MQException& failure) = 0;
};

using RequestSuccessFunction = std::function<void(const MessageExt& reply)>;

/// The reply to a request as a consumer got it; send it with any started producer. Throws
/// MQClientException with code 10007 when `request` is no request.
Message createReplyMessage(const Message& request, std::string body);

}  // namespace rocketmq
