#pragma once

#include <system_error>

namespace rocketmq::net {

/// Failures of TLS that are not the library's.
enum class TlsFailure {
  TimedOut = 1,  ///< the handshake took too long
  PlainRefused,  ///< the peer does not speak TLS, and has to
  NotOffered,    ///< the peer speaks TLS, and this server has no certificate
  PeerDoesNotRead,
  TooManyKeyUpdates,
};

std::error_code tls_failure(TlsFailure failure);
/// The oldest failure that the library has noted on this thread; forgets all of them.
std::error_code library_failure();
/// The peer's certificate is refused, for a reason of X509_V_ERR_….
std::error_code certificate_failure(long reason);

}  // namespace rocketmq::net
