#include "rocketmq/client/client_settings.hpp"

#include <unistd.h>

#include <chrono>
#include <cstdlib>

#include "rocketmq/client/name_servers.hpp"
#include "rocketmq/client/setting_checks.hpp"
#include "rocketmq/common/endpoint.hpp"

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

Outcome<void> check_client(const ClientSettings& settings) {
  if (const auto list = parse_name_servers(settings.effective_namesrv_addr()); !list) {
    return list.error();
  }
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
