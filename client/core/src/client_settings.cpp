#include "rocketmq/client/client_settings.hpp"

#include <spdlog/spdlog.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "rocketmq/client/client_log.hpp"
#include "rocketmq/client/name_servers.hpp"
#include "rocketmq/client/setting_checks.hpp"
#include "rocketmq/common/endpoint.hpp"
#include "rocketmq/common/tls_config.hpp"
#include "rocketmq/net/tls_context.hpp"

namespace rocketmq::client {

std::string ClientSettings::client_id() const {
  std::string id = (client_ip.empty() ? local_ip() : client_ip) + "@" + instance_name;
  if (!unit_name.empty()) id += "@" + unit_name;
  return id;
}

void ClientSettings::make_instance_name_unique() {
  if (instance_name != default_instance_name) return;
  instance_name = std::to_string(::getpid()) + "#" +
                  std::to_string(std::chrono::steady_clock::now().time_since_epoch().count());
}

std::string ClientSettings::effective_namesrv_addr() const {
  if (!namesrv_addr.empty()) return namesrv_addr;
  const char* from_environment = std::getenv("NAMESRV_ADDR");
  return from_environment == nullptr ? std::string() : from_environment;
}

bool ClientSettings::tls_of_environment() {
  const char* const value = std::getenv("ROCKETMQ_TLS_ENABLE");
  return value != nullptr && std::strcmp(value, "true") == 0;
}

Outcome<std::shared_ptr<const net::TlsCredentials>> load_tls(const ClientSettings& settings) {
  using Loaded = std::shared_ptr<const net::TlsCredentials>;
  if (!settings.use_tls) return Loaded();
  TlsConfig config;
  const char* const from_environment = std::getenv("ROCKETMQ_TLS_CONFIG_FILE");
  if (!settings.tls_config_file.empty()) {
    config.config_file = settings.tls_config_file;
  } else if (from_environment != nullptr && *from_environment != '\0') {
    config.config_file = from_environment;
  }
  const auto warn = [](const std::string& text) { client_log().warn("{}", text); };
  if (const auto applied = apply_tls_file(config, warn); !applied)
    return client_failure(applied.error().remark);
  auto credentials = std::make_shared<net::TlsCredentials>(std::move(config), net::TlsSide::Client);
  if (const auto loaded = credentials->load(); !loaded)
    return client_failure(loaded.error().remark);
  return Loaded(std::move(credentials));
}

Outcome<void> check_client(const ClientSettings& settings) {
  if (const auto list = parse_name_servers(settings.effective_namesrv_addr()); !list) {
    return list.error();
  }
  if (const auto tls = load_tls(settings); !tls) return tls.error();
  const SessionCredentials& account = settings.credentials;
  if (account.getAccessKey().empty() != account.getSecretKey().empty())
    return client_failure(
        "session credentials need an access key and a secret key, not one of them");
  return check_ranges(
      {{"pollNameServerInterval", settings.poll_name_server_interval.count(), 1, int_setting_max},
       {"heartbeatBrokerInterval", settings.heartbeat_interval.count(), 1, int_setting_max},
       {"persistConsumerOffsetInterval", settings.persist_offset_interval.count(), 1,
        int_setting_max},
       {"mqClientApiTimeout", settings.api_timeout.count(), 1, int_setting_max},
       {"pullTimeDelayMillsWhenException", settings.pull_delay_after_failure.count(), 0,
        int_setting_max},
       {"clientCallbackExecutorThreads", settings.callback_threads, 1, 1000}});
}

}  // namespace rocketmq::client
