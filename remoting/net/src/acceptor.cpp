#include "rocketmq/net/acceptor.hpp"

#include <fcntl.h>
#include <spdlog/spdlog.h>
#include <sys/socket.h>

#include <cerrno>
#include <exception>
#include <system_error>
#include <utility>

#include "reactor_io.hpp"
#include "rocketmq/common/endpoint.hpp"
#include "rocketmq/common/log_limiter.hpp"
#include "rocketmq/common/shared_log.hpp"
#include "tcp_endpoint.hpp"

namespace rocketmq::net {

namespace {

/// How long nothing is accepted after the system had no descriptor or memory for a new connection.
constexpr std::chrono::milliseconds pause_after_shortage{100};
/// Connections accepted in a row before the reactor's other work gets its turn.
constexpr int accepts_per_turn_max = 256;

/// Failures that belong to the one connection that was being accepted.
bool concerns_one_peer(int code) {
  switch (code) {
    case EINTR:
    case ECONNABORTED:
    case EPROTO:
    case EPERM:
    case ENETDOWN:
    case ENOPROTOOPT:
    case EHOSTDOWN:
    case ENONET:
    case EHOSTUNREACH:
    case EOPNOTSUPP:
    case ENETUNREACH: return true;
    default: return false;
  }
}

}  // namespace

struct Acceptor::Io {
  explicit Io(Reactor& reactor) : socket(reactor.io().context), pause_timer(reactor.io().context) {}

  TcpAcceptor socket;
  SteadyTimer pause_timer;
};

Acceptor::Acceptor(std::string name, std::shared_ptr<Reactor> reactor, Accepted accepted)
    : name_(std::move(name)),
      reactor_(std::move(reactor)),
      accepted_(std::move(accepted)),
      io_(std::make_unique<Io>(*reactor_)) {}

Acceptor::~Acceptor() = default;

Result<void> Acceptor::bind(const std::string& address, std::uint16_t port, int backlog) {
  const auto fail = [&](const std::string& what, const error_code& failure) {
    return Error{ResponseCode::SystemError, name_ + " cannot " + what + " " + address + ":" +
                                                std::to_string(port) + ": " + failure.message()};
  };
  error_code failure;
  asio::ip::address literal = asio::ip::make_address(address, failure);
  if (failure) {
    const auto resolved = resolve_host(address, port);
    if (!resolved)
      return Error{ResponseCode::SystemError,
                   name_ + " cannot listen on " + address + ": " + resolved.error().remark};
    literal = asio::ip::make_address(resolved->ip_text());
  }
  const asio::ip::tcp::endpoint endpoint(literal, port);
  io_->socket.open(endpoint.protocol(), failure);
  if (failure) return fail("open a socket for", failure);
  ::fcntl(io_->socket.native_handle(), F_SETFD,
          FD_CLOEXEC);  // a child we start must not keep the port
  io_->socket.set_option(asio::socket_base::reuse_address(true), failure);
  if (!failure) io_->socket.non_blocking(true, failure);
  if (failure) return fail("prepare a socket for", failure);
  io_->socket.bind(endpoint, failure);
  if (failure) return fail("bind", failure);
  io_->socket.listen(backlog, failure);
  if (failure) return fail("listen on", failure);
  const auto bound = io_->socket.local_endpoint(failure);
  if (failure) return fail("find out the port of", failure);
  port_ = bound.port();
  return {};
}

void Acceptor::start() { wait(); }

void Acceptor::stop() {
  error_code ignored;
  io_->socket.close(ignored);
  io_->pause_timer.cancel();
}

void Acceptor::wait() {
  io_->socket.async_wait(TcpAcceptor::wait_read, [self = shared_from_this()](error_code) {
    if (!self->io_->socket.is_open()) return;
    const Reactor::Turn turn(*self->reactor_);
    try {
      self->accept_all();
    } catch (const std::exception& failure) {
      remoting_log().error("{}: a new connection is dropped: {}", self->name_, failure.what());
      self->pause();
    }
  });
}

void Acceptor::accept_all() {
  for (int accepts = 0; accepts < accepts_per_turn_max; ++accepts) {
    asio::ip::tcp::endpoint peer;
    auto peer_bytes = static_cast<socklen_t>(peer.capacity());
    const int descriptor = ::accept4(io_->socket.native_handle(), peer.data(), &peer_bytes,
                                     SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (descriptor >= 0) {
      accepted_(descriptor, to_endpoint(peer));
      continue;
    }
    const int code = errno;
    if (code == EAGAIN || code == EWOULDBLOCK) break;
    if (concerns_one_peer(code)) continue;
    static LogLimiter limiter;
    if (const auto held_back = limiter.admit()) {
      remoting_log().error("{}: cannot accept connections at the moment: {} (and {} such before)",
                           name_, std::generic_category().message(code), *held_back);
    }
    return pause();
  }
  wait();
}

/// The connection that could not be accepted stays in the backlog and would be reported again
/// immediately, without end.
void Acceptor::pause() {
  io_->pause_timer.expires_after(pause_after_shortage);
  io_->pause_timer.async_wait([self = shared_from_this()](error_code failure) {
    if (failure || !self->io_->socket.is_open()) return;
    self->wait();
  });
}

}  // namespace rocketmq::net
