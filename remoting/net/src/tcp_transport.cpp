#include "rocketmq/net/tcp_transport.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "reactor_io.hpp"
#include "tcp_endpoint.hpp"

namespace rocketmq::net {

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

using UserPtr = std::shared_ptr<TransportUser>;

asio::ip::tcp protocol_of(int descriptor) {
  sockaddr_storage bound{};
  socklen_t size = sizeof bound;
  ::getsockname(descriptor, reinterpret_cast<sockaddr*>(&bound), &size);
  return bound.ss_family == AF_INET6 ? asio::ip::tcp::v6() : asio::ip::tcp::v4();
}

/// What recv() or sendmsg() returned.
Transferred transferred(ssize_t returned) {
  if (returned >= 0) return Transferred::done(static_cast<std::size_t>(returned));
  const int code = errno;
  if (code == EAGAIN || code == EWOULDBLOCK) return Transferred::not_ready();
  return Transferred::failed({code, std::generic_category()});
}

/// What both kinds have in common. Handlers that wait keep the user, which owns this.
class TcpTransport : public Transport {
 public:
  TcpTransport(Reactor& reactor, SocketOptions options)
      : reactor_(reactor), options_(options), socket_(reactor.io().context) {}

  const Endpoint& remote() const override { return remote_; }
  const Endpoint& local() const override { return local_; }

  Transferred read(std::span<char> room) override {
    ssize_t received = 0;
    do {
      received = ::recv(socket_.native_handle(), room.data(), room.size(), 0);
    } while (received < 0 && errno == EINTR);
    return received == 0 ? Transferred::ended() : transferred(received);
  }

  Transferred write(std::span<const iovec> pieces) override {
    msghdr message{};
    message.msg_iov = const_cast<iovec*>(pieces.data());  // the system only reads it
    message.msg_iovlen = pieces.size();
    ssize_t sent = 0;
    do {
      sent = ::sendmsg(socket_.native_handle(), &message, MSG_NOSIGNAL);
    } while (sent < 0 && errno == EINTR);
    return transferred(sent);
  }

  void await_readable(UserPtr user) override {
    socket_.async_wait(TcpSocket::wait_read, [this, user = std::move(user)](error_code) {
      if (!is_closed_) user->on_readable();
    });
  }

  void await_writable(UserPtr user) override {
    socket_.async_wait(TcpSocket::wait_write, [this, user = std::move(user)](error_code) {
      if (!is_closed_) user->on_writable();
    });
  }

  void close() override {
    is_closed_ = true;
    // Closed but not destroyed: handlers that are still to come refer to it.
    error_code ignored;
    socket_.close(ignored);
  }

 protected:
  void connected(TransportUser& user) {
    set_options();
    error_code failure;
    remote_ = to_endpoint(socket_.remote_endpoint(failure));
    if (failure) return user.on_open_failed(failure.message());  // gone again already
    local_ = to_endpoint(socket_.local_endpoint(failure));
    user.on_open();
  }

  Reactor& reactor_;
  const SocketOptions options_;
  TcpSocket socket_;
  bool is_closed_ = false;

 private:
  void set_options() {
    error_code ignored;  // a connection works without them
    socket_.non_blocking(true, ignored);
    // Asio leaves it to the children we start.
    ::fcntl(socket_.native_handle(), F_SETFD, FD_CLOEXEC);
    socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
    if (options_.send_buffer_bytes > 0) {
      socket_.set_option(asio::socket_base::send_buffer_size(options_.send_buffer_bytes), ignored);
    }
    if (options_.receive_buffer_bytes > 0) {
      socket_.set_option(asio::socket_base::receive_buffer_size(options_.receive_buffer_bytes),
                         ignored);
    }
  }

  Endpoint remote_;
  Endpoint local_;
};

class AcceptedTcp final : public TcpTransport {
 public:
  AcceptedTcp(Reactor& reactor, int descriptor, SocketOptions options)
      : TcpTransport(reactor, options), descriptor_(descriptor) {}
  ~AcceptedTcp() override { drop_descriptor(); }

  void open(UserPtr user) override {
    error_code failure;
    socket_.assign(protocol_of(descriptor_), descriptor_, failure);
    if (failure) {
      drop_descriptor();
      return user->on_open_failed(failure.message());
    }
    descriptor_ = -1;  // the socket's now
    connected(*user);
  }

  void close() override {
    TcpTransport::close();
    drop_descriptor();
  }

 private:
  void drop_descriptor() {
    if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
  }

  int descriptor_;
};

class ConnectingTcp final : public TcpTransport {
 public:
  ConnectingTcp(Reactor& reactor, std::string host, std::uint16_t port, SocketOptions options)
      : TcpTransport(reactor, options), host_(std::move(host)), port_(port) {}

  void open(UserPtr user) override {
    error_code not_literal;
    const asio::ip::address literal = asio::ip::make_address(host_, not_literal);
    if (!not_literal) {
      const asio::ip::tcp::endpoint endpoint(literal, port_);
      return connect(std::move(user), TcpResolver::results_type::create(endpoint, host_, ""));
    }
    resolver_ = std::make_unique<TcpResolver>(reactor_.io().context);
    // Weak: looking up a name may take long and must not keep the user, or the reactor, from
    // ending.
    resolver_->async_resolve(
        host_, std::to_string(port_), asio::ip::resolver_base::numeric_service,
        [this, weak = std::weak_ptr(user)](error_code failure, TcpResolver::results_type found) {
          auto locked = weak.lock();
          if (locked == nullptr || is_closed_) return;
          const Reactor::Turn turn(reactor_);
          if (failure)
            return locked->on_open_failed("cannot resolve the name: " + failure.message());
          connect(std::move(locked), found);
        });
  }

  void close() override {
    if (resolver_) resolver_->cancel();
    TcpTransport::close();
  }

 private:
  void connect(UserPtr user, const TcpResolver::results_type& found) {
    asio::async_connect(
        socket_, found,
        [this, user = std::move(user)](error_code refused, const asio::ip::tcp::endpoint&) {
          if (is_closed_) return;
          const Reactor::Turn turn(reactor_);
          resolver_.reset();
          if (refused) return user->on_open_failed(refused.message());
          connected(*user);
        });
  }

  const std::string host_;
  const std::uint16_t port_;
  std::unique_ptr<TcpResolver> resolver_;
};

}  // namespace

std::unique_ptr<Transport> accepted_tcp(Reactor& reactor, int descriptor, SocketOptions options) {
  return std::make_unique<AcceptedTcp>(reactor, descriptor, options);
}

std::unique_ptr<Transport> connecting_tcp(Reactor& reactor, std::string host, std::uint16_t port,
                                          SocketOptions options) {
  return std::make_unique<ConnectingTcp>(reactor, std::move(host), port, options);
}

}  // namespace rocketmq::net
