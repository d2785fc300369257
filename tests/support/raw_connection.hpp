#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "rocketmq/common/bytes.hpp"
#include "rocketmq/protocol/remoting_command.hpp"

namespace rocketmq::test {

/// A blocking socket that speaks frames, or whatever bytes a test wants a server to meet.
/// Throws std::runtime_error when the socket fails; waiting has a limit, so that no test hangs.
class RawConnection {
 public:
  using Milliseconds = std::chrono::milliseconds;
  static constexpr Milliseconds patience{20'000};

  /// `receive_buffer_bytes` above 0 makes the kernel buffer little, for tests of back-pressure.
  explicit RawConnection(std::uint16_t port, const std::string& host = "127.0.0.1",
                         int receive_buffer_bytes = 0)
      : descriptor_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    if (descriptor_ < 0) fail("socket");
    if (receive_buffer_bytes > 0) {
      ::setsockopt(descriptor_, SOL_SOCKET, SO_RCVBUF, &receive_buffer_bytes,
                   sizeof receive_buffer_bytes);
    }
    const int on = 1;
    ::setsockopt(descriptor_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    if (::inet_pton(AF_INET, host.c_str(), &address.sin_addr) != 1) fail("address " + host);
    if (::connect(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
      const int code = errno;
      close();
      errno = code;
      fail("connect to " + host + ":" + std::to_string(port));
    }
  }
  /// Takes over a connected socket, e.g. one that RawListener accepted.
  struct Adopt {
    int descriptor;
  };
  explicit RawConnection(Adopt adopted) : descriptor_(adopted.descriptor) {}
  ~RawConnection() { close(); }
  RawConnection(RawConnection&& other) noexcept
      : descriptor_(std::exchange(other.descriptor_, -1)), received_(std::move(other.received_)) {}
  RawConnection(const RawConnection&) = delete;
  RawConnection& operator=(const RawConnection&) = delete;
  RawConnection& operator=(RawConnection&&) = delete;

  /// Sends all bytes; blocks while the peer does not read.
  void send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent < 0 && errno == EINTR) continue;
      if (sent < 0) fail("send");
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
  }
  void send(const remoting::RemotingCommand& command) { send(encoded(command)); }
  /// Sends as much as the socket takes without waiting; returns how many bytes.
  std::size_t send_some(std::string_view bytes) {
    const ssize_t sent =
        ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno != EAGAIN) fail("send");
    return sent < 0 ? 0 : static_cast<std::size_t>(sent);
  }

  /// The next whole frame, its length field included; nothing when the peer closed or time is up.
  std::optional<std::string> read_frame(Milliseconds timeout = patience) {
    const auto until = std::chrono::steady_clock::now() + timeout;
    for (;;) {
      if (received_.size() >= sizeof(std::uint32_t)) {
        const std::size_t size =
            load_be<std::uint32_t>(received_.data()) + std::size_t{sizeof(std::uint32_t)};
        if (received_.size() >= size) {
          std::string frame = received_.substr(0, size);
          received_.erase(0, size);
          return frame;
        }
      }
      if (receive(until) != Received::bytes) return std::nullopt;
    }
  }
  /// The next frame, decoded; its body is owned.
  std::optional<remoting::RemotingCommand> read_command(Milliseconds timeout = patience) {
    const auto frame = read_frame(timeout);
    if (!frame) return std::nullopt;
    remoting::RemotingCommand command;
    const auto decoded = remoting::decode_frame(std::string_view(*frame).substr(4), command);
    if (!decoded) throw std::runtime_error("undecodable frame: " + decoded.error().remark);
    command.own_body();
    return command;
  }
  /// The next bytes, as many as wanted; fewer when the peer closed or time is up.
  std::string read_bytes(std::size_t count, Milliseconds timeout = patience) {
    const auto until = std::chrono::steady_clock::now() + timeout;
    while (received_.size() < count && receive(until) == Received::bytes) {
    }
    std::string bytes = received_.substr(0, count);
    received_.erase(0, count);
    return bytes;
  }
  /// Whether the peer closes the connection before time is up. Frames that come first are dropped.
  bool is_closed_by_peer(Milliseconds timeout = patience) {
    const auto until = std::chrono::steady_clock::now() + timeout;
    for (;;) {
      const Received outcome = receive(until);
      if (outcome == Received::end) return true;
      if (outcome == Received::nothing) return false;
      received_.clear();
    }
  }

  void close() {
    if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
  }
  int descriptor() const { return descriptor_; }

  static std::string encoded(const remoting::RemotingCommand& command) {
    std::string bytes;
    remoting::encode_frame(command, bytes);
    return bytes;
  }

 private:
  enum class Received { bytes, end, nothing };

  Received receive(std::chrono::steady_clock::time_point until) {
    const auto left =
        std::chrono::duration_cast<Milliseconds>(until - std::chrono::steady_clock::now()).count();
    pollfd readable{descriptor_, POLLIN, 0};
    if (left < 0 || ::poll(&readable, 1, static_cast<int>(left)) <= 0) return Received::nothing;
    char bytes[64 * 1024];
    const ssize_t count = ::recv(descriptor_, bytes, sizeof bytes, 0);
    if (count == 0 || (count < 0 && errno == ECONNRESET)) return Received::end;
    if (count < 0) fail("receive");
    received_.append(bytes, static_cast<std::size_t>(count));
    return Received::bytes;
  }
  [[noreturn]] static void fail(const std::string& what) {
    throw std::runtime_error(what + ": " + std::strerror(errno));
  }

  int descriptor_ = -1;
  std::string received_;
};

/// A listening socket on a free loopback port, for a test that plays the server.
class RawListener {
 public:
  RawListener() : descriptor_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    if (descriptor_ < 0 || ::bind(descriptor_, generic, size) != 0 ||
        ::listen(descriptor_, 16) != 0 || ::getsockname(descriptor_, generic, &size) != 0) {
      throw std::runtime_error(std::string("listen: ") + std::strerror(errno));
    }
    port_ = ntohs(address.sin_port);
  }
  ~RawListener() { close(); }
  RawListener(const RawListener&) = delete;
  RawListener& operator=(const RawListener&) = delete;

  std::uint16_t port() const { return port_; }
  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }
  void close() {
    if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
  }
  /// Waits for the next connection.
  RawConnection accept(RawConnection::Milliseconds timeout = RawConnection::patience) {
    pollfd readable{descriptor_, POLLIN, 0};
    if (::poll(&readable, 1, static_cast<int>(timeout.count())) <= 0) {
      throw std::runtime_error("no client connected");
    }
    const int accepted = ::accept4(descriptor_, nullptr, nullptr, SOCK_CLOEXEC);
    if (accepted < 0) throw std::runtime_error(std::string("accept: ") + std::strerror(errno));
    return RawConnection(RawConnection::Adopt{accepted});
  }

 private:
  int descriptor_ = -1;
  std::uint16_t port_ = 0;
};

}  // namespace rocketmq::test
