#include "rocketmq/remoting/server.hpp"

#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "connection.hpp"
#include "rocketmq/common/log_limiter.hpp"
#include "rocketmq/common/shared_log.hpp"
#include "rocketmq/net/acceptor.hpp"
#include "rocketmq/net/reactor.hpp"
#include "rocketmq/net/reactor_threads.hpp"
#include "rocketmq/net/tcp_transport.hpp"
#include "rocketmq/net/tls_transport.hpp"

namespace rocketmq::remoting {

namespace {
/// How long responses that are already made may take to leave when the server stops.
constexpr std::chrono::milliseconds stop_grace{200};

/// 0 when there is none.
std::chrono::milliseconds shortest_timeout(const ServerOptions& options) {
  const auto idle = options.idle_timeout;
  const auto first = options.first_request_timeout;
  return idle.count() <= 0 ? first : first.count() <= 0 ? idle : std::min(idle, first);
}

}  // namespace

struct Server::Impl {
  Impl(std::string server_name, ServerOptions server_options, const Dispatcher& dispatcher);

  void accepted(int descriptor, const Endpoint& peer);
  void open(Connection& connection, net::Reactor& reactor, int descriptor) const;
  void make_room(net::PlaceHolder& evicted) const;
  void log_refusal(const Endpoint& peer) const;
  void connection_closed(const std::shared_ptr<Connection>& connection);

  const std::string name;
  const ServerOptions options;
  std::shared_ptr<ConnectionContext> context;
  std::function<void(const ChannelPtr&)> closed_handler;  // set before start()

