#include "rocketmq/net/tls_context.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/provider.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>

#include <algorithm>
#include <string>
#include <utility>

#include "rocketmq/common/atomic_file.hpp"
#include "rocketmq/common/free_with.hpp"
#include "rocketmq/common/shared_log.hpp"
#include "tls_errors.hpp"

namespace rocketmq::net {
namespace {

using ContextPtr = std::unique_ptr<SSL_CTX, FreeWith<SSL_CTX_free>>;
using KeyPtr = std::unique_ptr<EVP_PKEY, FreeWith<EVP_PKEY_free>>;
using CertificatePtr = std::unique_ptr<X509, FreeWith<X509_free>>;
using BioPtr = std::unique_ptr<BIO, FreeWith<BIO_free_all>>;
using LibraryPtr = std::unique_ptr<OSSL_LIB_CTX, FreeWith<OSSL_LIB_CTX_free>>;

/// Names of one side's keys, for errors.
struct KeyNames {
  const char* key;
  const char* certificate;
  const char* trusted;
};

KeyNames names_of(TlsSide side) {
  return side == TlsSide::Server
             ? KeyNames{"tls.server.keyPath", "tls.server.certPath", "tls.server.trustCertPath"}
             : KeyNames{"tls.client.keyPath", "tls.client.certPath", "tls.client.trustCertPath"};
}

Error refused(const char* key, const std::string& file, const std::string& reason) {
  return {ResponseCode::SystemError, std::string(key) + "=" + file + ": " + reason};
}

Error refused_by_library(const char* key, const std::string& file, const std::string& what) {
  return refused(key, file, what + " (" + library_failure().message() + ")");
}

Error no_library() {
  return {ResponseCode::SystemError, "OpenSSL has no TLS: " + library_failure().message()};
}

/// Gives the password that the user pointer is, and never asks on a terminal.
int give_password(char* room, int room_bytes, int, void* password) {
  const auto& text = *static_cast<const std::string*>(password);
  if (text.empty() || text.size() > static_cast<std::size_t>(room_bytes)) return -1;
  text.copy(room, text.size());
  return static_cast<int>(text.size());
}

/// Java's guide encrypts keys with RC4, which only OpenSSL's legacy provider knows. It is loaded
/// for this key alone.
KeyPtr read_legacy_key(std::string_view text, const std::string& password) {
  const LibraryPtr library(OSSL_LIB_CTX_new());
  if (library == nullptr) return nullptr;
  OSSL_PROVIDER* const legacy = OSSL_PROVIDER_load(library.get(), "legacy");
  OSSL_PROVIDER* const usual = OSSL_PROVIDER_load(library.get(), "default");
  KeyPtr key;
  if (legacy != nullptr && usual != nullptr) {
    const BioPtr bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
    const KeyPtr decrypted(PEM_read_bio_PrivateKey_ex(bio.get(), nullptr, give_password,
                                                      const_cast<std::string*>(&password),
                                                      library.get(), nullptr));
    // Of that library's own memory: its encoding makes it a key of the usual one.
    unsigned char* encoded = nullptr;
    const int bytes = decrypted == nullptr ? 0 : i2d_PrivateKey(decrypted.get(), &encoded);
    if (bytes > 0) {
      const unsigned char* at = encoded;
      key.reset(d2i_AutoPrivateKey(nullptr, &at, bytes));
      OPENSSL_clear_free(encoded, static_cast<std::size_t>(bytes));
    }
  }
  if (legacy != nullptr) OSSL_PROVIDER_unload(legacy);
  if (usual != nullptr) OSSL_PROVIDER_unload(usual);
  return key;
}

/// A file's text. Error: it cannot be read.
Result<std::string> text_of(const char* key, const std::string& file) {
  auto text = read_file(file);
  if (!text) return refused(key, file, text.error().remark);
  if (!*text) return refused(key, file, "there is no such file");
  return **std::move(text);
}

Result<void> use_key(SSL_CTX* context, const KeyNames& names, const TlsFiles& files) {
  if (files.key.empty()) {
    return Error{ResponseCode::SystemError, std::string(names.key) + " has to name the key of " +
                                                names.certificate + "=" + files.certificate};
  }
  auto text = text_of(names.key, files.key);
  if (!text) return text.error();
  const BioPtr bio(BIO_new_mem_buf(text->data(), static_cast<int>(text->size())));
  KeyPtr key(PEM_read_bio_PrivateKey(bio.get(), nullptr, give_password,
                                     const_cast<std::string*>(&files.key_password)));
  if (key == nullptr && !files.key_password.empty())
    key = read_legacy_key(*text, files.key_password);
  OPENSSL_cleanse(text->data(), text->size());
  if (key == nullptr) {
    return refused_by_library(names.key, files.key,
                              "expected a private key in PEM, not encrypted or with its password");
  }
  // The first compares a key with the certificate of its own kind only: an RSA certificate and a
  // key of elliptic curves lie side by side.
  if (SSL_CTX_use_PrivateKey(context, key.get()) != 1 || SSL_CTX_check_private_key(context) != 1)
    return refused_by_library(
        names.key, files.key,
        "is not the key of " + std::string(names.certificate) + "=" + files.certificate);
  return {};
}

Result<void> use_certificate(SSL_CTX* context, const KeyNames& names, const TlsFiles& files) {
  // Read by us first: the library's own words for a missing file are hard to read.
  if (auto text = text_of(names.certificate, files.certificate); !text) return text.error();
  if (SSL_CTX_use_certificate_chain_file(context, files.certificate.c_str()) != 1)
    return refused_by_library(names.certificate, files.certificate,
                              "expected certificates in PEM, ours first");
  return use_key(context, names, files);
}

Result<void> trust(SSL_CTX* context, const KeyNames& names, const TlsFiles& files) {
  if (files.trusted.empty()) {
    return SSL_CTX_set_default_verify_paths(context) == 1 ? Result<void>{} : no_library();
  }
  if (auto text = text_of(names.trusted, files.trusted); !text) return text.error();
  if (SSL_CTX_load_verify_file(context, files.trusted.c_str()) != 1)
    return refused_by_library(names.trusted, files.trusted, "expected certificates in PEM");
  // Clients choose theirs by these names.
  if (auto* const issuers = SSL_load_client_CA_file(files.trusted.c_str()); issuers != nullptr)
    SSL_CTX_set_client_CA_list(context, issuers);
  ERR_clear_error();
  return {};
}

/// Takes every certificate: encrypts, and knows not for whom.
int trust_everybody(X509_STORE_CTX*, void*) { return 1; }

Result<void> set_verification(SSL_CTX* context, const TlsConfig& config, TlsSide side) {
  const TlsFiles& files = side == TlsSide::Server ? config.server : config.client;
  int mode = SSL_VERIFY_PEER;
  if (side == TlsSide::Server) {
    if (config.client_auth == TlsClientAuth::None) mode = SSL_VERIFY_NONE;
    if (config.client_auth == TlsClientAuth::Require) mode |= SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
  }
  SSL_CTX_set_verify(context, mode, nullptr);
  if (!files.trusted.empty() || files.verifies_peer) return trust(context, names_of(side), files);
  SSL_CTX_set_cert_verify_callback(context, trust_everybody, nullptr);
  return {};
}

/// A key and a certificate of its own, for a server that has been given none: CN=localhost, for ten
/// years. Elliptic curves: such a key takes no time to make.
bool make_certificate(SSL_CTX* context) {
  const KeyPtr key(EVP_EC_gen("P-256"));
  const CertificatePtr certificate(X509_new());
  if (key == nullptr || certificate == nullptr) return false;
  constexpr long year_seconds = 365L * 24 * 3'600;
  X509_NAME* const name = X509_get_subject_name(certificate.get());
  return X509_set_version(certificate.get(), X509_VERSION_3) == 1 &&
         ASN1_INTEGER_set_int64(X509_get_serialNumber(certificate.get()), 1) == 1 &&
         // An hour ago: clocks differ.
         X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -3'600) != nullptr &&
         X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 10 * year_seconds) != nullptr &&
         X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                                    reinterpret_cast<const unsigned char*>("localhost"), -1, -1,
                                    0) == 1 &&
         X509_set_issuer_name(certificate.get(), name) == 1 &&
         X509_set_pubkey(certificate.get(), key.get()) == 1 &&
         X509_sign(certificate.get(), key.get(), EVP_sha256()) > 0 &&
         SSL_CTX_use_certificate(context, certificate.get()) == 1 &&
         SSL_CTX_use_PrivateKey(context, key.get()) == 1;
}

