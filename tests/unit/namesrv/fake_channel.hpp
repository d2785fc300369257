#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <utility>

#include "rocketmq/remoting/channel.hpp"

namespace rocketmq::namesrv {

/// A connection that remembers whether it was closed.
class FakeChannel final : public remoting::Channel {
 public:
  explicit FakeChannel(std::uint64_t id, Endpoint remote = Endpoint::v4(127, 0, 0, 1, 40'000))
      : id_(id), remote_(remote) {}

  std::uint64_t id() const override { return id_; }
  const Endpoint& remote() const override { return remote_; }
  const Endpoint& local() const override { return local_; }
  bool is_open() const override { return open_; }
  bool send_oneway(remoting::RemotingCommand) override { return open_; }
  void invoke(remoting::RemotingCommand, std::chrono::milliseconds,
              remoting::ResponseCallback done) override {
    done(Error{ResponseCode::SendFailed, "a fake connection has no peer"});
  }
  void close(std::string reason) override {
    open_ = false;
    close_reason_ = std::move(reason);
  }

  const std::string& close_reason() const { return close_reason_; }

 private:
  const std::uint64_t id_;
  const Endpoint remote_;
  const Endpoint local_ = Endpoint::v4(127, 0, 0, 1, 9'876);
  std::atomic<bool> open_{true};
  std::string close_reason_;
};

}  // namespace rocketmq::namesrv
