#pragma once

#include <openssl/evp.h>
#include <openssl/pem.h>

#include <array>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

namespace rocketmq::test {

/// A new key pair of a user who signs filters.
class SigningKey {
 public:
  explicit SigningKey(const char* kind = "ED25519")
      : key_(::EVP_PKEY_Q_keygen(nullptr, nullptr, kind), EVP_PKEY_free) {
    if (!key_) throw std::runtime_error(std::string("OpenSSL makes no key of the kind ") + kind);
  }

  std::string public_pem() const {
    return written([this](BIO* out) { return ::PEM_write_bio_PUBKEY(out, key_.get()); });
  }
  std::string private_pem() const {
    return written([this](BIO* out) {
      return ::PEM_write_bio_PrivateKey(out, key_.get(), nullptr, nullptr, 0, nullptr, nullptr);
    });
  }
  /// The text with the line of its signature.
  std::string sign(std::string_view text) const {
    const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context(::EVP_MD_CTX_new(),
                                                                     EVP_MD_CTX_free);
    std::array<unsigned char, 64> signature{};
    std::size_t size = signature.size();
    if (::EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key_.get()) != 1 ||
        ::EVP_DigestSign(context.get(), signature.data(), &size,
                         reinterpret_cast<const unsigned char*>(text.data()), text.size()) != 1)
      throw std::runtime_error("OpenSSL does not sign");
    std::array<unsigned char, 89> base64{};
    ::EVP_EncodeBlock(base64.data(), signature.data(), static_cast<int>(size));
    return std::string(text) + "// rmq-signature " + reinterpret_cast<const char*>(base64.data()) +
           "\n";
  }

 private:
  template <class Write>
  static std::string written(Write write) {
    const std::unique_ptr<BIO, int (*)(BIO*)> out(::BIO_new(::BIO_s_mem()), BIO_free);
    if (write(out.get()) != 1) throw std::runtime_error("OpenSSL writes no key");
    char* data = nullptr;
    const auto size = ::BIO_get_mem_data(out.get(), &data);
    return {data, static_cast<std::size_t>(size)};
  }

  const std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)> key_;
};

}  // namespace rocketmq::test
