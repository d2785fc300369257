#pragma once

#include "rocketmq/RequiresCpp20.h"

#include <string>
#include <utility>

namespace rocketmq {

/// The account under which a client signs its requests: brokers with access control
/// (aclEnable=true) serve no others. Each request is signed with the secret, which is never sent.
///
///     DefaultMQProducer producer("group");
///     producer.setSessionCredentials(SessionCredentials("accessKey", "secretKey"));
class SessionCredentials {
 public:
  /// No account: requests are not signed.
  SessionCredentials() = default;
  /// As the broker's accounts have them. A security token, which services that lend accounts give
  /// out, is sent and signed along; brokers ignore it.
  SessionCredentials(std::string accessKey, std::string secretKey, std::string securityToken = {})
      : accessKey_(std::move(accessKey)),
        secretKey_(std::move(secretKey)),
        securityToken_(std::move(securityToken)) {}

  const std::string& getAccessKey() const { return accessKey_; }
  const std::string& getSecretKey() const { return secretKey_; }
  const std::string& getSecurityToken() const { return securityToken_; }
  bool isEmpty() const { return accessKey_.empty() && secretKey_.empty(); }

  friend bool operator==(const SessionCredentials&, const SessionCredentials&) = default;

 private:
  std::string accessKey_;
  std::string secretKey_;
  std::string securityToken_;
};

}  // namespace rocketmq