  std::mutex stop_mutex;  // makes concurrent stop() calls wait for each other
  std::vector<std::shared_ptr<net::Reactor>> reactors;
  /// Where batches may wait for a disk; else each reactor has a thread of its own.
  std::optional<net::ReactorThreads> threads;
  std::shared_ptr<net::Acceptor> acceptor;
  std::uint16_t port = 0;
  std::atomic<std::size_t> connections{0};
  std::size_t next_reactor = 0;  // owned by the acceptor's thread
};

Server::Impl::Impl(std::string server_name, ServerOptions server_options,
                   const Dispatcher& dispatcher)
    : name(std::move(server_name)), options(std::move(server_options)) {
  context = std::make_shared<ConnectionContext>();
  context->name = name;
  context->unit_bytes_max = options.frame_bytes_max;
  context->output_bytes_high = options.output_bytes_high;
  context->output_bytes_max = options.output_bytes_max;
  context->limits = options.limits != nullptr
                        ? options.limits
                        : std::make_shared<SharedLimits>(SharedLimits::Options{});
  context->idle_timeout = options.idle_timeout;
  context->first_unit_timeout = options.first_request_timeout;
  context->socket.send_buffer_bytes = options.socket_send_buffer_bytes;
  context->socket.receive_buffer_bytes = options.socket_receive_buffer_bytes;
  context->dispatcher = &dispatcher;
  context->closed = [this](const std::shared_ptr<Connection>& connection) {
    connection_closed(connection);
  };
}

void Server::Impl::accepted(int descriptor, const Endpoint& peer) {
  connections.fetch_add(1, std::memory_order_relaxed);
  bool is_taken = false;
  try {
    const std::shared_ptr<net::Reactor>& reactor = reactors[next_reactor++ % reactors.size()];
    const auto connection = std::make_shared<Connection>(reactor, context, std::string());
    std::shared_ptr<net::PlaceHolder> evicted;
    if (!context->limits->admit(connection->place_of(peer), std::chrono::steady_clock::now(),
                                evicted)) {
      log_refusal(peer);
    } else {
      if (evicted != nullptr) make_room(*evicted);
      is_taken = reactor->post(
          [this, connection, descriptor, &at = *reactor] { open(*connection, at, descriptor); });
    }
  } catch (...) {
    ::close(descriptor);
    connections.fetch_sub(1, std::memory_order_relaxed);
    throw;
  }
  if (is_taken) return;
  ::close(descriptor);
  connections.fetch_sub(1, std::memory_order_relaxed);
}

void Server::Impl::open(Connection& connection, net::Reactor& reactor, int descriptor) const {
  auto link = net::accepted_tcp(reactor, descriptor, context->socket);
  if (options.tls != nullptr && options.tls_mode != TlsMode::Disabled)
    link = net::accepted_with_tls(reactor, std::move(link), options.tls_mode, options.tls);
  connection.open(std::move(link));
}

void Server::Impl::make_room(net::PlaceHolder& evicted) const {
  static LogLimiter limiter;
  if (const auto held_back = limiter.admit()) {
    remoting_log().warn(
        "{}: closing a connection to make room, {} are open already (and {} such before)", name,
        context->limits->options().connections_max, *held_back);
  }
  evicted.place_lost();
}

void Server::Impl::log_refusal(const Endpoint& peer) const {
  static LogLimiter limiter;
  if (const auto held_back = limiter.admit()) {
    remoting_log().warn(
        "{}: refusing a connection from {}, {} are open already (and {} such before)", name,
        peer.text(), context->limits->options().connections_max, *held_back);
  }
}

void Server::Impl::connection_closed(const std::shared_ptr<Connection>& connection) {
  connections.fetch_sub(1, std::memory_order_relaxed);
  if (closed_handler && connection->was_established()) closed_handler(connection);
}

Server::Server(std::string name, ServerOptions options, const Dispatcher& dispatcher)
    : impl_(std::make_unique<Impl>(std::move(name), std::move(options), dispatcher)) {}

Server::~Server() { stop(); }

void Server::on_channel_closed(std::function<void(const ChannelPtr&)> handler) {
  impl_->closed_handler = std::move(handler);
}

Result<void> Server::start() {
  ensure(impl_->reactors.empty(), "a server is started once");
  for (std::size_t k = 0; k < std::max<std::size_t>(1, impl_->options.net_threads); ++k) {
    impl_->reactors.push_back(std::make_shared<net::Reactor>(impl_->options.thread_name_prefix +
                                                             "-" + std::to_string(k)));
    const std::shared_ptr<net::Reactor>& reactor = impl_->reactors.back();
    if (impl_->options.make_batch) reactor->use_batch(impl_->options.make_batch(*reactor));
  }
  const std::shared_ptr<net::Reactor> accepting = impl_->reactors.front();
  impl_->acceptor = std::make_shared<net::Acceptor>(
      impl_->name, accepting, [impl = impl_.get()](int descriptor, const Endpoint& peer) {
        impl->accepted(descriptor, peer);
      });
  const auto bound = impl_->acceptor->bind(impl_->options.bind_address, impl_->options.port,
                                           impl_->options.backlog);
  if (!bound) {
    impl_->acceptor.reset();
    impl_->reactors.clear();
    return bound.error();
  }
  impl_->port = impl_->acceptor->port();
  for (const std::shared_ptr<net::Reactor>& reactor : impl_->reactors) {
    reactor->scan_idle_every(net::idle_scan_period(shortest_timeout(impl_->options)));
    impl_->context->limits->watch(reactor);
    if (!impl_->options.make_batch) reactor->start();
  }
  if (impl_->options.make_batch) {
    impl_->threads.emplace(impl_->options.thread_name_prefix, impl_->reactors);
    impl_->threads->start();
  }
  accepting->post([acceptor = impl_->acceptor] { acceptor->start(); });
  remoting_log().info("{} listens on {}:{} with {} threads", impl_->name,
                      impl_->options.bind_address, impl_->port, impl_->reactors.size());
  return {};
}

std::uint16_t Server::port() const { return impl_->port; }

void Server::stop() {
  const std::lock_guard lock(impl_->stop_mutex);
  if (impl_->acceptor == nullptr) return;
  impl_->reactors.front()->post([acceptor = std::move(impl_->acceptor)] { acceptor->stop(); });
  for (const std::shared_ptr<net::Reactor>& reactor : impl_->reactors) {
    reactor->stop(Error{ResponseCode::ShutDown, impl_->name + " is stopping"}, stop_grace);
  }
  for (const std::shared_ptr<net::Reactor>& reactor : impl_->reactors) reactor->join();
  if (impl_->threads) impl_->threads->join();
}

std::size_t Server::connection_count() const {
  return impl_->connections.load(std::memory_order_relaxed);
}

}  // namespace rocketmq::remoting
