#pragma once

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <stdexcept>
#include <string>

namespace rocketmq::test {

/// Ports for the servers that a test starts.
///
/// They lie below the kernel's range for outgoing connections, so that no client socket takes one
/// between the choice and the server's bind. A file lock held until this process ends keeps tests
/// that run at the same time apart.
namespace ports_detail {

inline constexpr int first_port = 20'000;
inline constexpr int block_ports = 4;
inline constexpr int blocks = 3'000;

inline bool can_listen(int port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return false;
  const int on = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_ANY);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  const bool bound = ::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
                     ::listen(fd, 1) == 0;
  ::close(fd);
  return bound;
}

/// Locks one block of ports for the rest of this process; false when another process has it.
inline bool lock_block(int block) {
  const auto directory = std::filesystem::temp_directory_path() /
                         ("rocketmq-test-ports." + std::to_string(::getuid()));
  std::filesystem::create_directories(directory);
  const std::string file = (directory / std::to_string(block)).string();
  const int fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return false;
  if (::flock(fd, LOCK_EX | LOCK_NB) == 0)
    return true;  // the descriptor stays open: it is the lock
  ::close(fd);
  return false;
}

/// First port of a block, now ours, of which the given ports are free.
inline int take_block(std::initializer_list<int> wanted) {
  static int next = static_cast<int>(::getpid() % blocks);
  for (int tried = 0; tried < blocks; ++tried) {
    const int block = next;
    next = (next + 1) % blocks;
    const int base = first_port + block * block_ports;
    if (!lock_block(block)) continue;
    bool free = true;
    for (const int offset : wanted) free = free && can_listen(base + offset);
    if (free) return base;
  }
  throw std::runtime_error("no free ports for a test server");
}

}  // namespace ports_detail

/// A free port for one server. Call it from one thread.
inline std::uint16_t free_port() {
  return static_cast<std::uint16_t>(ports_detail::take_block({0}));
}

/// A port p for a broker: p - 2 (VIP listener), p and p + 1 (replication) are all free. Call it
/// from one thread.
inline std::uint16_t free_broker_port() {
  return static_cast<std::uint16_t>(ports_detail::take_block({0, 2, 3}) + 2);
}

}  // namespace rocketmq::test
