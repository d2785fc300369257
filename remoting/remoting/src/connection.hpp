#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "request_table.hpp"
#include "rocketmq/net/session.hpp"
#include "rocketmq/net/tcp_transport.hpp"
#include "rocketmq/remoting/channel.hpp"
#include "rocketmq/remoting/dispatcher.hpp"
#include "rocketmq/remoting/reply.hpp"

namespace rocketmq::remoting {

class Connection;

/// What all connections of one server or client have in common. Shared with them, because replies
/// keep connections.
struct ConnectionContext : net::SessionContext {
  explicit ConnectionContext(std::size_t requests_max = 65'535) : in_flight(requests_max) {}

  net::SocketOptions socket;
  /// Unread hints of one connection; further ones are dropped.
  std::size_t hint_bytes_max = 64 * 1024;
  /// Serves the peer's requests; without one they are not supported.
  const Dispatcher* dispatcher = nullptr;
  /// Called once for every connection, on its reactor, when it has been made.
  std::function<void(const Connection&)> established;
  /// Called once for every connection, on its reactor, after it has closed.
  std::function<void(const std::shared_ptr<Connection>&)> closed;

  InFlight in_flight;
};

/// Calls `done` with `error` on the reactor's thread, or here when that thread has ended.
void fail_later(net::Reactor& reactor, ResponseCallback done, Error error);

/// One connection: a session whose bytes are frames. Requests of the peer go to the dispatcher, and
/// responses to them leave in the form in which the request came; our requests wait in a
/// RequestTable.
///
/// Threads, lifetime and bounds are those of the session; requests under way are bounded by
/// ConnectionContext::in_flight.
class Connection final : public net::Session, public Channel, public ResponseSink {
 public:
  enum class Submitted {
    yes,        ///< `done` will be called
    too_large,  ///< no frame may be so large; `done` was left alone
    closed,     ///< the connection is gone; `done` was left alone
    full,       ///< output is over the limit; `done` was left alone
    too_many,   ///< as many requests under way as allowed; `done` was left alone
  };

  Connection(std::shared_ptr<net::Reactor> reactor, std::shared_ptr<ConnectionContext> context,
             std::string address);

  // Channel
  std::uint64_t id() const override { return id_; }
  const Endpoint& remote() const override { return remote_end(); }
  const Endpoint& local() const override { return local_end(); }
  bool is_open() const override { return Session::is_open(); }
  bool send_oneway(RemotingCommand request) override;
  bool send_hint(RemotingCommand request) override;
  void invoke(RemotingCommand request, std::chrono::milliseconds timeout,
              ResponseCallback done) override;
  void close(std::string reason) override;

  // ResponseSink
  void respond(RemotingCommand& response, Body body) override;
  bool has_peer() const override { return is_open(); }
  void took(const RequestTimes& times) override {
    if (context_->dispatcher != nullptr) context_->dispatcher->took(times, remote_end());
  }

  /// invoke() that says what became of it. Any thread. Unless `wait_over_bytes` is 0, a thread that
  /// is not the reactor's waits first, while more than that is to be sent and time is left.
  Submitted submit(RemotingCommand& request, std::chrono::milliseconds timeout,
                   ResponseCallback& done, std::size_t wait_over_bytes = 0);
  /// A one-way request; `failed` is called if the connection is lost, or `timeout` passes, before
  /// it could be made.
  Submitted submit_oneway(RemotingCommand& request, std::chrono::milliseconds timeout,
                          ResponseCallback& failed);
  /// Why submit() did not take a request.
  Error refusal(Submitted outcome) const;

 private:
  // connection_requests.cpp: our requests
  Submitted submit(RemotingCommand& request, std::chrono::milliseconds timeout,
                   ResponseCallback& done, bool is_oneway, std::size_t wait_over_bytes);
  void on_fetch() override;
  void on_fetched() override;
  void on_link_made() override;
  void on_losing(const Error& error) override;

  // connection.cpp: the peer's requests, and responses
  std::size_t on_bytes(std::string_view bytes) override;
  std::size_t unit_bytes(std::string_view bytes) const override;
  void on_input_waits() override;
  void on_established() override;
  void on_closed() override;
  bool process_frame(std::string_view frame, Result<RemotingCommand>& decoded,
                     const std::shared_ptr<Connection>& self, const ChannelPtr& channel);

  // Constant.
  const std::uint64_t id_;
  const std::shared_ptr<ConnectionContext> context_;

  std::vector<WaitingRequest> left_requests_;  // guarded by the outbox's lock

  // Owned by the reactor's thread.
  RequestTable requests_;
  std::vector<WaitingRequest> fetched_requests_;
  net::SteadyTime requests_wait_since_;  // by the dispatcher's clock
  std::shared_ptr<RequestOrder> order_;  // null: no request has needed it yet
  bool has_spoken_ = false;
};

}  // namespace rocketmq::remoting
