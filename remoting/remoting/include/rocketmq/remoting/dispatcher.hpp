#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <unordered_map>

#include "rocketmq/common/clock.hpp"
#include "rocketmq/net/request_batch.hpp"
#include "rocketmq/protocol/remoting_command.hpp"
#include "rocketmq/remoting/channel.hpp"
#include "rocketmq/remoting/reply.hpp"
#include "rocketmq/remoting/wait_limit.hpp"
#include "rocketmq/remoting/worker_pool.hpp"

namespace rocketmq::remoting {

/// What a processor knows of where a request came from. Valid during the call; keep a copy of
/// `channel` to use it later.
struct RequestContext {
  const ChannelPtr& channel;
  /// Of the reactor that runs the processor; null on a pool's thread, and where there is none.
  RequestBatch* batch = nullptr;
};

/// Answers one request, through `reply`, at once or later. `request` and its body are valid during
/// the call. Must not throw; must not block unless it is routed to a pool.
using Processor = std::function<void(const RequestContext&, RemotingCommand& request, Reply reply)>;

/// For processors that change nothing: a request whose connection has ended before its turn came is
/// left.
Processor while_connected(Processor processor);

/// Runs the processor on the connection's own thread: for work at memory speed.
inline constexpr WorkerPool* inline_on_connection = nullptr;

/// The largest body that is read on a connection's own thread where a route names a pool for larger
/// ones.
inline constexpr std::size_t inline_body_bytes_max = 64 * 1024;

/// Request code → processor and where it runs: the whole remote surface of a daemon. Filled before
/// the server starts, unchanged afterwards, so that dispatch() needs no lock.
class Dispatcher {
 public:
  Dispatcher();
  /// `clock` tells how long requests have waited; it must outlive the dispatcher.
  explicit Dispatcher(const Clock& clock) : clock_(clock) {}

  /// `pool` must outlive the dispatcher. Two routes for one code are a mistake of ours. A request
  /// that has waited longer than `wait_limit` allows, for its turn on the connection's thread or
  /// for a thread of the pool, is answered SystemBusy instead of being processed: its peer has
  /// given up, or has found another way.
  void route(RequestCode code, Processor processor, WorkerPool* pool, WaitLimit wait_limit = {});
  /// Requests of this code that are inline on their connection go to `pool` when their body has
  /// more than inline_body_bytes_max bytes: reading it takes longer than the connections of a
  /// reactor should wait. For codes whose requests may overtake each other. `pool` must outlive the
  /// dispatcher; the code has a route.
  void send_large_bodies_to(RequestCode code, WorkerPool* pool);
  bool has_route(RequestCode code) const {
    return routes_.contains(static_cast<std::int32_t>(code));
  }

  /// What a connection gives as `received`: some milliseconds late at most. Any thread.
  std::chrono::steady_clock::time_point now() const { return clock_.coarse_steady_now(); }

  /// Called by a connection on its thread. Answers RequestCodeNotSupported for a code without a
  /// route and SystemBusy when the pool is full; an exception from a processor becomes SystemError.
  /// A request for a pool is copied with its body, and waits in the lane of its connection.
  /// `received` is when the request began to wait, by now(); `batch` is the calling reactor's.
  void dispatch(const ChannelPtr& channel, RemotingCommand& request, Reply reply,
                std::chrono::steady_clock::time_point received,
                RequestBatch* batch = nullptr) const;

 private:
  struct Route {
    Processor processor;
    WorkerPool* pool;
    WaitLimit wait_limit;
    WorkerPool* large_body_pool = inline_on_connection;
  };
  const Clock& clock_;
  std::unordered_map<std::int32_t, Route> routes_;
};

}  // namespace rocketmq::remoting
