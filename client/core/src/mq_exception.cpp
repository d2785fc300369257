#include <utility>

#include "rocketmq/MQException.h"
#include "rocketmq/RequestCallback.h"

namespace rocketmq {

MQException::MQException(std::string text, int code, std::string type)
    : text_(std::move(text)),
      code_(code),
      type_(std::move(type)),
      what_(code == -1 ? text_ : "CODE: " + std::to_string(code) + "  DESC: " + text_) {}

namespace {

/// The first of the classes that `failure` is of.
template <class First, class... Others>
std::exception_ptr copy_as(const MQException& failure) {
  if (const auto* exact = dynamic_cast<const First*>(&failure)) {
    return std::make_exception_ptr(*exact);
  }
  if constexpr (sizeof...(Others) > 0) {
    return copy_as<Others...>(failure);
  } else {
    return std::make_exception_ptr(failure);
  }
}

}  // namespace

std::exception_ptr asExceptionPtr(const MQException& failure) {
  return copy_as<RemotingConnectException, RemotingSendRequestException, RemotingTimeoutException,
                 RemotingTooMuchRequestException, RemotingException, MQBrokerException,
                 RequestTimeoutException, MQClientException>(failure);
}

}  // namespace rocketmq
