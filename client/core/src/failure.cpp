#include "rocketmq/client/failure.hpp"

#include "rocketmq/RequestCallback.h"

namespace rocketmq::client {

Failure client_failure(std::string text, int code) {
  return {FailureKind::Client, code, std::move(text)};
}

Failure remoting_failure(const Error& error, const std::string& address) {
  std::string text = error.remark;
  if (!address.empty() && text.find(address) == std::string::npos) text += " <" + address + ">";
  return {FailureKind::Remoting, static_cast<int>(error.code), std::move(text)};
}

Failure broker_failure(const remoting::RemotingCommand& response, const std::string& address) {
  std::string text =
      response.remark.empty() ? std::string(to_string(response.response_code())) : response.remark;
  if (!address.empty()) text += " BROKER: " + address;
  return {FailureKind::Broker, response.code, std::move(text)};
}

namespace {

/// Calls `use` with the exception that says `failure`.
template <class Use>
void with_exception(const Failure& failure, Use&& use) {
  switch (failure.kind) {
    case FailureKind::Client:
      if (failure.code == static_cast<int>(ResponseCode::ReplyTimeout))
        return use(RequestTimeoutException(failure.text));
      return use(MQClientException(failure.text, failure.code));
    case FailureKind::Broker: return use(MQBrokerException(failure.text, failure.code));
    case FailureKind::Remoting: break;
  }
  switch (static_cast<ResponseCode>(failure.code)) {
    case ResponseCode::ConnectFailed: return use(RemotingConnectException(failure.text));
    case ResponseCode::RequestTimeout: return use(RemotingTimeoutException(failure.text));
    case ResponseCode::SendFailed:
      return use(RemotingSendRequestException(failure.text, failure.code));
    case ResponseCode::TooManyRequests:
      return use(RemotingTooMuchRequestException(failure.text, failure.code));
    default: return use(RemotingException(failure.text, failure.code));
  }
}

}  // namespace

void throw_failure(const Failure& failure) {
  with_exception(failure, [](auto exception) { throw exception; });
  throw MQClientException(failure.text, failure.code);
}

void call_with_exception(const Failure& failure,
                         const std::function<void(MQException&)>& callback) {
  with_exception(failure, [&](auto exception) { callback(exception); });
}

void throw_exception_from_error(const Failure& failure, const boost::source_location&) {
  throw_failure(failure);
}

}  // namespace rocketmq::client
