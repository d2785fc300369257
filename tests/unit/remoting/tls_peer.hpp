#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

namespace rocketmq::net {

/// A TLS client made of OpenSSL alone, whose encrypted bytes the test carries.
class TlsPeer {
 public:
  TlsPeer()
      : context_(SSL_CTX_new(TLS_client_method()), SSL_CTX_free),
        session_(SSL_new(context_.get()), SSL_free) {
    SSL_set_bio(session_.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    SSL_set_connect_state(session_.get());
  }

  SSL* native() { return session_.get(); }
  /// Continues the handshake with what has been fed. Whether it is done.
  bool handshake() { return SSL_do_handshake(session_.get()) == 1; }
  /// Whether the handshake has failed.
  bool is_refused() {
    const int returned = SSL_do_handshake(session_.get());
    return returned != 1 && SSL_get_error(session_.get(), returned) != SSL_ERROR_WANT_READ;
  }
  /// Encrypts `text`.
  void write(std::string_view text) {
    if (SSL_write(session_.get(), text.data(), static_cast<int>(text.size())) !=
        static_cast<int>(text.size()))
      throw std::runtime_error("the peer encrypts nothing");
  }
  /// Everything that can be decrypted.
  std::string read() {
    std::string text;
    char room[16'384];
    int count = 0;
    while ((count = SSL_read(session_.get(), room, sizeof room)) > 0)
      text.append(room, static_cast<std::size_t>(count));
    return text;
  }
  /// Encrypted bytes for the other end.
  std::string take() {
    std::string bytes(BIO_ctrl_pending(SSL_get_wbio(session_.get())), '\0');
    if (!bytes.empty())
      BIO_read(SSL_get_wbio(session_.get()), bytes.data(), static_cast<int>(bytes.size()));
    return bytes;
  }
  /// Encrypted bytes from there.
  void feed(std::string_view bytes) {
    if (!bytes.empty())
      BIO_write(SSL_get_rbio(session_.get()), bytes.data(), static_cast<int>(bytes.size()));
  }
  bool was_told_the_end() const {
    return (SSL_get_shutdown(session_.get()) & SSL_RECEIVED_SHUTDOWN) != 0;
  }

 private:
  const std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context_;
  const std::unique_ptr<SSL, void (*)(SSL*)> session_;
};

}  // namespace rocketmq::net
