#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <functional>
#include <future>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "rocketmq/net/reactor.hpp"
#include "rocketmq/net/transport.hpp"

namespace rocketmq::net {

/// Runs `work` on the reactor's thread, and returns when it has run.
inline void on_reactor(Reactor& reactor, const std::function<void()>& work) {
  std::promise<void> ran;
  reactor.post([&] {
    work();
    ran.set_value();
  });
  ran.get_future().wait();
}

/// Gives the reactor's own work its turn until `done`. False when it is never done.
inline bool settle(Reactor& reactor, const std::function<bool()>& done) {
  for (int turns = 0; turns < 100'000; ++turns) {
    bool is_done = false;
    on_reactor(reactor, [&] { is_done = done(); });
    if (is_done) return true;
  }
  return false;
}

/// A link in memory, whose other end is the test. It takes and gives as few bytes as the test
/// wants, and breaks when the test wants. Used on the reactor's thread only.
class MemoryLink final : public Transport {
 public:
  explicit MemoryLink(Reactor& reactor) : reactor_(reactor) {}

  // The test's end.

  /// The most bytes of one read and one write.
  std::size_t read_max = SIZE_MAX;
  std::size_t write_max = SIZE_MAX;
  /// Bytes that are taken before the link is full.
  std::size_t write_room = SIZE_MAX;
  /// What reads, writes and open() fail with, unless it is empty.
  std::error_code read_failure;
  std::error_code write_failure;
  std::string open_failure;
  std::string written;
  int writes = 0;
  bool is_closed = false;

  void deliver(std::string_view bytes) {
    incoming_.append(bytes);
    become_readable();
  }
  void end_stream() {
    is_ended_ = true;
    become_readable();
  }
  void break_reads(std::errc failure) {
    read_failure = std::make_error_code(failure);
    become_readable();
  }
  void give_room(std::size_t bytes) {
    write_room = bytes;
    if (auto user = std::exchange(writable_, nullptr)) user->on_writable();
  }
  bool is_read_awaited() const { return readable_ != nullptr; }

  // The session's end.

  void open(std::shared_ptr<TransportUser> user) override {
    open_failure.empty() ? user->on_open() : user->on_open_failed(open_failure);
  }
  const Endpoint& remote() const override { return remote_; }
  const Endpoint& local() const override { return local_; }

  Transferred read(std::span<char> room) override {
    if (read_failure) return Transferred::failed(read_failure);
    if (incoming_.empty()) return is_ended_ ? Transferred::ended() : Transferred::not_ready();
    const std::size_t count = std::min({incoming_.size(), room.size(), read_max});
    std::memcpy(room.data(), incoming_.data(), count);
    incoming_.erase(0, count);
    return Transferred::done(count);
  }

  Transferred write(std::span<const iovec> pieces) override {
    if (write_failure) return Transferred::failed(write_failure);
    if (write_room == 0) return Transferred::not_ready();
    std::size_t left = std::min(write_room, write_max);
    std::size_t count = 0;
    for (const iovec& piece : pieces) {
      const std::size_t part = std::min(left, piece.iov_len);
      written.append(static_cast<const char*>(piece.iov_base), part);
      left -= part;
      count += part;
    }
    if (write_room != SIZE_MAX) write_room -= count;
    ++writes;
    return Transferred::done(count);
  }

  void await_readable(std::shared_ptr<TransportUser> user) override {
    readable_ = std::move(user);
    if (incoming_.empty() && !is_ended_ && !read_failure) return;
    reactor_.post([this, keep = readable_] { become_readable(); });
  }
  void await_writable(std::shared_ptr<TransportUser> user) override { writable_ = std::move(user); }

  void close() override {
    is_closed = true;
    readable_.reset();
    writable_.reset();
  }

 private:
  void become_readable() {
    if (auto user = std::exchange(readable_, nullptr)) user->on_readable();
  }

  Reactor& reactor_;
  const Endpoint remote_ = Endpoint::v4(192, 0, 2, 1, 40'000);
  const Endpoint local_ = Endpoint::v4(192, 0, 2, 2, 10'911);
  std::string incoming_;
  bool is_ended_ = false;
  std::shared_ptr<TransportUser> readable_;
  std::shared_ptr<TransportUser> writable_;
};

/// A reactor that runs, and ends with the test.
class RunningReactor {
 public:
  RunningReactor() { reactor_->start(); }
  ~RunningReactor() {
    reactor_->stop(Error{ResponseCode::ShutDown, "the test ends"}, {});
    reactor_->join();
  }
  RunningReactor(const RunningReactor&) = delete;
  RunningReactor& operator=(const RunningReactor&) = delete;
  Reactor& operator*() { return *reactor_; }
  const std::shared_ptr<Reactor>& get() { return reactor_; }

 private:
  const std::shared_ptr<Reactor> reactor_ = std::make_shared<Reactor>("net-test");
};

}  // namespace rocketmq::net
