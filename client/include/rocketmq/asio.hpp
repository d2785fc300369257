#pragma once

#include "rocketmq/RequiresCpp20.h"

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/system_executor.hpp>
#include <exception>
#include <memory>
#include <utility>

#include "rocketmq/DefaultMQProducer.h"

// For programs that use Boost.Asio: sends as asynchronous operations that take any completion
// token. No other header of the client includes Asio.
//
//   rocketmq::SendResult result = co_await producer.async_send(std::move(message), use_awaitable);

namespace rocketmq {
namespace asio_detail {

/// A completion handler on its way to its executor, which is kept at work until then.
template <class Handler>
class SendOperation {
 public:
  using Executor = boost::asio::associated_executor_t<Handler, boost::asio::system_executor>;

  explicit SendOperation(Handler handler)
      : handler_(std::move(handler)),
        work_(boost::asio::get_associated_executor(handler_, boost::asio::system_executor())) {}

  /// Once; on any thread.
  void complete(std::exception_ptr failure, SendResult result) {
    const Executor executor = work_.get_executor();
    boost::asio::post(executor, [handler = std::move(handler_), failure = std::move(failure),
                                 result = std::move(result)]() mutable {
      std::move(handler)(std::move(failure), std::move(result));
    });
    work_.reset();
  }

 private:
  Handler handler_;
  boost::asio::executor_work_guard<Executor> work_;
};

}  // namespace asio_detail

/// Sends without waiting on the caller's thread, whatever it takes. The completion signature is
/// void(std::exception_ptr, SendResult); the exception is one of those that send() throws. The
/// handler runs on its associated executor. The producer must live until then; its shutdown() lets
/// the send end first. An operation that has begun cannot be cancelled.
template <class CompletionToken>
auto DefaultMQProducer::async_send(Message message, CompletionToken&& token) {
  return boost::asio::async_initiate<CompletionToken, void(std::exception_ptr, SendResult)>(
      [this](auto handler, Message taken) {
        using Operation = asio_detail::SendOperation<decltype(handler)>;
        const auto operation = std::make_shared<Operation>(std::move(handler));
        sendNoWait(
            std::move(taken),
            [operation](const SendResult& result) { operation->complete(nullptr, result); },
            [operation](const MQException& failure) {
              operation->complete(asExceptionPtr(failure), {});
            });
      },
      token, std::move(message));
}

}  // namespace rocketmq
