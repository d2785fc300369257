#pragma once

namespace rocketmq::client {

/// Marks, while it lives, that this thread runs code of the program for one client: a callback or a
/// listener. Clients share threads, so a thread says nothing about whose code it runs. On the stack
/// of one thread; they nest.
class OwnCode {
 public:
  /// `client`: an address that identifies it; not accessed.
  explicit OwnCode(const void* client);
  ~OwnCode();
  OwnCode(const OwnCode&) = delete;
  OwnCode& operator=(const OwnCode&) = delete;

  /// True if the calling thread runs such code of `client`, at any depth.
  static bool runs_for(const void* client);

 private:
  const void* const client_;
  const OwnCode* const outer_;
};

}  // namespace rocketmq::client
