#pragma once

#include "asio.hpp"
#include "rocketmq/net/reactor.hpp"

namespace rocketmq::net {

/// What a reactor has of Asio; for this folder's sources only.
struct Reactor::Io {
  Io()
      : context(1),
        work(context.get_executor()),
        deadline_timer(context.get_executor()),
        scan_timer(context.get_executor()),
        grace_timer(context.get_executor()) {}

  asio::io_context context;
  asio::executor_work_guard<asio::io_context::executor_type> work;
  // Owned by the reactor's thread.
  SteadyTimer deadline_timer;
  SteadyTimer scan_timer;
  SteadyTimer grace_timer;
};

}  // namespace rocketmq::net
