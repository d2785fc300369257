#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "rocketmq/common/endpoint.hpp"
#include "rocketmq/common/result.hpp"
#include "rocketmq/net/reactor.hpp"

namespace rocketmq::net {

/// A listening socket. Runs on the reactor's thread, except bind(), which comes before.
class Acceptor : public std::enable_shared_from_this<Acceptor> {
 public:
  /// Takes the descriptor of a new connection, already non-blocking. One that throws has closed it.
  using Accepted = std::function<void(int descriptor, const Endpoint& peer)>;

  Acceptor(std::string name, std::shared_ptr<Reactor> reactor, Accepted accepted);
  ~Acceptor();
  Acceptor(const Acceptor&) = delete;
  Acceptor& operator=(const Acceptor&) = delete;

  /// Binds and listens; port 0 takes any free one. The remark of an error names the address and the
  /// reason.
  Result<void> bind(const std::string& address, std::uint16_t port, int backlog);
  std::uint16_t port() const { return port_; }

  void start();
  void stop();

 private:
  struct Io;

  void wait();
  void accept_all();
  void pause();

  const std::string name_;
  const std::shared_ptr<Reactor> reactor_;
  const Accepted accepted_;
  std::uint16_t port_ = 0;
  const std::unique_ptr<Io> io_;
};

}  // namespace rocketmq::net
