#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "rocketmq/SessionCredentials.h"
#include "rocketmq/client/failure.hpp"
#include "rocketmq/client/namespace.hpp"

namespace rocketmq::net {
class TlsCredentials;
}

namespace rocketmq::client {

using std::chrono::milliseconds;

inline constexpr const char* default_instance_name = "DEFAULT";

/// As the public getters return a time.
inline int whole_ms(milliseconds time) { return static_cast<int>(time.count()); }

/// What producers and consumers share. Written by the public setters, copied by start().
struct ClientSettings {
  std::string namesrv_addr;
  /// The address server, asked for name servers where none are set; empty: there is none.
  std::string namesrv_domain;
  std::string namesrv_subgroup = "nsaddr";
  std::string instance_name = default_instance_name;
  std::string client_ip;
  std::string unit_name;
  /// Empty: requests are not signed.
  SessionCredentials credentials;
  milliseconds poll_name_server_interval{30'000};
  milliseconds heartbeat_interval{30'000};
  milliseconds persist_offset_interval{5'000};
  milliseconds api_timeout{3'000};
  milliseconds pull_delay_after_failure{1'000};
  int callback_threads = 1;
  Namespace name_space;
  /// Whether records of what is done with messages go to the trace topic.
  bool trace_enabled = false;
  /// Empty: the system's one.
  std::string trace_topic;
  /// Requests that can do so go to the broker's port - 2.
  bool vip_channel = false;
  /// Whether connections are encrypted; the environment's ROCKETMQ_TLS_ENABLE says it for all.
  bool use_tls = tls_of_environment();
  /// Properties with keys that begin with tls.client; empty: ROCKETMQ_TLS_CONFIG_FILE of the
  /// environment, else the default one, which may be missing.
  std::string tls_config_file;

  /// `ip@instance[@unit]`.
  std::string client_id() const;
  /// Gives this client an instance of its own when the name is still the default one.
  void make_instance_name_unique();
  /// The configured list, else environment variable NAMESRV_ADDR; may be empty.
  std::string effective_namesrv_addr() const;

 private:
  static bool tls_of_environment();
};

/// Reads what TLS needs; null: connections are plain. Waits for the disk. Failure: names file, key
/// and reason.
Outcome<std::shared_ptr<const net::TlsCredentials>> load_tls(const ClientSettings& settings);

/// Whether the name servers can be read, and times and numbers are in their ranges. Failure: names
/// the first setting that is wrong.
Outcome<void> check_client(const ClientSettings& settings);

/// New settings of a producer or a consumer of `group`.
template <class Settings>
std::shared_ptr<Settings> settings_for(const std::string& group) {
  auto settings = std::make_shared<Settings>();
  settings->group = group;
  return settings;
}

}  // namespace rocketmq::client
