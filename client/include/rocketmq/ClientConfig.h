#pragma once

#include "rocketmq/RequiresCpp20.h"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "rocketmq/SessionCredentials.h"

namespace rocketmq {

namespace client {
struct ClientSettings;
}

/// Settings that producers and consumers share. start() reads all settings, and throws
/// MQClientException for one that is out of its range; a setter throws it once the client has been
/// started.
class ClientConfig {
 public:
  virtual ~ClientConfig();
  ClientConfig(const ClientConfig&) = delete;
  ClientConfig& operator=(const ClientConfig&) = delete;

  /// Name servers, "host:port;host:port". Default: environment variable NAMESRV_ADDR.
  void setNamesrvAddr(const std::string& addresses);
  std::string getNamesrvAddr() const;
  /// An address server, "host" or "host:port" (default 8080), which returns the list of name
  /// servers by HTTP, http://domain/rocketmq/subgroup, where none are set: when the first one is
  /// needed, and then every 2 min. With a unit name the path ends with subgroup-unit?nofix=1.
  /// Default: none.
  void setNamesrvDomain(const std::string& domain);
  std::string getNamesrvDomain() const;
  /// Default "nsaddr".
  void setNamesrvSubgroup(const std::string& subgroup);
  std::string getNamesrvSubgroup() const;

  /// Clients of one machine with equal instance names share connections and background threads. The
  /// default, "DEFAULT", becomes a name of its own for each object, except for broadcasting
  /// consumers.
  void setInstanceName(const std::string& name);
  std::string getInstanceName() const;
  /// The address under which this client names itself. Default: that of the first network
  /// interface.
  void setClientIP(const std::string& ip);
  std::string getClientIP() const;
  /// A suffix of the client's id.
  void setUnitName(const std::string& name);
  std::string getUnitName() const;

  /// A prefix that sets this client's topics and groups apart from those of others on the same
  /// brokers: "N%name" on the wire, "name" in all calls. Default: none.
  void setNamespace(const std::string& name);
  void setNameSpace(const std::string& name) { setNamespace(name); }
  std::string getNamespace() const;
  /// Whether sends, send-backs, offsets, locks and queries go to the brokers' port - 2, where they
  /// need not queue behind pulls. Default false.
  void setVipChannelEnabled(bool enabled);
  bool isVipChannelEnabled() const;

  /// The account under which requests are signed. start() throws MQClientException where one of
  /// access key and secret key is empty and the other is not. Default: none, and nothing is signed.
  void setSessionCredentials(const SessionCredentials& credentials);
  void setSessionCredentials(const std::string& accessKey, const std::string& secretKey,
                             const std::string& securityToken = {}) {
    setSessionCredentials(SessionCredentials(accessKey, secretKey, securityToken));
  }

  /// Whether connections to name servers and brokers are encrypted. Default: false, or true where
  /// the environment variable ROCKETMQ_TLS_ENABLE is "true". Servers are verified where the file of
  /// setTlsConfigFile() says by what.
  void setUseTLS(bool enabled);
  bool isUseTLS() const;
  /// A properties file, as Java clients have: tls.client.trustCertPath, tls.client.authServer,
  /// tls.client.certPath, tls.client.keyPath, tls.client.keyPassword; other keys have no effect.
  /// start() throws MQClientException, which names file, key and reason, where it or what it names
  /// cannot be used. Default: the environment variable ROCKETMQ_TLS_CONFIG_FILE, else
  /// /etc/rocketmq/tls.properties, which may be missing.
  void setTlsConfigFile(const std::string& file);
  std::string getTlsConfigFile() const;

  /// How often routes are requested, ms. Default 30000.
  void setPollNameServerInterval(int milliseconds);
  void setPollNameServerInterval(std::chrono::milliseconds time) {
    setPollNameServerInterval(wholeMilliseconds(time));
  }
  int getPollNameServerInterval() const;
  /// How often brokers hear of this client, ms. Default 30000; brokers forget a client after 120 s.
  void setHeartbeatBrokerInterval(int milliseconds);
  void setHeartbeatBrokerInterval(std::chrono::milliseconds time) {
    setHeartbeatBrokerInterval(wholeMilliseconds(time));
  }
  int getHeartbeatBrokerInterval() const;
  /// How often consumers store their offsets, ms. Default 5000.
  void setPersistConsumerOffsetInterval(int milliseconds);
  void setPersistConsumerOffsetInterval(std::chrono::milliseconds time) {
    setPersistConsumerOffsetInterval(wholeMilliseconds(time));
  }
  int getPersistConsumerOffsetInterval() const;
  /// Time-out of requests other than sends and pulls, ms. Default 3000.
  void setMqClientApiTimeout(int milliseconds);
  void setMqClientApiTimeout(std::chrono::milliseconds time) {
    setMqClientApiTimeout(wholeMilliseconds(time));
  }
  int getMqClientApiTimeout() const;
  /// Wait before a queue is pulled again after a failed pull, ms. Default 1000.
  void setPullTimeDelayMillsWhenException(int milliseconds);
  void setPullTimeDelayMillsWhenException(std::chrono::milliseconds time) {
    setPullTimeDelayMillsWhenException(wholeMilliseconds(time));
  }
  int getPullTimeDelayMillsWhenException() const;
  /// Threads that run the callbacks of asynchronous sends. Default 1.
  void setClientCallbackExecutorThreads(int threads);
  int getClientCallbackExecutorThreads() const;

  /// `ip@instanceName[@unitName]`, by which brokers know this client. Final after start().
  std::string buildMQClientId() const;

 protected:
  explicit ClientConfig(std::shared_ptr<client::ClientSettings> settings);
  const client::ClientSettings& clientSettings() const { return *settings_; }
  /// What setters call first: throws once the client has been started.
  void checkNotStarted(const char* setter) const;
  /// Times as the setters take them; throws MQClientException for one that the number cannot hold.
  static int wholeMilliseconds(std::chrono::milliseconds time) { return wholeNumber(time.count()); }
  static int wholeMinutes(std::chrono::minutes time) { return wholeNumber(time.count()); }
  void setStarted() { isStarted_.store(true, std::memory_order_release); }

 private:
  static int wholeNumber(std::int64_t number);

  std::shared_ptr<client::ClientSettings> settings_;
  std::atomic<bool> isStarted_{false};
};

}  // namespace rocketmq
