// How a connection begins and ends.
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <spdlog/spdlog.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <exception>
#include <utility>

#include "connection.hpp"
#include "rocketmq/common/log_limiter.hpp"
#include "rocketmq/common/shared_log.hpp"

namespace rocketmq::remoting {

namespace {

std::atomic<std::uint64_t> next_id{1};

}  // namespace

Endpoint to_endpoint(const asio::ip::tcp::endpoint& from) {
  Endpoint endpoint;
  endpoint.port = from.port();
  asio::ip::address address = from.address();
  if (address.is_v6() && address.to_v6().is_v4_mapped()) {
    address = asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6());
  }
  if (address.is_v4()) {
    const auto bytes = address.to_v4().to_bytes();
    std::copy(bytes.begin(), bytes.end(), endpoint.ip.begin());
    endpoint.ip_bytes = 4;
  } else {
    const auto bytes = address.to_v6().to_bytes();
    std::copy(bytes.begin(), bytes.end(), endpoint.ip.begin());
    endpoint.ip_bytes = 16;
  }
  return endpoint;
}

namespace {

asio::ip::tcp protocol_of(int descriptor) {
  sockaddr_storage bound{};
  socklen_t size = sizeof bound;
  ::getsockname(descriptor, reinterpret_cast<sockaddr*>(&bound), &size);
  return bound.ss_family == AF_INET6 ? asio::ip::tcp::v6() : asio::ip::tcp::v4();
}

}  // namespace

Connection::Connection(std::shared_ptr<Reactor> reactor, std::shared_ptr<ConnectionContext> context,
                       std::string address)
    : id_(next_id.fetch_add(1, std::memory_order_relaxed)),
      reactor_(std::move(reactor)),
      context_(std::move(context)),
      address_(std::move(address)),
      left_output_(context_->frame_bytes_max),
      output_(context_->frame_bytes_max) {}

Connection::~Connection() {
  if (admission_) context_->limits->leave(*admission_);  // it never began
}

// --- beginning
// ----------------------------------------------------------------------------------------------------

void Connection::adopt(int descriptor) {
  ensure(!std::exchange(has_begun_, true), "a connection begins once");
  if (reactor_->is_stopping()) {
    ::close(descriptor);
    return close_now(Error{ResponseCode::ShutDown, "shut down"});
  }
  error_code failure;
  socket_.emplace(reactor_->context());
  socket_->assign(protocol_of(descriptor), descriptor, failure);
  if (failure) {
    ::close(descriptor);
    return close_now(connect_error(failure.message()));
  }
  guarded([this] {
    reactor_->add(shared_from_this());
    is_added_ = true;
    established();
  });
}

void Connection::connect(const std::string& host, std::uint16_t port,
                         std::chrono::milliseconds timeout) {
  // Twice in the reactor's table, it would leave it once, and the reactor would never end.
  ensure(!std::exchange(has_begun_, true), "a connection begins once");
  try {
    begin_connect(host, port, timeout);
  } catch (const std::exception& failure) {  // no thread to resolve the name, say
    close_now(connect_error(failure.what()));
  }
}

void Connection::begin_connect(const std::string& host, std::uint16_t port,
                               std::chrono::milliseconds timeout) {
  const Reactor::Turn turn(*reactor_);
  if (reactor_->is_stopping()) return close_now(Error{ResponseCode::ShutDown, "shut down"});
  socket_.emplace(reactor_->context());
  reactor_->add(shared_from_this());
  is_added_ = true;
  connect_deadline_ = reactor_->deadlines().add(reactor_->now() + timeout, *this, connect_token);
  error_code not_literal;
  const asio::ip::address literal = asio::ip::make_address(host, not_literal);
  if (!not_literal) {
    return resolved(
        {}, TcpResolver::results_type::create(asio::ip::tcp::endpoint(literal, port), host, ""));
  }
  resolver_ = std::make_unique<TcpResolver>(reactor_->context());
  // Weak: looking up a name may take long and must not keep the connection, or the reactor, from
  // ending.
  resolver_->async_resolve(
      host, std::to_string(port), asio::ip::resolver_base::numeric_service,
      [weak = weak_from_this()](error_code failure, TcpResolver::results_type found) {
        const auto self = weak.lock();
        if (self != nullptr) self->guarded([&] { self->resolved(failure, found); });
      });
}

void Connection::resolved(const error_code& failure, const TcpResolver::results_type& found) {
  const Reactor::Turn turn(*reactor_);
  if (is_closed_) return;
  if (failure) return close_now(connect_error("cannot resolve the name: " + failure.message()));
  asio::async_connect(
      *socket_, found,
      [self = shared_from_this()](error_code refused, const asio::ip::tcp::endpoint&) {
        if (self->is_closed_) return;
        self->guarded([&] {
          const Reactor::Turn connected(*self->reactor_);
          if (refused) return self->close_now(self->connect_error(refused.message()));
          self->established();
        });
      });
}

