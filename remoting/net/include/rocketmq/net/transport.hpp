#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <system_error>

#include "rocketmq/common/endpoint.hpp"

namespace rocketmq::net {

/// What became of one read or write.
struct Transferred {
  enum class State {
    Done,      ///< `bytes` have been transferred, one at least
    NotReady,  ///< nothing can be transferred now; what to wait for is await_…()
    Ended,     ///< the peer sends no more (a read only)
    Failed,    ///< the link is broken: `failure`
    Replaced,  ///< `bytes`, perhaps none, have been read; replacement() continues (a read only)
  };
  State state = State::NotReady;
  std::size_t bytes = 0;
  std::error_code failure;

  static Transferred done(std::size_t bytes) { return {State::Done, bytes, {}}; }
  static Transferred not_ready() { return {}; }
  static Transferred ended() { return {State::Ended, 0, {}}; }
  static Transferred failed(std::error_code failure) { return {State::Failed, 0, failure}; }
  static Transferred replaced(std::size_t bytes) { return {State::Replaced, bytes, {}}; }
};

/// Who uses a transport. The transport calls it on its reactor's thread, and never after close().
class TransportUser {
 public:
  /// Bytes can be exchanged now. May come from within Transport::open().
  virtual void on_open() = 0;
  /// The link could not be made, for `reason`. May come from within Transport::open().
  virtual void on_open_failed(const std::string& reason) = 0;
  /// A read may bring something, the stream's end and a failure included.
  virtual void on_readable() = 0;
  virtual void on_writable() = 0;
  /// The transport's own buffers hold this many bytes now, until the next call.
  virtual void on_buffered(std::size_t) {}

 protected:
  ~TransportUser() = default;
};

/// How the bytes of one session travel: TCP, a layer above it that encrypts, or a link that a test
/// makes. Never waits. Runs on one reactor's thread from open() on; the session owns it.
class Transport {
 public:
  virtual ~Transport() = default;

  /// Makes the link ready and calls on_open() or on_open_failed(), once. Once. May throw when the
  /// system has no means for it.
  virtual void open(std::shared_ptr<TransportUser> user) = 0;
  /// The two ends; after on_open().
  virtual const Endpoint& remote() const = 0;
  virtual const Endpoint& local() const = 0;

  /// Fills `room`, which is not empty, from its beginning.
  virtual Transferred read(std::span<char> room) = 0;
  /// Sends the first bytes of `pieces`, of which none is empty, as many as the link takes. What has
  /// been offered and was not taken comes first in the next call.
  virtual Transferred write(std::span<const iovec> pieces) = 0;
  /// Has on_readable() called once, in a later turn, when read() is worth a call. `user` is kept
  /// until then, or until close().
  virtual void await_readable(std::shared_ptr<TransportUser> user) = 0;
  /// The same for on_writable() and write().
  virtual void await_writable(std::shared_ptr<TransportUser> user) = 0;

  /// After a read that was Replaced, once: the transport that this one has become. This one is not
  /// used again.
  virtual std::unique_ptr<Transport> replacement() { return nullptr; }

  /// Ends the link immediately; the user is not called again. Idempotent, and allowed before
  /// open().
  virtual void close() = 0;
};

}  // namespace rocketmq::net
