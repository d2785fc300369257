#pragma once

#include "rocketmq/RequiresCpp20.h"

#include <functional>

#include "rocketmq/MQException.h"
#include "rocketmq/SendResult.h"

namespace rocketmq {

/// Gets the outcome of an asynchronous send: exactly one of the two is called, once, on a callback
/// thread of the client. What it throws is logged and dropped. It may send, also synchronously; it
/// must not shut its own producer down.
class SendCallback {
 public:
  virtual ~SendCallback() = default;
  virtual void onSuccess(SendResult& result) = 0;
  virtual void onException(MQException& failure) = 0;
};

/// A SendCallback made with new that the client deletes after it was called.
class AutoDeleteSendCallback : public SendCallback {};
using AutoDeleteSendCallBack = AutoDeleteSendCallback;

using SendSuccessFunction = std::function<void(const SendResult&)>;
using SendFailureFunction = std::function<void(const MQException&)>;

}  // namespace rocketmq
