#pragma once

#include <cstdint>
#include <memory>
#include <string>

namespace rocketmq::test {

/// Stands between two programs that talk over TCP, and breaks what is between them.
///
/// A client connects to address(), the proxy connects to the server and passes bytes on both ways.
/// Every fault is in force for the connections that exist and those that come, when the call that
/// sets it returns; heal() ends them all. What a network holds back TCP delivers later, so nothing
/// is ever left out of the middle of a stream: bytes that were held arrive after heal(), or are
/// lost with their connection.
///
/// Any thread; one thread of its own passes the bytes.
class TcpProxy {
 public:
  enum class Way { ToServer, ToClient };

  struct Ends {
    /// Where to listen; port 0 takes a free one.
    std::string listen_host = "127.0.0.1";
    std::uint16_t listen_port = 0;
    std::string server_host = "127.0.0.1";
    std::uint16_t server_port = 0;
  };

  /// Throws when it cannot listen. The server may come and go.
  explicit TcpProxy(Ends ends);
  ~TcpProxy();
  TcpProxy(const TcpProxy&) = delete;
  TcpProxy& operator=(const TcpProxy&) = delete;

  std::uint16_t port() const;
  std::string address() const;

  /// Resets all connections; new ones are reset as soon as they are made.
  void cut();
  /// Resets the connections that there are; new ones work.
  void cut_once();
  /// A partition, of one way or of both: nothing passes any more, no connection ends.
  void hold(Way way);
  void hold_both();
  /// The server's side of every connection is reset, the client's stays open and silent: what a
  /// client sees of a server whose machine has failed. New connections work.
  void leave_half_open();
  /// No more than this passes in each direction of each connection; 0 ends it.
  void limit(std::int64_t bytes_per_second);
  /// Once `bytes` more have passed this way, changes the next one. Once.
  void corrupt_after(Way way, std::int64_t bytes);
  /// Once `bytes` more have passed this way, resets that connection, with not one byte more. Once.
  void cut_after(Way way, std::int64_t bytes);
  /// Ends all of it. What was held is passed on.
  void heal();

  /// Bytes that have passed this way since the beginning.
  std::int64_t passed(Way way) const;
  /// Connections that were accepted since the beginning.
  std::int64_t accepted() const;
  /// Connections that have ended since.
  std::int64_t ended() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace rocketmq::test
