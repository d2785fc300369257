#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "raw_connection.hpp"
#include "rocketmq/remoting/dispatcher.hpp"
#include "rocketmq/remoting/server.hpp"

namespace rocketmq::remoting {

inline constexpr std::chrono::seconds patience{20};

/// Request codes as the tests use them; what they mean elsewhere does not matter here.
inline constexpr RequestCode echo_code = RequestCode::SendMessage;
inline constexpr RequestCode later_code = RequestCode::PullMessage;

inline RemotingCommand request(RequestCode code, std::int32_t opaque, std::string body = {}) {
  RemotingCommand command = make_request(code, std::move(body));
  command.opaque = opaque;
  return command;
}

/// Replies with the request's own body.
inline void echo(const RequestContext&, RemotingCommand& request, Reply reply) {
  reply.body(std::string(request.body));
}

/// Values that come one by one from other threads.
template <class T>
class Inbox {
 public:
  void put(T value) {
    const std::lock_guard lock(mutex_);
    values_.push_back(std::move(value));
    changed_.notify_all();
  }
  /// The oldest value; fails the test when none comes.
  T take() {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, patience, [this] { return !values_.empty(); })) {
      throw std::runtime_error("nothing came");
    }
    T value = std::move(values_.front());
    values_.erase(values_.begin());
    return value;
  }
  std::size_t size() const {
    const std::lock_guard lock(mutex_);
    return values_.size();
  }
  bool wait_for_size(std::size_t size) const {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, patience, [&] { return values_.size() >= size; });
  }

 private:
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::vector<T> values_;
};

/// A server on a free loopback port. Tests add their routes and options, then start().
class ServerFixture : public testing::Test {
 protected:
  ServerFixture() {
    options.bind_address = "127.0.0.1";
    options.net_threads = 1;
    routes.route(echo_code, echo, inline_on_connection);
  }
  void start() {
    server.emplace("test server", options, routes);
    server->on_channel_closed([this](const ChannelPtr& channel) { closed.put(channel); });
    const auto started = server->start();
    ASSERT_TRUE(started) << started.error().remark;
  }
  test::RawConnection connect(int receive_buffer_bytes = 0) {
    return test::RawConnection(server->port(), "127.0.0.1", receive_buffer_bytes);
  }
  std::string address() const { return "127.0.0.1:" + std::to_string(server->port()); }
  /// Whether a new connection is served.
  bool is_serving() {
    auto connection = connect();
    connection.send(request(echo_code, 4711, "still there"));
    const auto answer = connection.read_command();
    return answer && answer->opaque == 4711 && answer->body == "still there";
  }

  ServerOptions options;
  /// What the routes measure waits by.
  ManualClock clock;
  Dispatcher routes{clock};
  Inbox<ChannelPtr> closed;
  std::optional<Server> server;  // last: it stops before the others go away
};

}  // namespace rocketmq::remoting