void Connection::established() {
  error_code failure;
  set_socket_options();
  remote_ = to_endpoint(socket_->remote_endpoint(failure));
  if (failure) return close_now(connect_error(failure.message()));  // gone again already
  local_ = to_endpoint(socket_->local_endpoint(failure));
  if (address_.empty()) address_ = remote_.text();
  if (connect_deadline_)
    reactor_->deadlines().remove(*std::exchange(connect_deadline_, std::nullopt));
  resolver_.reset();
  is_established_.store(true, std::memory_order_release);
  if (has_left_by_others_.load(std::memory_order_acquire)) fetch_left_by_others();
  forget_waiting_oneways();
  last_active_ = reactor_->now();
  flush();
  if (is_closed_) return;
  wait_readable();
  tell_established();
}

void Connection::tell_established() {
  if (!context_->established) return;
  try {
    context_->established(*this);
  } catch (const std::exception& failure) {
    shared_log().error("{}: the handler of new connections threw: {}", context_->name,
                       failure.what());
  }
}

void Connection::set_socket_options() {
  error_code ignored;  // a connection works without them
  socket_->non_blocking(true, ignored);
  ::fcntl(socket_->native_handle(), F_SETFD,
          FD_CLOEXEC);  // Asio leaves it to the children we start
  socket_->set_option(asio::ip::tcp::no_delay(true), ignored);
  if (context_->socket_send_buffer_bytes > 0) {
    socket_->set_option(asio::socket_base::send_buffer_size(context_->socket_send_buffer_bytes),
                        ignored);
  }
  if (context_->socket_receive_buffer_bytes > 0) {
    socket_->set_option(
        asio::socket_base::receive_buffer_size(context_->socket_receive_buffer_bytes), ignored);
  }
}

void Connection::on_connect_timeout() { close_now(connect_error("no answer in time")); }

Error Connection::connect_error(const std::string& reason) const {
  return Error{ResponseCode::ConnectFailed, "cannot connect to " + address_ + ": " + reason};
}

// --- end
// ----------------------------------------------------------------------------------------------------------

void Connection::close(std::string reason) {
  request_close(
      Error{ResponseCode::SendFailed, "connection to " + address_ + " closed: " + reason});
}

/// Closing runs the owner's handler and callbacks, which must not happen under the feet of whoever
/// asks for it: it is always left to a later turn.
void Connection::request_close(Error error) {
  {
    const std::lock_guard lock(mutex_);
    if (refuses_) return;
    refuses_ = true;
    close_request_ = std::move(error);
    is_open_.store(false, std::memory_order_release);
  }
  reactor_->wake(shared_from_this());
}

void Connection::wind_down(const Error& error) {
  if (is_closed_ || is_winding_down_) return;
  {
    const std::lock_guard lock(mutex_);
    refuses_ = true;
    is_open_.store(false, std::memory_order_release);
  }
  is_winding_down_ = true;
  wake_output_waiters();
  fail_pending(error);
  if (!was_established()) return close_now(error);
  flush();
}

void Connection::close_now(const Error& error) {
  if (is_closed_) return;
  is_closed_ = true;
  shared_log().debug("{}: connection {} to {} ends: {}", context_->name, id_, address_,
                     error.remark);
  const std::shared_ptr<Connection> self = shared_from_this();
  OutputQueue dropped(context_->frame_bytes_max);
  {
    const std::lock_guard lock(mutex_);
    refuses_ = true;
    is_open_.store(false, std::memory_order_release);
    std::swap(dropped, left_output_);
  }
  wake_output_waiters();
  if (connect_deadline_)
    reactor_->deadlines().remove(*std::exchange(connect_deadline_, std::nullopt));
  if (resolver_) resolver_->cancel();
  if (socket_) {
    // Closed but not destroyed: handlers that are still to come refer to it.
    error_code ignored;
    socket_->close(ignored);
  }
  output_.clear(reactor_->buffers());
  input_.release();
  count_buffers();
  if (admission_) context_->limits->leave(*admission_);
  fail_pending(error);
  if (is_added_) reactor_->remove(*this);
  if (!context_->closed) return;
  try {
    context_->closed(self);
  } catch (const std::exception& failure) {
    shared_log().error("{}: the handler of closed connections threw: {}", context_->name,
                       failure.what());
  }
}

void Connection::close_if_idle(SteadyTime now) {
  if (is_closed_ || !was_established() || now - last_active_ < context_->idle_timeout) return;
  close_now(Error{ResponseCode::SendFailed, "connection to " + address_ + " closed: idle for " +
                                                std::to_string(context_->idle_timeout.count()) +
                                                " ms"});
}

void Connection::close_for_buffers() {
  static LogLimiter limiter;
  if (const auto held_back = limiter.admit()) {
    shared_log().warn(
        "{}: closing the connection to {}: it holds {} bytes of unread responses and unfinished "
        "requests, and all connections together more than {} bytes (and {} such before)",
        context_->name, address_, counted_bytes_, context_->limits->options().buffer_bytes_max,
        *held_back);
  }
  close_now(
      Error{ResponseCode::SendFailed,
            "connection to " + address_ + " closed: the buffers of all connections are full"});
}

Error Connection::lost(std::string_view reason) const {
  return {ResponseCode::SendFailed, "connection to " + address_ + " lost: " + std::string(reason)};
}

void Connection::warn_and_close(const Error& error) {
  static LogLimiter limiter;
  if (const auto held_back = limiter.admit()) {
    shared_log().warn("{}: closing the connection to {}: {} (and {} such before)", context_->name,
                      address_, error.remark, *held_back);
  }
  request_close(error);
}

}  // namespace rocketmq::remoting
