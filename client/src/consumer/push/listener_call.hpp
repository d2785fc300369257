#pragma once

#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "consumer/consumer_context.hpp"
#include "consumer/push/consume_pool.hpp"
#include "consumer/push/send_back.hpp"
#include "rocketmq/MessageExt.h"
#include "rocketmq/common/result.hpp"

namespace rocketmq::client {

/// The listener's result. An exception counts as `on_exception`, and `thrown` says what it was.
template <class Listener, class Context, class Status>
Status call_listener(Listener& listener, const std::vector<MessageExt>& messages, Context& context,
                     Status on_exception, std::string& thrown) {
  try {
    return listener.consumeMessage(messages, context);
  } catch (const std::exception& exception) {
    thrown = exception.what();
  } catch (...) {
    thrown = "an exception that is no std::exception";
  }
  return on_exception;
}

/// What one call of a listener on one message came to.
struct DirectOutcome {
  bool is_orderly = false;
  bool auto_commit = true;
  /// "CR_SUCCESS", …; an exception replaces it.
  const char* result = "CR_LATER";
  std::string thrown;
};

/// {"autoCommit":…,"consumeResult":"CR_SUCCESS","order":…,"remark":"…","spentTimeMills":3}
std::string to_json(const DirectOutcome& outcome, std::int64_t spent_ms);

/// Has `call(message, queue)` return a DirectOutcome on a thread of the pool; `done` gets the JSON
/// response of CONSUME_MESSAGE_DIRECTLY.
template <class Call>
void consume_directly_on(ConsumePool& pool, ConsumerContext& context, MessageExt message, Call call,
                         std::function<void(Result<std::string>)> done) {
  pool.post(std::make_shared<OneCall>([&context, message = std::move(message),
                                       call = std::move(call), done = std::move(done)]() mutable {
    const std::int64_t begin_ms = context.now_ms();
    show_to_user(message, context);
    const DirectOutcome outcome = call(
        message, MessageQueue{message.getTopic(), message.getBrokerName(), message.getQueueId()});
    done(to_json(outcome, context.now_ms() - begin_ms));
  }));
}

}  // namespace rocketmq::client
