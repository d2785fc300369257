#include "rocketmq/common/tls_config.hpp"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <system_error>
#include <utility>

#include "rocketmq/common/config_table.hpp"
#include "rocketmq/common/properties_file.hpp"

namespace rocketmq {
namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

void add_password(ConfigTable& table, std::string name, std::string& value, std::string meaning) {
  ConfigKey key;
  key.name = std::move(name);
  key.unit = "text";
  key.meaning = std::move(meaning);
  key.parse = [&value](std::string_view text) -> Result<void> {
    value = text;
    return {};
  };
  key.print = [&value] { return std::string(value.empty() ? "" : "******"); };
  table.add(std::move(key));
}

/// Java takes these names in any case.
void add_client_auth(ConfigTable& table, TlsClientAuth& value) {
  ConfigKey key;
  key.name = "tls.server.need.client.auth";
  key.unit = "none, optional, require";
  key.meaning = "whether clients are asked for a certificate, and refused without one";
  key.parse = [&value](std::string_view text) -> Result<void> {
    const std::string name = lower(text);
    if (name == "none") {
      value = TlsClientAuth::None;
    } else if (name == "optional") {
      value = TlsClientAuth::Optional;
    } else if (name == "require") {
      value = TlsClientAuth::Require;
    } else {
      return Error{ResponseCode::SystemError, "expected one of none, optional, require"};
    }
    return {};
  };
  key.print = [&value]() -> std::string {
    switch (value) {
      case TlsClientAuth::Optional: return "optional";
      case TlsClientAuth::Require: return "require";
      case TlsClientAuth::None: break;
    }
    return "none";
  };
  table.add(std::move(key));
}

/// What Java's tls.properties may hold as well.
void add_file_keys(ConfigTable& table, TlsConfig& config) {
  table.add_enum("tls.server.mode", config.mode,
                 {{"disabled", TlsMode::Disabled},
                  {"permissive", TlsMode::Permissive},
                  {"enforcing", TlsMode::Enforcing}},
                 "listeners take plain connections, plain and TLS ones, TLS ones only");
  table.add(
      "tls.test.mode.enable", config.makes_certificate, "bool",
      "without tls.server.certPath: a certificate that is made at each start, which no client "
      "can verify; false: none, and no TLS");
  table.add_path("tls.server.certPath", config.server.certificate,
                 "certificate chain of listeners, PEM; read again when it changes");
  table.add_path("tls.server.keyPath", config.server.key,
                 "its private key, PEM; read again when it changes");
  add_password(table, "tls.server.keyPassword", config.server.key_password,
               "password of that key, if it is encrypted");
  add_client_auth(table, config.client_auth);
  table.add("tls.server.authClient", config.server.verifies_peer, "bool",
            "verifies clients' certificates; always so with tls.server.trustCertPath");
  table.add_path(
      "tls.server.trustCertPath", config.server.trusted,
      "certificates that clients' ones are verified by, PEM; read again when it changes");
  table.add_path("tls.client.certPath", config.client.certificate,
                 "certificate chain for connections that this program makes, PEM");
  table.add_path("tls.client.keyPath", config.client.key, "its private key, PEM");
  add_password(table, "tls.client.keyPassword", config.client.key_password,
               "password of that key, if it is encrypted");
  table.add("tls.client.authServer", config.client.verifies_peer, "bool",
            "verifies servers' certificates; always so with tls.client.trustCertPath");
  table.add_path("tls.client.trustCertPath", config.client.trusted,
                 "certificates that servers' ones are verified by, PEM");
}

}  // namespace

void add_tls_switch(ConfigTable& table, TlsConfig& config, std::string name) {
  ConfigKey key;
  key.name = std::move(name);
  key.unit = "bool";
  key.meaning =
      "TLS for connections that this program makes; where it is not set: with "
      "tls.server.mode=enforcing";
  key.parse = [&config](std::string_view text) -> Result<void> {
    const std::string value = lower(text);
    if (value != "true" && value != "false")
      return Error{ResponseCode::SystemError, "expected true or false"};
    config.enable = value == "true";
    return {};
  };
  key.print = [&config]() -> std::string {
    return config.encrypts_own_connections() ? "true" : "false";
  };
  table.add(std::move(key));
}

void add_tls_keys(ConfigTable& table, TlsConfig& config) {
  add_file_keys(table, config);
  add_tls_switch(table, config, "tls.enable");
  table.add_path("tls.config.file", config.config_file,
                 "properties file with keys that begin with tls.; what it says comes before this "
                 "file; the default one may be missing");
}

Result<void> apply_tls_file(TlsConfig& config, const std::function<void(std::string)>& warn) {
  std::error_code unknown;
  if (config.config_file.empty() || (config.config_file == TlsConfig::default_config_file &&
                                     !std::filesystem::exists(config.config_file, unknown)))
    return {};
  const auto properties = load_properties(config.config_file);
  if (!properties)
    return Error{ResponseCode::SystemError, "tls.config.file: " + properties.error().remark};
  ConfigTable table;
  add_file_keys(table, config);
  add_tls_switch(table, config, "tls.enable");
  return table.apply(*properties, config.config_file, warn);
}

}  // namespace rocketmq
