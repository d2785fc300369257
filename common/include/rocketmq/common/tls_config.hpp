#pragma once

#include <functional>
#include <optional>
#include <string>

#include "rocketmq/common/result.hpp"

namespace rocketmq {

class ConfigTable;

/// Whom a listener talks to.
enum class TlsMode {
  Disabled,    ///< plain connections only
  Permissive,  ///< plain and TLS
  Enforcing,   ///< TLS only
};

/// Whether a server asks its clients for a certificate.
enum class TlsClientAuth { None, Optional, Require };

/// Who one side is, and whom it trusts. Paths of files in PEM; an empty one is not set.
struct TlsFiles {
  /// May be encrypted, with `key_password`.
  std::string key;
  std::string key_password;
  /// The certificate, followed by those between it and the root.
  std::string certificate;
  /// Certificates that are trusted; where one is set, the peer's certificate is verified.
  std::string trusted;
  /// Verifies the peer's certificate also without `trusted`, by what the system trusts.
  bool verifies_peer = false;
};

/// What the keys that begin with "tls." say (docs/tls.md). Set before threads start.
struct TlsConfig {
  TlsMode mode = TlsMode::Permissive;
  /// Whether a listener without a certificate makes one for itself at each start.
  bool makes_certificate = true;
  TlsClientAuth client_auth = TlsClientAuth::None;
  TlsFiles server;
  TlsFiles client;
  /// Whether connections that we make are encrypted; where it is not set, they are with Enforcing.
  std::optional<bool> enable;
  std::string config_file = default_config_file;

  static constexpr const char* default_config_file = "/etc/rocketmq/tls.properties";

  bool encrypts_own_connections() const { return enable.value_or(mode == TlsMode::Enforcing); }
};

/// Binds the keys of listeners and of the connections that a daemon makes.
void add_tls_keys(ConfigTable& table, TlsConfig& config);
/// Binds one more key of the table to TlsConfig::enable.
void add_tls_switch(ConfigTable& table, TlsConfig& config, std::string name);

/// Applies the properties file that `config` names, which comes before what was set otherwise, as
/// with Java's servers and clients. The default one may be missing. Unknown keys go to `warn`.
/// Error: names file, line, key and reason.
Result<void> apply_tls_file(TlsConfig& config, const std::function<void(std::string)>& warn);

}  // namespace rocketmq