bool set_rules(SSL_CTX* context) {
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_NO_TICKET |
                                   SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_IGNORE_UNEXPECTED_EOF);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  // Buffers of idle connections go; what we offer again after a full link may lie elsewhere.
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  static std::string no_password;
  SSL_CTX_set_default_passwd_cb(context, give_password);
  SSL_CTX_set_default_passwd_cb_userdata(context, &no_password);
  return SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1 &&
         SSL_CTX_set_num_tickets(context, 0) == 1;
}

void warn_of_strangers(const TlsConfig& config) {
  if (config.client_auth == TlsClientAuth::None || !config.server.trusted.empty() ||
      config.server.verifies_peer)
    return;
  remoting_log().warn(
      "TLS: clients' certificates are taken unseen: tls.server.need.client.auth is set, and "
      "tls.server.trustCertPath is not");
}

}  // namespace

Result<std::shared_ptr<const TlsContext>> TlsContext::load(const TlsConfig& config, TlsSide side) {
  using Loaded = std::shared_ptr<const TlsContext>;
  const bool is_server = side == TlsSide::Server;
  const TlsFiles& files = is_server ? config.server : config.client;
  const KeyNames names = names_of(side);
  if (files.certificate.empty() && !files.key.empty()) {
    return Error{ResponseCode::SystemError, std::string(names.certificate) +
                                                " has to name the certificate of " + names.key +
                                                "=" + files.key};
  }
  const bool has_certificate = !files.certificate.empty();
  if (is_server && !has_certificate && !config.makes_certificate) {
    if (config.mode != TlsMode::Enforcing) return Loaded();
    return Error{ResponseCode::SystemError,
                 "tls.server.mode=enforcing needs tls.server.certPath and tls.server.keyPath, or "
                 "tls.test.mode.enable=true"};
  }
  ERR_clear_error();
  ContextPtr context(SSL_CTX_new(is_server ? TLS_server_method() : TLS_client_method()));
  if (context == nullptr || !set_rules(context.get())) return no_library();
  if (has_certificate) {
    if (auto used = use_certificate(context.get(), names, files); !used) return used.error();
  } else if (is_server && !make_certificate(context.get())) {
    return no_library();
  }
  if (auto set = set_verification(context.get(), config, side); !set) return set.error();
  if (is_server) warn_of_strangers(config);
  return Loaded(new TlsContext(side, context.release()));
}

