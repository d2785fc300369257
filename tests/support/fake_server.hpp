#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include "rocketmq/remoting/dispatcher.hpp"
#include "rocketmq/remoting/reply.hpp"
#include "rocketmq/remoting/server.hpp"

namespace rocketmq::test {

/// A server on the loopback whose replies a test gives: a name server, a broker, or both. Handlers
/// run on its I/O thread.
class FakeServer {
 public:
  using Handler = std::function<void(remoting::RemotingCommand& request, remoting::Reply reply)>;

  /// Before start().
  FakeServer& on(remoting::RequestCode code, Handler handler) {
    dispatcher_.route(
        code,
        [handler = std::move(handler)](const remoting::RequestContext&,
                                       remoting::RemotingCommand& request, remoting::Reply reply) {
          handler(request, std::move(reply));
        },
        remoting::inline_on_connection);
    return *this;
  }
  void start(std::uint16_t port = 0) {
    remoting::ServerOptions options;
    options.bind_address = "127.0.0.1";
    options.port = port;
    options.net_threads = 1;
    server_.emplace("fake", options, dispatcher_);
    if (const auto started = server_->start(); !started)
      throw std::runtime_error(started.error().remark);
  }
  /// Closes its connections.
  void stop() { server_.reset(); }
  std::uint16_t port() const { return server_->port(); }
  std::string address() const { return "127.0.0.1:" + std::to_string(port()); }

 private:
  remoting::Dispatcher dispatcher_;
  std::optional<remoting::Server> server_;
};

}  // namespace rocketmq::test
