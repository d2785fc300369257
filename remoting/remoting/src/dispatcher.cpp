#include "rocketmq/remoting/dispatcher.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <exception>
#include <memory>
#include <string>
#include <utility>

#include "rocketmq/common/log_limiter.hpp"
#include "rocketmq/common/shared_log.hpp"
#include "rocketmq/remoting/peer_address.hpp"

namespace rocketmq::remoting {

namespace {

/// Runs a processor; one that throws has lost its Reply by then, which sends SystemError when it
/// is destroyed.
void run(const Processor& processor, const RequestContext& context, RemotingCommand& request,
         Reply reply) {
  static LogLimiter limiter;
  const std::int32_t code = request.code;
  try {
    processor(context, request, std::move(reply));
  } catch (const std::exception& failure) {
    if (const auto held_back = limiter.admit()) {
      remoting_log().error("the processor of request code {} threw: {} (and {} such before)", code,
                           failure.what(), *held_back);
    }
  } catch (...) {
    if (limiter.admit())
      remoting_log().error("the processor of request code {} threw an unknown exception", code);
  }
}

/// A request on its way to a pool. Shared, so that the reply is still at hand when the pool refuses
/// the task.
struct PooledRequest {
  PooledRequest(const Processor& routed_to, ChannelPtr from, const RemotingCommand& original,
                Reply response)
      : processor(routed_to),
        channel(std::move(from)),
        request(original),
        reply(std::move(response)) {
    request.own_body();
  }

