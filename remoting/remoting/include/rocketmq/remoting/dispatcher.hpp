#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <initializer_list>
#include <memory>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "rocketmq/common/address_list.hpp"
#include "rocketmq/common/clock.hpp"
#include "rocketmq/common/worker_pool.hpp"
#include "rocketmq/net/request_batch.hpp"
#include "rocketmq/protocol/remoting_command.hpp"
#include "rocketmq/remoting/access_guard.hpp"
#include "rocketmq/remoting/channel.hpp"
#include "rocketmq/remoting/reply.hpp"
#include "rocketmq/remoting/request_order.hpp"
#include "rocketmq/remoting/route_spec.hpp"
#include "rocketmq/remoting/slow_requests.hpp"
#include "rocketmq/remoting/wait_limit.hpp"

namespace rocketmq::remoting {

using net::BatchReactor;
using net::RequestBatch;

/// What a processor knows of where a request came from. Valid during the call; keep a copy of
/// `channel` to use it later.
struct RequestContext {
  const ChannelPtr& channel;
  /// Of the reactor that runs the processor; null on a pool's thread, and where there is none.
  RequestBatch* batch = nullptr;
  /// Who sent the request; null without access control.
  CallerPtr caller = nullptr;
};

/// Handles one request and responds through `reply`, immediately or later. `request` and its body
/// are valid during the call. Must not throw; must not block unless it is routed to a pool.
using Processor = std::function<void(const RequestContext&, RemotingCommand& request, Reply reply)>;

/// Runs the processor on the connection's own thread: for work at memory speed.
inline constexpr WorkerPool* inline_on_connection = nullptr;

/// The pool that a row names: one of `pools`, or inline_on_connection for the empty name. Another
/// name is our bug.
WorkerPool* pool_named(std::string_view name, std::initializer_list<WorkerPool*> pools);

/// A row of the table of requests, with the objects of this process that it names. All must outlive
/// the dispatcher.
struct Route {
  RouteSpec spec;
  Processor processor;
  /// The pool that `spec.threads` names.
  WorkerPool* pool = inline_on_connection;
  /// The pool that `spec.body_limit` names.
  WorkerPool* large_body_pool = inline_on_connection;
  /// The settings behind `spec.wait_limit_key`.
  WaitLimit wait_limit;
  /// The peers whose requests are processed; null: all. 127.0.0.1 stands for all addresses of this
  /// machine.
  const AddressList* allowed = nullptr;
};

/// Request code → route: the whole remote surface of a daemon. Filled before the server starts,
/// unchanged afterwards, so that dispatch() needs no lock.
class Dispatcher {
 public:
  Dispatcher();
  /// `clock` measures how long requests have waited; it must outlive the dispatcher.
  explicit Dispatcher(const Clock& clock) : clock_(clock) {}

  /// Two routes for one code are our bug, and so is a route that lacks a pool that its row names.
  void add(Route route);
  /// A route without limits, for requests that have no row.
  void route(RequestCode code, Processor processor, WorkerPool* pool, WaitLimit wait_limit = {});
  bool has_route(RequestCode code) const {
    return routes_.contains(static_cast<std::int32_t>(code));
  }
  /// The rows of all routes, in no order.
  std::vector<RouteSpec> specs() const;

  /// Has every request watched from now on; `slow` must outlive the dispatcher.
  void watch(SlowRequests& slow) { slow_ = &slow; }
  /// Has every request judged before it is processed; `guard` must outlive the dispatcher. Set
  /// before the server starts.
  void guard(const AccessGuard& guard) { guard_ = &guard; }
  /// A larger body of a request for a pool is judged there: reading it takes long.
  static constexpr std::size_t judged_inline_bytes_max = 64 * 1024;

  /// What a connection passes on of the requests that are watched. Any thread.
  void took(const RequestTimes& times, const Endpoint& peer) const;

  /// What a connection gives as `received`: some milliseconds late at most. Any thread.
  std::chrono::steady_clock::time_point now() const { return clock_.coarse_steady_now(); }

  /// Called by a connection on its thread. Replies with RequestCodeNotSupported for a code without
  /// a route, with NoPermission for a peer that is not allowed, with SystemError for a body above
  /// its limit, with the guard's refusal, and with SystemBusy when the pool is full, or when the
  /// request has waited longer than its limit: its peer has given up, or has found another way. An
  /// exception from a processor becomes SystemError. A request for a pool is copied with its body,
  /// and waits in the lane of its connection. `received` is when the request began to wait, by
  /// now(); `batch` is the calling reactor's; `order` is the connection's, and is made when it is
  /// needed.
  void dispatch(const ChannelPtr& channel, RemotingCommand& request, Reply reply,
                std::chrono::steady_clock::time_point received, RequestBatch* batch = nullptr,
                std::shared_ptr<RequestOrder>* order = nullptr) const;

 private:
  struct Entry {
    Processor processor;
    WorkerPool* pool = inline_on_connection;
    WaitLimit wait_limit;
    /// A body above this is refused, or goes to another pool.
    std::size_t ordinary_body_bytes_max = 0;
    WorkerPool* large_body_pool = inline_on_connection;
    const AddressList* allowed = nullptr;
    RouteSpec spec;
  };
  const Clock& clock_;
  SlowRequests* slow_ = nullptr;
  const AccessGuard* guard_ = nullptr;
  std::unordered_map<std::int32_t, Entry> routes_;
};

}  // namespace rocketmq::remoting
