#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "rocketmq/common/endpoint.hpp"
#include "rocketmq/common/result.hpp"
#include "rocketmq/common/unique_function.hpp"
#include "rocketmq/net/body.hpp"
#include "rocketmq/protocol/remoting_command.hpp"

namespace rocketmq::remoting {

/// Gets the response to a request, or the local reason why there is none (RequestTimeout,
/// SendFailed, ShutDown, …). A response whose code is not Success is a response: the caller looks
/// at its code. Runs once, on an I/O thread; the command's body is valid during the call.
using ResponseCallback = UniqueFunction<void(Result<RemotingCommand>&&)>;

/// One connection to a peer, as the rest of the program sees it. All calls are safe on any thread
/// and never block.
class Channel {
 public:
  virtual ~Channel() = default;

  /// Unique in this process, never reused.
  virtual std::uint64_t id() const = 0;
  /// The peer's address and port.
  virtual const Endpoint& remote() const = 0;
  /// Our own address and port on this connection.
  virtual const Endpoint& local() const = 0;
  virtual bool is_open() const = 0;

  /// Sends a request that wants no response. False when the connection is closed or its output is
  /// over the limit: the request is dropped then.
  virtual bool send_oneway(RemotingCommand request) = 0;
  /// The same for a request that tells the peer early what it would find out itself. It is dropped
  /// as well, and false returned, while the peer leaves too many earlier ones unread.
  virtual bool send_hint(RemotingCommand request) { return send_oneway(std::move(request)); }
  /// Sends a request on this connection; the response is matched by opaque, which this call gives.
  virtual void invoke(RemotingCommand request, std::chrono::milliseconds timeout,
                      ResponseCallback done) = 0;
  /// Closes the connection; requests under way get SendFailed, the server's close handler is
  /// called.
  virtual void close(std::string reason) = 0;
};

using ChannelPtr = std::shared_ptr<Channel>;

}  // namespace rocketmq::remoting
