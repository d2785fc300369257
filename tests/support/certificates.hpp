#pragma once

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <memory>
#include <stdexcept>
#include <string>

namespace rocketmq::test {

/// A certificate and its key, both in PEM.
struct IssuedCertificate {
  std::string certificate;
  std::string key;
};

/// An authority of certificates, new for each test.
class CertificateAuthority {
 public:
  explicit CertificateAuthority(const std::string& name = "test authority")
      : key_(new_key()), certificate_(new_certificate(name, *key_)) {
    add_extension(*certificate_, NID_basic_constraints, "critical,CA:TRUE");
    set_issuer_and_sign(*certificate_);
  }

  /// What those who trust it are given.
  std::string pem() const {
    return written([this](BIO* out) { return ::PEM_write_bio_X509(out, certificate_.get()); });
  }
  /// A certificate for `name`; the key is encrypted unless `password` is empty.
  IssuedCertificate issue(const std::string& name, const std::string& password = "") const {
    const Key key = new_key();
    const Certificate certificate = new_certificate(name, *key);
    set_issuer_and_sign(*certificate);
    return {written([&](BIO* out) { return ::PEM_write_bio_X509(out, certificate.get()); }),
            written([&](BIO* out) {
              return ::PEM_write_bio_PKCS8PrivateKey(
                  out, key.get(), password.empty() ? nullptr : ::EVP_aes_128_cbc(), password.data(),
                  static_cast<int>(password.size()), nullptr, nullptr);
            })};
  }

  /// A key of another kind than those of issue().
  static std::string rsa_key() {
    const Key key(EVP_RSA_gen(2'048), ::EVP_PKEY_free);
    if (!key) throw std::runtime_error("OpenSSL makes no key");
    return written([&](BIO* out) {
      return ::PEM_write_bio_PKCS8PrivateKey(out, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    });
  }

 private:
  using Key = std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)>;
  using Certificate = std::unique_ptr<X509, void (*)(X509*)>;

  static Key new_key() {
    Key key(::EVP_EC_gen("P-256"), ::EVP_PKEY_free);
    if (!key) throw std::runtime_error("OpenSSL makes no key");
    return key;
  }

  static Certificate new_certificate(const std::string& name, EVP_PKEY& key) {
    static long serial = 0;
    Certificate certificate(::X509_new(), ::X509_free);
    ::X509_set_version(certificate.get(), X509_VERSION_3);
    ::ASN1_INTEGER_set(::X509_get_serialNumber(certificate.get()), ++serial);
    ::X509_gmtime_adj(::X509_getm_notBefore(certificate.get()), -3'600);
    ::X509_gmtime_adj(::X509_getm_notAfter(certificate.get()), 24 * 3'600);
    ::X509_NAME_add_entry_by_txt(::X509_get_subject_name(certificate.get()), "CN", MBSTRING_UTF8,
                                 reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
    ::X509_set_pubkey(certificate.get(), &key);
    return certificate;
  }

  static void add_extension(X509& certificate, int kind, const char* value) {
    X509_EXTENSION* const extension = ::X509V3_EXT_conf_nid(nullptr, nullptr, kind, value);
    ::X509_add_ext(&certificate, extension, -1);
    ::X509_EXTENSION_free(extension);
  }

  void set_issuer_and_sign(X509& certificate) const {
    ::X509_set_issuer_name(&certificate, ::X509_get_subject_name(certificate_.get()));
    if (::X509_sign(&certificate, key_.get(), ::EVP_sha256()) <= 0)
      throw std::runtime_error("OpenSSL signs no certificate");
  }

  template <class Write>
  static std::string written(Write write) {
    const std::unique_ptr<BIO, int (*)(BIO*)> out(::BIO_new(::BIO_s_mem()), ::BIO_free);
    if (write(out.get()) != 1) throw std::runtime_error("OpenSSL writes no PEM");
    char* data = nullptr;
    const auto size = ::BIO_get_mem_data(out.get(), &data);
    return {data, static_cast<std::size_t>(size)};
  }

  const Key key_;
  const Certificate certificate_;
};

}  // namespace rocketmq::test
