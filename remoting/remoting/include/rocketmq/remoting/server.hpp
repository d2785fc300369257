#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "rocketmq/common/result.hpp"
#include "rocketmq/common/tls_config.hpp"
#include "rocketmq/common/unique_function.hpp"
#include "rocketmq/net/request_batch.hpp"
#include "rocketmq/net/shared_limits.hpp"
#include "rocketmq/net/tls_context.hpp"
#include "rocketmq/protocol/remoting_command.hpp"
#include "rocketmq/remoting/channel.hpp"
#include "rocketmq/remoting/dispatcher.hpp"

namespace rocketmq::remoting {

using net::SharedLimits;

struct ServerOptions {
  /// "0.0.0.0" for every interface; a literal address.
  std::string bind_address = "0.0.0.0";
  /// 0 takes any free port.
  std::uint16_t port = 0;
  /// Reactors, each a thread named "net-<k>" with its own connections.
  std::size_t net_threads = 2;
  std::string thread_name_prefix = "net";
  int backlog = 1024;
  /// A connection without a byte in either direction for so long is closed; 0 never.
  std::chrono::milliseconds idle_timeout{120'000};
  /// A connection that has sent no whole frame for so long after its beginning is closed; 0 never.
  std::chrono::milliseconds first_request_timeout{60'000};
  std::size_t frame_bytes_max = remoting::frame_bytes_max;
  /// A connection that has this much unsent output is not read from until half of it is gone.
  std::size_t output_bytes_high = 8 * 1024 * 1024;
  /// A connection whose unsent output grows past this is closed: its peer does not read.
  std::size_t output_bytes_max = 64 * 1024 * 1024;
  /// Places and memory for the connections of several servers; without one, a server has its own,
  /// with the defaults.
  std::shared_ptr<SharedLimits> limits;
  /// 0 leaves the system's default.
  int socket_send_buffer_bytes = 0;
  int socket_receive_buffer_bytes = 0;
  /// Where TLS is offered, what new connections use of it.
  std::shared_ptr<const net::TlsCredentials> tls;
  TlsMode tls_mode = TlsMode::Disabled;
  /// Makes the batch of one reactor, in start(); without it there is none.
  std::function<std::unique_ptr<RequestBatch>(BatchReactor&)> make_batch;
};

/// Listens, reads frames, hands requests to a Dispatcher, writes responses.
///
/// Requests of one connection whose processors run inline take effect in the order in which they
/// were sent. A peer's garbage closes that peer's connection and nothing else. Output of one batch
/// leaves in one gathered write.
class Server {
 public:
  /// `dispatcher` must outlive the server. `name` goes into the logs.
  Server(std::string name, ServerOptions options, const Dispatcher& dispatcher);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Called on the connection's reactor after it has closed, for whatever reason. Set before
  /// start().
  void on_channel_closed(std::function<void(const ChannelPtr&)> handler);

  /// Binds, listens, starts the threads. Error: the address cannot be bound (the remark names it
  /// and the reason).
  Result<void> start();
  /// The bound port; after start().
  std::uint16_t port() const;
  /// Stops accepting, closes every connection, joins the threads. Idempotent.
  void stop();
  std::size_t connection_count() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace rocketmq::remoting
