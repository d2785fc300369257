#pragma once

#include <memory>
#include <string_view>

#include "rocketmq/common/endpoint.hpp"
#include "rocketmq/common/result.hpp"
#include "rocketmq/protocol/remoting_command.hpp"
#include "rocketmq/remoting/route_spec.hpp"

namespace rocketmq::remoting {

/// Who sent a request, as far as access control knows. Kept by what outlives the request (a held
/// pull, a producer's registration): may() decides by the rules of the moment, so that an account
/// that was deleted may do nothing any more. Any thread.
class Caller {
 public:
  virtual ~Caller() = default;
  /// The refusal, if the caller may not do this to the topic or group.
  virtual Result<void> may(Resource resource, Action action, std::string_view name) const = 0;
};
/// Null where there is no access control: everybody may do everything.
using CallerPtr = std::shared_ptr<const Caller>;

/// Whether a caller may do this to the topic or group: for processors, about names that are in the
/// body of a request or in a stored message.
inline Result<void> check_may(const CallerPtr& caller, Resource resource, Action action,
                              std::string_view name) {
  if (caller == nullptr) return {};
  return caller->may(resource, action, name);
}

/// Decides which requests are processed, by their senders and by the access that their rows name.
/// Any thread.
class AccessGuard {
 public:
  virtual ~AccessGuard() = default;
  /// The sender, who may touch everything that the header names; or the refusal. The body is read
  /// as a whole where it is signed.
  virtual Result<CallerPtr> admit(const RouteSpec& spec, const RemotingCommand& request,
                                  const Endpoint& peer) const = 0;
};

}  // namespace rocketmq::remoting
