#pragma once

#include "rocketmq/RequiresCpp20.h"

#include <exception>
#include <string>
#include <utility>

namespace rocketmq {

/// Root of everything the client throws. what() reads `CODE: <code>  DESC: <text>`, or the text
/// alone when there is no code.
class MQException : public std::exception {
 public:
  /// `code` is the broker's response code, a local one from 10001 on, or -1 for none. `type` is the
  /// class's name.
  MQException(std::string text, int code, std::string type);

  const char* what() const noexcept override { return what_.c_str(); }
  int getError() const noexcept { return code_; }
  int GetError() const noexcept { return code_; }
  /// The text without the code.
  const std::string& getErrorMessage() const noexcept { return text_; }
  const std::string& getType() const noexcept { return type_; }
  const char* GetType() const noexcept { return type_.c_str(); }

 private:
  std::string text_;
  int code_;
  std::string type_;
  std::string what_;
};

/// Refused or abandoned by the client itself: wrong state, illegal argument, no route, all tries
/// failed.
class MQClientException : public MQException {
 public:
  explicit MQClientException(std::string text, int code = -1)
      : MQException(std::move(text), code, "MQClientException") {}

 protected:
  using MQException::MQException;
};

/// A broker or name server replied with an error; the code is the reply's.
class MQBrokerException : public MQException {
 public:
  explicit MQBrokerException(std::string text, int code = -1)
      : MQException(std::move(text), code, "MQBrokerException") {}
};

/// The network failed before a response came.
class RemotingException : public MQException {
 public:
  explicit RemotingException(std::string text, int code = -1)
      : MQException(std::move(text), code, "RemotingException") {}

 protected:
  using MQException::MQException;
};

/// No connection could be made.
class RemotingConnectException : public RemotingException {
 public:
  explicit RemotingConnectException(std::string text, int code = 10001)
      : RemotingException(std::move(text), code, "RemotingConnectException") {}
};

/// The connection was lost before the response came; the request may have been executed.
class RemotingSendRequestException : public RemotingException {
 public:
  explicit RemotingSendRequestException(std::string text, int code = -1)
      : RemotingException(std::move(text), code, "RemotingSendRequestException") {}
};

/// No response within the time-out; the request may have been executed.
class RemotingTimeoutException : public RemotingException {
 public:
  explicit RemotingTimeoutException(std::string text, int code = 10002)
      : RemotingException(std::move(text), code, "RemotingTimeoutException") {}
};

/// Too many requests are under way, or no time was left for another try.
class RemotingTooMuchRequestException : public RemotingException {
 public:
  explicit RemotingTooMuchRequestException(std::string text, int code = -1)
      : RemotingException(std::move(text), code, "RemotingTooMuchRequestException") {}
};

/// An exception that a callback was given, with its class, so that it can be thrown elsewhere.
std::exception_ptr asExceptionPtr(const MQException& failure);

}  // namespace rocketmq
