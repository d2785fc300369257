#pragma once

#include <functional>
#include <string>
#include <type_traits>
#include <utility>

#include "rocketmq/MQException.h"
#include "rocketmq/common/result.hpp"
#include "rocketmq/protocol/remoting_command.hpp"

namespace rocketmq::client {

/// Who says that something failed; it chooses the exception's class.
enum class FailureKind { Client, Broker, Remoting };

/// A failure on its way to the user: inside the client failures travel as values, the public
/// functions throw.
struct Failure {
  FailureKind kind = FailureKind::Client;
  int code = -1;
  std::string text;
};

/// A refusal by the client itself.
Failure client_failure(std::string text, int code = -1);
/// What the network says; `address` is where the request was going.
Failure remoting_failure(const Error& error, const std::string& address);
/// A response that is not a success.
Failure broker_failure(const remoting::RemotingCommand& response, const std::string& address);

[[noreturn]] void throw_failure(const Failure& failure);
/// The same exception as a pointer, for callbacks.
void call_with_exception(const Failure& failure, const std::function<void(MQException&)>& callback);

template <class T>
using Outcome = boost::system::result<T, Failure>;

[[noreturn]] void throw_exception_from_error(const Failure& failure, const boost::source_location&);

/// The value, or the failure as an exception.
template <class T>
T value_or_throw(Outcome<T> outcome) {
  if (!outcome) throw_failure(outcome.error());
  if constexpr (!std::is_void_v<T>) return std::move(*outcome);
}

}  // namespace rocketmq::client
