#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "rocketmq/common/result.hpp"
#include "rocketmq/net/net_threads.hpp"
#include "rocketmq/net/tls_context.hpp"
#include "rocketmq/protocol/header.hpp"
#include "rocketmq/protocol/remoting_command.hpp"
#include "rocketmq/remoting/channel.hpp"
#include "rocketmq/remoting/dispatcher.hpp"

namespace rocketmq::remoting {

using net::NetThreads;
using net::NetThreadsOptions;

struct ClientOptions {
  std::size_t net_threads = 1;
  std::string thread_name_prefix = "net-client";
  std::chrono::milliseconds connect_timeout{3'000};
  /// A connection without a byte in either direction for so long is closed; 0 never.
  std::chrono::milliseconds idle_timeout{120'000};
  std::size_t frame_bytes_max = remoting::frame_bytes_max;
  /// Requests under way over all connections; more end with TooManyRequests.
  std::size_t in_flight_max = 65'535;
  /// How headers of our requests are written; decoding takes both.
  SerializeType serialize_type = SerializeType::Json;
  std::size_t output_bytes_max = 256 * 1024 * 1024;
  /// Connections are encrypted where it is set; loaded, for a client's side.
  std::shared_ptr<const net::TlsCredentials> tls;
  /// Called with each request just before it is encoded, which may add fields to it: a signature.
  /// Any thread. Must not throw.
  std::function<void(RemotingCommand& request)> before_request;
  /// Called on an I/O thread after it has run some callbacks, before it waits again: what several
  /// of them have brought can be handed to other threads together. Must not throw.
  std::function<void()> callbacks_ran;
};

/// Asks servers: one connection per address, made at the first request and again after it was lost.
///
/// Every call is safe on any thread. Callbacks run on an I/O thread named "<prefix>-<k>" and must
/// not block it. Requests that the server sends on these connections go to the dispatcher, if one
/// is given.
class Client {
 public:
  explicit Client(ClientOptions options, const Dispatcher* dispatcher = nullptr);
  /// On a thread that it shares with other clients, which must live as long; of the options,
  /// net_threads, thread_name_prefix and callbacks_ran are those of `threads` then.
  Client(ClientOptions options, const Dispatcher* dispatcher, NetThreads& threads);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  /// Called on an I/O thread when a connection to `address` has been made. Set before the first
  /// request.
  void on_connection_established(std::function<void(const std::string& address)> handler);
  /// Called on an I/O thread when a connection to `address` is lost or was closed. Set before the
  /// first request.
  void on_connection_closed(std::function<void(const std::string& address)> handler);

  /// Sends `request` to "host:port" and calls `done` exactly once: with the response, or with
  /// ConnectFailed, SendFailed, RequestTimeout, TooManyRequests or ShutDown. The time-out covers
  /// connecting as well.
  void invoke_async(const std::string& address, RemotingCommand request,
                    std::chrono::milliseconds timeout, ResponseCallback done);
  /// The same. `request` has been encoded when this returns, its body may be a view, and its memory
  /// can be used for the next one. Unless `wait_over_bytes` is 0, a thread that does no I/O waits
  /// first, within the time-out, while more than that is to be sent on the connection.
  void invoke_async_reusing(const std::string& address, RemotingCommand& request,
                            std::chrono::milliseconds timeout, ResponseCallback done,
                            std::size_t wait_over_bytes = 0);
  /// Waits for the response; its body is owned. Never call it on an I/O thread (an invariant
  /// checks).
  Result<RemotingCommand> invoke(const std::string& address, RemotingCommand request,
                                 std::chrono::milliseconds timeout);
  /// Sends, and gets no response; connects first if needed. `failed` is called if it could not be
  /// handed to the socket.
  void invoke_oneway(const std::string& address, RemotingCommand request,
                     std::chrono::milliseconds timeout,
                     UniqueFunction<void(Error)> failed = nullptr);

  /// Waits for a response that says Success, and returns it; any other code becomes the Error.
  Result<RemotingCommand> call(const std::string& address, RemotingCommand request,
                               std::chrono::milliseconds timeout);

  /// Closes the connection to `address`, if there is one.
  void close(const std::string& address);
  /// Whether the calling thread is one of this client's I/O threads.
  bool runs_this_thread() const;
  bool is_connected(const std::string& address) const;
  /// Closes everything; requests under way get ShutDown; joins the threads, or returns when nothing
  /// of this client runs on the shared one any more. Idempotent; not on an I/O thread. Requests
  /// made afterwards get ShutDown before the call returns, on the caller's thread.
  void shutdown();
  /// After shutdown(), on a shared thread: returns when the callbacks of requests that were refused
  /// meanwhile have run. Not on an I/O thread.
  void settle();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace rocketmq::remoting
