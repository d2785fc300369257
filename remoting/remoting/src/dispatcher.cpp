#include "rocketmq/remoting/dispatcher.hpp"

#include <spdlog/spdlog.h>

#include <chrono>
#include <exception>
#include <memory>
#include <string>
#include <utility>

#include "rocketmq/common/log_limiter.hpp"
#include "rocketmq/common/shared_log.hpp"

namespace rocketmq::remoting {

namespace {

/// Runs a processor; one that throws has lost its Reply by then, which answers SystemError when it
/// is destroyed.
void run(const Processor& processor, const RequestContext& context, RemotingCommand& request,
         Reply reply) {
  static LogLimiter limiter;
  const std::int32_t code = request.code;
  try {
    processor(context, request, std::move(reply));
  } catch (const std::exception& failure) {
    if (const auto held_back = limiter.admit()) {
      shared_log().error("the processor of request code {} threw: {} (and {} such before)", code,
                         failure.what(), *held_back);
    }
  } catch (...) {
    if (limiter.admit())
      shared_log().error("the processor of request code {} threw an unknown exception", code);
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

void refuse_late(Reply& reply, std::int32_t code, std::chrono::steady_clock::duration waited,
                 std::size_t queue_size) {
  static LogLimiter limiter;
  const Error refusal = waited_too_long(waited, queue_size);
  if (const auto held_back = limiter.admit()) {
    shared_log().warn("request code {} refused: {} (and {} requests before)", code, refusal.remark,
                      *held_back);
  }
  reply(refusal);
}

/// Requests of one connection wait behind each other, not behind those of others.
std::uint64_t lane_of(const ChannelPtr& channel) {
  return channel == nullptr ? WorkerPool::owners_lane : channel->id();
}

const Clock& real_clock() {
  static const SystemClock clock;
  return clock;
}

}  // namespace

Error waited_too_long(std::chrono::steady_clock::duration waited, std::size_t queue_size) {
  const auto waited_ms = std::chrono::duration_cast<std::chrono::milliseconds>(waited).count();
  return {ResponseCode::SystemBusy,
          "[TIMEOUT_CLEAN_QUEUE]broker busy, start flow control for a while, period in queue: " +
              std::to_string(waited_ms) + "ms, size of queue: " + std::to_string(queue_size)};
}

Processor while_connected(Processor processor) {
  return [processor = std::move(processor)](const RequestContext& context, RemotingCommand& request,
                                            Reply reply) {
    if (!context.channel->is_open()) return reply.drop();
    processor(context, request, std::move(reply));
  };
}

Dispatcher::Dispatcher() : Dispatcher(real_clock()) {}

void Dispatcher::route(RequestCode code, Processor processor, WorkerPool* pool,
                       WaitLimit wait_limit) {
  const bool added = routes_
                         .try_emplace(static_cast<std::int32_t>(code),
                                      Route{std::move(processor), pool, wait_limit})
                         .second;
  ensure(added, "a request code has one route");
}

void Dispatcher::send_large_bodies_to(RequestCode code, WorkerPool* pool) {
  const auto found = routes_.find(static_cast<std::int32_t>(code));
  ensure(found != routes_.end(), "large bodies are sent elsewhere only of a code with a route");
  found->second.large_body_pool = pool;
}

void Dispatcher::dispatch(const ChannelPtr& channel, RemotingCommand& request, Reply reply,
                          std::chrono::steady_clock::time_point received,
                          RequestBatch* batch) const {
  const auto found = routes_.find(request.code);
  if (found == routes_.end()) {
    reply(ResponseCode::RequestCodeNotSupported,
          " request type " + std::to_string(request.code) + " not supported");
    return;
  }
  const Route& route = found->second;
  WorkerPool* const pool =
      route.pool == inline_on_connection && request.body.size() > inline_body_bytes_max
          ? route.large_body_pool
          : route.pool;
  if (pool == inline_on_connection) {
    // What has no limit does not even ask for the time.
    const auto waited =
        route.wait_limit.limit_ms == nullptr ? std::chrono::nanoseconds(0) : now() - received;
    if (route.wait_limit.is_exceeded_by(waited)) [[unlikely]]
      return refuse_late(reply, request.code, waited, 0);
    run(route.processor, {channel, batch}, request, std::move(reply));
    return;
  }
  const auto job =
      std::make_shared<PooledRequest>(route.processor, channel, request, std::move(reply));
  const auto refuse = [pool](Reply& refused) {
    refused(ResponseCode::SystemBusy,
            "[OVERLOAD]system busy, start flow control for a while: worker pool " + pool->name() +
                " has no room for another request");
  };
  const bool posted = pool->post(
      lane_of(channel), [this, job, &route, pool, received, refuse](WorkerPool::Fate fate) {
        if (fate == WorkerPool::Fate::Refused) return refuse(job->reply);
        const auto waited = now() - received;
        if (route.wait_limit.is_exceeded_by(waited)) {
          return refuse_late(job->reply, job->request.code, waited, pool->queue_size());
        }
        run(job->processor, {job->channel}, job->request, std::move(job->reply));
      });
  if (!posted) refuse(job->reply);
}

}  // namespace rocketmq::remoting
