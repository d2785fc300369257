#include "consumer/consumer_context.hpp"

#include <spdlog/logger.h>

#include <exception>
#include <utility>

#include "rocketmq/client/client_log.hpp"
#include "rocketmq/client/own_code.hpp"

namespace rocketmq::client {

void ConsumerContext::report(const Failure& failure) const {
  // A topic full of such messages is one line a second, and as many calls as the listener takes.
  if (const auto held_back = failures_log.admit())
    client_log().error("group {}: {} (and {} such before)", group(), failure.text, *held_back);
  if (!settings.error_listener) return;
  if (reports_pending->fetch_add(1, std::memory_order_relaxed) >= reports_pending_max) {
    reports_pending->fetch_sub(1, std::memory_order_relaxed);
    return;
  }
  instance->post_callback(
      [key = this, listener = settings.error_listener, failure, pending = reports_pending] {
        const OwnCode own(key);
        pending->fetch_sub(1, std::memory_order_relaxed);
        try {
          call_with_exception(failure, listener);
        } catch (const std::exception& thrown) {
          client_log().warn("an error listener threw: {}", thrown.what());
        } catch (...) {
          client_log().warn("an error listener threw something that is no std::exception");
        }
      });
}

void trace_end(const ConsumerContext& context, const std::string& request_id,
               const std::vector<MessageExt>& messages, std::int64_t begun_ms, bool succeeded,
               bool threw) {
  TraceConsumed outcome = succeeded ? TraceConsumed::Success : TraceConsumed::Failed;
  if (threw) outcome = TraceConsumed::Exception;
  const std::int64_t now_ms = context.now_ms();
  context.trace->consume_ended(request_id, messages, now_ms - begun_ms, outcome, now_ms);
}

}  // namespace rocketmq::client