TlsContext::~TlsContext() { SSL_CTX_free(native_); }

TlsCredentials::TlsCredentials(TlsConfig config, TlsSide side)
    : config_(std::move(config)), side_(side) {}

TlsCredentials::Stamps TlsCredentials::look() const {
  const TlsFiles& files = side_ == TlsSide::Server ? config_.server : config_.client;
  Stamps stamps;
  for (const std::string& file : {files.certificate, files.key, files.trusted}) {
    Stamp stamp;
    struct stat status {};
    if (!file.empty() && ::stat(file.c_str(), &status) == 0) {
      stamp = {static_cast<std::int64_t>(status.st_dev), static_cast<std::int64_t>(status.st_ino),
               static_cast<std::int64_t>(status.st_size),
               status.st_mtim.tv_sec * 1'000'000'000 + status.st_mtim.tv_nsec,
               status.st_ctim.tv_sec * 1'000'000'000 + status.st_ctim.tv_nsec};
    }
    stamps.push_back(stamp);
  }
  return stamps;
}

Result<void> TlsCredentials::load() {
  const std::lock_guard reload_lock(reload_mutex_);
  loaded_ = seen_ = look();
  auto context = TlsContext::load(config_, side_);
  if (!context) return context.error();
  const std::lock_guard lock(mutex_);
  current_ = *std::move(context);
  return {};
}

void TlsCredentials::reload() {
  const std::lock_guard reload_lock(reload_mutex_);
  Stamps found = look();
  const bool stays = found == seen_;
  seen_ = found;
  if (!stays || found == loaded_) return;
  loaded_ = std::move(found);
  auto context = TlsContext::load(config_, side_);
  if (!context) {
    remoting_log().error("TLS: the changed files are not used, the old ones stay: {}",
                         context.error().remark);
    return;
  }
  remoting_log().info("TLS: new connections use the changed files");
  const std::lock_guard lock(mutex_);
  current_ = *std::move(context);
}

std::shared_ptr<const TlsContext> TlsCredentials::current() const {
  const std::lock_guard lock(mutex_);
  return current_;
}

}  // namespace rocketmq::net
