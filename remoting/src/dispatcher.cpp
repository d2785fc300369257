#include "rocketmq/remoting/dispatcher.hpp"

#include <spdlog/spdlog.h>

#include <chrono>
#include <exception>
#include <memory>
#include <utility>

#include "log_limiter.hpp"

namespace rocketmq::remoting {

namespace {

/// Runs a processor; one that throws has lost its Reply by then, which answers SystemError when it
/// is destroyed.
void run(const Processor& processor, const ChannelPtr& channel, RemotingCommand& request,
         Reply reply) {
  static LogLimiter limiter;
  const std::int32_t code = request.code;
  try {
    processor(RequestContext{channel}, request, std::move(reply));
  } catch (const std::exception& failure) {
    if (const auto held_back = limiter.admit()) {
      spdlog::error("the processor of request code {} threw: {} (and {} such before)", code,
                    failure.what(), *held_back);
    }
  } catch (...) {
    if (limiter.admit())
      spdlog::error("the processor of request code {} threw an unknown exception", code);
  }
}

/// A request on its way to a pool. Shared, so that the reply is still at hand when the pool refuses
/// the task.
struct PooledRequest {
  PooledRequest(const Processor& routed_to, ChannelPtr from, const RemotingCommand& original,
                Reply answer)
      : processor(routed_to),
        channel(std::move(from)),
        request(original),
        reply(std::move(answer)) {
    request.own_body();
  }

  const Processor& processor;
  ChannelPtr channel;
  RemotingCommand request;
  Reply reply;
};

void refuse_late(PooledRequest& job, std::size_t queue_size,
                 std::chrono::steady_clock::duration waited) {
  const auto waited_ms = std::chrono::duration_cast<std::chrono::milliseconds>(waited).count();
  job.reply(ResponseCode::SystemBusy,
            "[TIMEOUT_CLEAN_QUEUE]broker busy, start flow control for a while, period in queue: " +
                std::to_string(waited_ms) + "ms, size of queue: " + std::to_string(queue_size));
}

}  // namespace

void Dispatcher::route(RequestCode code, Processor processor, WorkerPool* pool,
                       std::chrono::milliseconds wait_max) {
  const bool added =
      routes_
          .try_emplace(static_cast<std::int32_t>(code), Route{std::move(processor), pool, wait_max})
          .second;
  ensure(added, "a request code has one route");
}

void Dispatcher::dispatch(const ChannelPtr& channel, RemotingCommand& request, Reply reply) const {
  const auto found = routes_.find(request.code);
  if (found == routes_.end()) {
    reply(ResponseCode::RequestCodeNotSupported,
          " request type " + std::to_string(request.code) + " not supported");
    return;
  }
  const Route& route = found->second;
  if (route.pool == inline_on_connection) {
    run(route.processor, channel, request, std::move(reply));
    return;
  }
  const auto job =
      std::make_shared<PooledRequest>(route.processor, channel, request, std::move(reply));
  const bool posted = route.pool->post([job, &route, since = std::chrono::steady_clock::now()] {
    const auto waited = std::chrono::steady_clock::now() - since;
    if (waited > route.wait_max) return refuse_late(*job, route.pool->queue_size(), waited);
    run(job->processor, job->channel, job->request, std::move(job->reply));
  });
  if (!posted) {
    job->reply(ResponseCode::SystemBusy,
               "[OVERLOAD]system busy, start flow control for a while: worker pool " +
                   route.pool->name() + " has no room for another request");
  }
}

}  // namespace rocketmq::remoting
