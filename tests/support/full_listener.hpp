#pragma once

#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <string>
#include <vector>

namespace rocketmq::test {

/// A loopback port on which connections neither come about nor are refused, as if the packets to it
/// were lost: a socket that listens, whose short queue of connections is full, and that accepts
/// none.
class FullListener {
 public:
  /// On port 0 a free one is chosen.
  explicit FullListener(std::uint16_t port = 0) {
    const int listener = open_socket(0);
    const int on = 1;
    ::setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    socklen_t size = sizeof address;
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    if (::bind(listener, generic, size) != 0 || ::listen(listener, 0) != 0 ||
        ::getsockname(listener, generic, &size) != 0) {
      fail("listen");
    }
    port_ = ntohs(address.sin_port);
    while (connect_one(address)) {
    }
  }
  ~FullListener() {
    for (const int descriptor : descriptors_) ::close(descriptor);
  }
  FullListener(const FullListener&) = delete;
  FullListener& operator=(const FullListener&) = delete;

  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }

 private:
  static constexpr std::size_t connections_max = 16;
  /// On the loopback a connection is made immediately, or the queue is full.
  static constexpr int connect_wait_ms = 300;

  int open_socket(int flags) {
    const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | flags, 0);
    if (descriptor < 0) fail("socket");
    descriptors_.push_back(descriptor);
    return descriptor;
  }
  /// False when the queue was full.
  bool connect_one(const sockaddr_in& address) {
    if (descriptors_.size() > connections_max) throw std::runtime_error("the queue has no end");
    const int descriptor = open_socket(SOCK_NONBLOCK);
    const int outcome =
        ::connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address);
    if (outcome != 0 && errno != EINPROGRESS) fail("connect");
    pollfd connected{descriptor, POLLOUT, 0};
    return ::poll(&connected, 1, connect_wait_ms) > 0;
  }
  [[noreturn]] static void fail(const std::string& what) {
    throw std::runtime_error(what + ": " + std::strerror(errno));
  }

  std::vector<int> descriptors_;
  std::uint16_t port_ = 0;
};

}  // namespace rocketmq::test
