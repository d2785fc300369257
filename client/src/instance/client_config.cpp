#include <limits>
#include <utility>

#include "rocketmq/ClientConfig.h"
#include "rocketmq/MQException.h"
#include "rocketmq/client/client_settings.hpp"

namespace rocketmq {

using client::milliseconds;

ClientConfig::ClientConfig(std::shared_ptr<client::ClientSettings> settings)
    : settings_(std::move(settings)) {}
ClientConfig::~ClientConfig() = default;

void ClientConfig::checkNotStarted(const char* setter) const {
  if (!isStarted_.load(std::memory_order_acquire)) return;
  throw MQClientException(std::string(setter) +
                          "() after start() would have no effect: settings are read by start()");
}

int ClientConfig::wholeNumber(std::int64_t number) {
  if (number < std::numeric_limits<int>::min() || number > std::numeric_limits<int>::max()) {
    throw MQClientException("a time of " + std::to_string(number) + " is out of range");
  }
  return static_cast<int>(number);
}

void ClientConfig::setNamesrvAddr(const std::string& addresses) {
  checkNotStarted("setNamesrvAddr");
  settings_->namesrv_addr = addresses;
}
std::string ClientConfig::getNamesrvAddr() const { return settings_->effective_namesrv_addr(); }
void ClientConfig::setSessionCredentials(const SessionCredentials& credentials) {
  checkNotStarted("setSessionCredentials");
  settings_->credentials = credentials;
}
void ClientConfig::setNamesrvDomain(const std::string& domain) {
  checkNotStarted("setNamesrvDomain");
  settings_->namesrv_domain = domain;
}
std::string ClientConfig::getNamesrvDomain() const { return settings_->namesrv_domain; }
void ClientConfig::setNamesrvSubgroup(const std::string& subgroup) {
  checkNotStarted("setNamesrvSubgroup");
  settings_->namesrv_subgroup = subgroup;
}
std::string ClientConfig::getNamesrvSubgroup() const { return settings_->namesrv_subgroup; }
void ClientConfig::setInstanceName(const std::string& name) {
  checkNotStarted("setInstanceName");
  settings_->instance_name = name;
}
std::string ClientConfig::getInstanceName() const { return settings_->instance_name; }
void ClientConfig::setClientIP(const std::string& ip) {
  checkNotStarted("setClientIP");
  settings_->client_ip = ip;
}
std::string ClientConfig::getClientIP() const { return settings_->client_ip; }
void ClientConfig::setUnitName(const std::string& name) {
  checkNotStarted("setUnitName");
  settings_->unit_name = name;
}
std::string ClientConfig::getUnitName() const { return settings_->unit_name; }

void ClientConfig::setNamespace(const std::string& name) {
  checkNotStarted("setNamespace");
  settings_->name_space = client::Namespace(name);
}
std::string ClientConfig::getNamespace() const { return settings_->name_space.name(); }
void ClientConfig::setVipChannelEnabled(bool enabled) {
  checkNotStarted("setVipChannelEnabled");
  settings_->vip_channel = enabled;
}
bool ClientConfig::isVipChannelEnabled() const { return settings_->vip_channel; }

void ClientConfig::setUseTLS(bool enabled) {
  checkNotStarted("setUseTLS");
  settings_->use_tls = enabled;
}
bool ClientConfig::isUseTLS() const { return settings_->use_tls; }
void ClientConfig::setTlsConfigFile(const std::string& file) {
  checkNotStarted("setTlsConfigFile");
  settings_->tls_config_file = file;
}
std::string ClientConfig::getTlsConfigFile() const { return settings_->tls_config_file; }

void ClientConfig::setPollNameServerInterval(int ms) {
  checkNotStarted("setPollNameServerInterval");
  settings_->poll_name_server_interval = milliseconds(ms);
}
int ClientConfig::getPollNameServerInterval() const {
  return client::whole_ms(settings_->poll_name_server_interval);
}
void ClientConfig::setHeartbeatBrokerInterval(int ms) {
  checkNotStarted("setHeartbeatBrokerInterval");
  settings_->heartbeat_interval = milliseconds(ms);
}
int ClientConfig::getHeartbeatBrokerInterval() const {
  return client::whole_ms(settings_->heartbeat_interval);
}
void ClientConfig::setPersistConsumerOffsetInterval(int ms) {
  checkNotStarted("setPersistConsumerOffsetInterval");
  settings_->persist_offset_interval = milliseconds(ms);
}
int ClientConfig::getPersistConsumerOffsetInterval() const {
  return client::whole_ms(settings_->persist_offset_interval);
}
void ClientConfig::setMqClientApiTimeout(int ms) {
  checkNotStarted("setMqClientApiTimeout");
  settings_->api_timeout = milliseconds(ms);
}
int ClientConfig::getMqClientApiTimeout() const { return client::whole_ms(settings_->api_timeout); }
void ClientConfig::setPullTimeDelayMillsWhenException(int ms) {
  checkNotStarted("setPullTimeDelayMillsWhenException");
  settings_->pull_delay_after_failure = milliseconds(ms);
}
int ClientConfig::getPullTimeDelayMillsWhenException() const {
  return client::whole_ms(settings_->pull_delay_after_failure);
}
void ClientConfig::setClientCallbackExecutorThreads(int threads) {
  checkNotStarted("setClientCallbackExecutorThreads");
  settings_->callback_threads = threads;
}
int ClientConfig::getClientCallbackExecutorThreads() const { return settings_->callback_threads; }

std::string ClientConfig::buildMQClientId() const { return settings_->client_id(); }

}  // namespace rocketmq
