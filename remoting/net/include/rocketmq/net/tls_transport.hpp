#pragma once

#include <chrono>
#include <memory>

#include "rocketmq/common/tls_config.hpp"
#include "rocketmq/net/tls_context.hpp"
#include "rocketmq/net/transport.hpp"

namespace rocketmq::net {

class Reactor;

/// How long a peer may take for its handshake, from its first byte on.
inline constexpr std::chrono::milliseconds tls_handshake_timeout{10'000};

/// A server's end of `link`, on which the first byte says whether the peer speaks TLS: 0x16 begins
/// a handshake, and no frame, which would be larger than any may be. With Permissive, a plain
/// connection continues on `link` itself.
std::unique_ptr<Transport> accepted_with_tls(
    Reactor& reactor, std::unique_ptr<Transport> link, TlsMode mode,
    std::shared_ptr<const TlsCredentials> credentials,
    std::chrono::milliseconds handshake_timeout = tls_handshake_timeout);

/// A client's end of TLS on `link`: it is open when the handshake is done. How long that may take
/// is the user's to limit, by close().
std::unique_ptr<Transport> connecting_tls(Reactor& reactor, std::unique_ptr<Transport> link,
                                          std::shared_ptr<const TlsContext> context);

}  // namespace rocketmq::net