  const Processor& processor;
  ChannelPtr channel;
  RemotingCommand request;
  Reply reply;
  CallerPtr caller;
};

void refuse_late(Reply& reply, std::int32_t code, std::chrono::steady_clock::duration waited,
                 std::size_t queue_size) {
  static LogLimiter limiter;
  const Error refusal = waited_too_long(waited, queue_size);
  if (const auto held_back = limiter.admit()) {
    remoting_log().warn("request code {} refused: {} (and {} requests before)", code,
                        refusal.remark, *held_back);
  }
  reply(refusal);
}

/// Requests of one connection wait behind each other, not behind those of others.
std::uint64_t lane_of(const ChannelPtr& channel) {
  return channel == nullptr ? WorkerPool::owners_lane : channel->id();
}

/// For requests that change nothing: one whose connection has ended before its turn is dropped.
Processor while_connected(Processor processor) {
  return [processor = std::move(processor)](const RequestContext& context, RemotingCommand& request,
                                            Reply reply) {
    if (!context.channel->is_open()) return reply.drop();
    processor(context, request, std::move(reply));
  };
}

void refuse_stranger(Reply& reply, const RouteSpec& spec, const Endpoint& peer) {
  static LogLimiter limiter;
  if (const auto held_back = limiter.admit()) {
    remoting_log().warn(
        "request {} ({}) of {} refused: not in adminAllowedAddresses (and {} requests before)",
        spec.name, static_cast<std::int32_t>(spec.code), peer.text(), *held_back);
  }
  reply(ResponseCode::NoPermission,
        "address " + peer.ip_text() +
            " may not change anything here: add it to adminAllowedAddresses of this server, or "
            "turn access control on (aclEnable)");
}

void refuse_body(Reply& reply, const RouteSpec& spec, std::size_t bytes) {
  static LogLimiter limiter;
  const Error refusal{ResponseCode::SystemError,
                      "the body of request " + std::string(spec.name) + " (" +
                          std::to_string(static_cast<std::int32_t>(spec.code)) + ") has " +
                          std::to_string(bytes) + " bytes, more than the limit of " +
                          std::to_string(spec.body_limit.bytes_max)};
  if (const auto held_back = limiter.admit())
    remoting_log().warn("{} (and {} requests before)", refusal.remark, *held_back);
  reply(refusal);
}

const Clock& real_clock() {
  static const SystemClock clock;
  return clock;
}

}  // namespace

WorkerPool* pool_named(std::string_view name, std::initializer_list<WorkerPool*> pools) {
  if (name.empty()) return inline_on_connection;
  for (WorkerPool* pool : pools) {
    if (pool->name() == name) return pool;
  }
  ensure(false, "a row of the table of requests names a pool that exists");
  return nullptr;
}

Error waited_too_long(std::chrono::steady_clock::duration waited, std::size_t queue_size) {
  const auto waited_ms = std::chrono::duration_cast<std::chrono::milliseconds>(waited).count();
  return {ResponseCode::SystemBusy,
          "[TIMEOUT_CLEAN_QUEUE]broker busy, start flow control for a while, period in queue: " +
              std::to_string(waited_ms) + "ms, size of queue: " + std::to_string(queue_size)};
}

Dispatcher::Dispatcher() : Dispatcher(real_clock()) {}

void Dispatcher::add(Route route) {
  const RouteSpec& spec = route.spec;
  ensure(spec.threads.pool.empty() == (route.pool == inline_on_connection),
         "a route has the pool that its row names");
  ensure(spec.body_limit.large_body_pool.empty() || route.large_body_pool != inline_on_connection,
         "a route has the pool for large bodies that its row names");
  if (spec.threads.dropped_with_connection)
    route.processor = while_connected(std::move(route.processor));
  const std::size_t ordinary_max =
      route.large_body_pool == inline_on_connection
          ? spec.body_limit.bytes_max
          : std::min(spec.body_limit.bytes_max, spec.body_limit.inline_bytes_max);
  const bool added = routes_
                         .try_emplace(static_cast<std::int32_t>(spec.code),
                                      Entry{.processor = std::move(route.processor),
                                            .pool = route.pool,
                                            .wait_limit = route.wait_limit,
                                            .ordinary_body_bytes_max = ordinary_max,
                                            .large_body_pool = route.large_body_pool,
                                            .allowed = route.allowed,
                                            .spec = spec})
                         .second;
  ensure(added, "a request code has one route");
}

void Dispatcher::route(RequestCode code, Processor processor, WorkerPool* pool,
                       WaitLimit wait_limit) {
  RouteSpec spec{.code = code};
  if (pool != inline_on_connection) spec.threads = on_pool(pool->name());
  add({.spec = spec, .processor = std::move(processor), .pool = pool, .wait_limit = wait_limit});
}

void Dispatcher::took(const RequestTimes& times, const Endpoint& peer) const {
  if (slow_ == nullptr) return;
  slow_->done(times, now(), peer, [this](std::int32_t code) -> std::string_view {
    const auto found = routes_.find(code);
    return found == routes_.end() ? "" : found->second.spec.name;
  });
}

std::vector<RouteSpec> Dispatcher::specs() const {
  std::vector<RouteSpec> specs;
  specs.reserve(routes_.size());
  for (const auto& [code, entry] : routes_) specs.push_back(entry.spec);
  return specs;
}

void Dispatcher::dispatch(const ChannelPtr& channel, RemotingCommand& request, Reply reply,
                          std::chrono::steady_clock::time_point received, RequestBatch* batch,
                          std::shared_ptr<RequestOrder>* order) const {
  const auto found = routes_.find(request.code);
  if (found == routes_.end()) {
    reply(ResponseCode::RequestCodeNotSupported,
          " request type " + std::to_string(request.code) + " not supported");
    return;
  }
  const Entry& route = found->second;
  if (slow_ != nullptr) {
    const std::uint32_t at = RequestTimes::unit_of(received);
    reply.watch({.code = request.code, .received = at, .begun = at});
  }
  if (route.allowed != nullptr && !allows_peer(*route.allowed, *channel)) [[unlikely]]
    return refuse_stranger(reply, route.spec, channel->remote());
  WorkerPool* pool = route.pool;
  if (request.body.size() > route.ordinary_body_bytes_max) [[unlikely]] {
    if (request.body.size() > route.spec.body_limit.bytes_max)
      return refuse_body(reply, route.spec, request.body.size());
    pool = route.large_body_pool;
    if (route.spec.body_limit.keeps_order && order != nullptr && *order == nullptr)
      *order = std::make_shared<RequestOrder>();
  } else if (order != nullptr && *order != nullptr && (*order)->is_busy() &&
             route.spec.body_limit.keeps_order) [[unlikely]] {
    pool = route.large_body_pool;
  }
  CallerPtr caller;
  bool is_judged_later = false;
  if (guard_ != nullptr) [[unlikely]] {
    is_judged_later = pool != inline_on_connection && request.body.size() > judged_inline_bytes_max;
    if (!is_judged_later) {
      auto admitted = guard_->admit(route.spec, request, channel->remote());
      if (!admitted) return reply(admitted.error());
      caller = *std::move(admitted);
    }
  }
  if (pool == inline_on_connection) {
    // What has no limit does not even ask for the time.
    const auto waited =
        route.wait_limit.limit_ms == nullptr ? std::chrono::nanoseconds(0) : now() - received;
    reply.begin(received + waited);
    if (route.wait_limit.is_exceeded_by(waited)) [[unlikely]]
      return refuse_late(reply, request.code, waited, 0);
    run(route.processor, {channel, batch, std::move(caller)}, request, std::move(reply));
    return;
  }
  const auto job =
      std::make_shared<PooledRequest>(route.processor, channel, request, std::move(reply));
  job->caller = std::move(caller);
  const auto refuse = [pool](Reply& refused) {
    refused(ResponseCode::SystemBusy,
            "[OVERLOAD]system busy, start flow control for a while: worker pool " + pool->name() +
                " has no room for another request");
  };
  WorkerPool::Task task = [this, job, &route, pool, received, refuse,
                           is_judged_later](WorkerPool::Fate fate) {
    if (fate == WorkerPool::Fate::Refused) return refuse(job->reply);
    const auto waited = now() - received;
    job->reply.begin(received + waited);
    if (route.wait_limit.is_exceeded_by(waited))
      return refuse_late(job->reply, job->request.code, waited, pool->queue_size());
    if (is_judged_later) {
      auto admitted = guard_->admit(route.spec, job->request, job->channel->remote());
      if (!admitted) return job->reply(admitted.error());
      job->caller = *std::move(admitted);
    }
    run(job->processor, {job->channel, nullptr, std::move(job->caller)}, job->request,
        std::move(job->reply));
  };
  if (route.spec.body_limit.keeps_order && order != nullptr && *order != nullptr) {
    (*order)->post(*pool, lane_of(channel), std::move(task));
  } else if (!pool->post(lane_of(channel), std::move(task))) {
    refuse(job->reply);
  }
}

}  // namespace rocketmq::remoting
