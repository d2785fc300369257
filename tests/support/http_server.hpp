#pragma once

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "raw_connection.hpp"

namespace rocketmq::test {

/// An HTTP server on the loopback that replies to every request with the same status and body, one
/// connection after the other.
class HttpServer {
 public:
  explicit HttpServer(std::string body, std::string status = "200 OK")
      : status_(std::move(status)), body_(std::move(body)), thread_([this] { run(); }) {}
  ~HttpServer() {
    is_stopping_ = true;
    thread_.join();
  }
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  std::string address() const { return listener_.address(); }
  void set_body(std::string body) {
    const std::scoped_lock lock(mutex_);
    body_ = std::move(body);
  }
  /// The first line of each request.
  std::vector<std::string> requests() const {
    const std::scoped_lock lock(mutex_);
    return requests_;
  }

 private:
  /// How soon it notices that it is to stop.
  static constexpr RawConnection::Milliseconds look_again{20};

  void run() {
    while (!is_stopping_) {
      try {
        answer(listener_.accept(look_again));
      } catch (const std::runtime_error&) {
        // No client came, or it has left.
      }
    }
  }
  void answer(RawConnection connection) {
    std::string request;
    char bytes[4096];
    while (request.find("\r\n\r\n") == std::string::npos) {
      const ssize_t count = ::recv(connection.descriptor(), bytes, sizeof bytes, 0);
      if (count <= 0) return;
      request.append(bytes, static_cast<std::size_t>(count));
    }
    const std::scoped_lock lock(mutex_);
    requests_.push_back(request.substr(0, request.find("\r\n")));
    connection.send("HTTP/1.1 " + status_ + "\r\nContent-Length: " + std::to_string(body_.size()) +
                    "\r\nConnection: close\r\n\r\n" + body_);
  }

  RawListener listener_;
  std::atomic<bool> is_stopping_{false};
  mutable std::mutex mutex_;
  const std::string status_;
  std::string body_;                   // guarded by mutex_
  std::vector<std::string> requests_;  // guarded by mutex_
  std::thread thread_;                 // last: it uses the others
};

}  // namespace rocketmq::test
