#include "tls_errors.hpp"

#include <openssl/err.h>
#include <openssl/x509_vfy.h>

#include <string>

namespace rocketmq::net {
namespace {

class OwnCategory final : public std::error_category {
 public:
  const char* name() const noexcept override { return "TLS"; }
  std::string message(int code) const override {
    switch (static_cast<TlsFailure>(code)) {
      case TlsFailure::TimedOut: return "TLS: the handshake took too long";
      case TlsFailure::PlainRefused:
        return "TLS: the peer does not speak TLS, and tls.server.mode=enforcing demands it";
      case TlsFailure::NotOffered:
        return "TLS: the peer speaks TLS, and this server has no certificate "
               "(tls.server.certPath, tls.test.mode.enable)";
      case TlsFailure::PeerDoesNotRead: return "TLS: the peer does not read";
      case TlsFailure::TooManyKeyUpdates: return "TLS: the peer changes its keys without end";
    }
    return "TLS: unknown failure";
  }
};

class LibraryCategory final : public std::error_category {
 public:
  const char* name() const noexcept override { return "OpenSSL"; }
  std::string message(int code) const override {
    const char* const reason =
        ERR_reason_error_string(static_cast<unsigned long>(static_cast<unsigned int>(code)));
    return std::string("TLS: ") + (reason != nullptr ? reason : "unknown failure");
  }
};

class CertificateCategory final : public std::error_category {
 public:
  const char* name() const noexcept override { return "X.509"; }
  std::string message(int code) const override {
    return std::string("TLS: the peer's certificate is refused: ") +
           X509_verify_cert_error_string(code);
  }
};

}  // namespace

std::error_code tls_failure(TlsFailure failure) {
  static const OwnCategory category;
  return {static_cast<int>(failure), category};
}

std::error_code library_failure() {
  static const LibraryCategory category;
  const unsigned long code = ERR_get_error();
  ERR_clear_error();
  return {static_cast<int>(static_cast<unsigned int>(code)), category};
}

std::error_code certificate_failure(long reason) {
  static const CertificateCategory category;
  return {static_cast<int>(reason), category};
}

}  // namespace rocketmq::net
