#pragma once

#include "rocketmq/access/access_control.hpp"
#include "rocketmq/broker/broker_config.hpp"
#include "rocketmq/remoting/dispatcher.hpp"

namespace rocketmq::broker {

/// Shows and changes the accounts of access control (spec/wire-requests.md, ACL 1.0). No response
/// has a secret. Runs on: the admin pool; it may wait for the disk.
class AdminAccessProcessor {
 public:
  /// `access` is null where access control is off; both must outlive the processor.
  AdminAccessProcessor(const BrokerConfig& config, acl::AccessControl* access)
      : config_(config), access_(access) {}

  void update_account(const remoting::RequestContext& context, remoting::RemotingCommand& request,
                      remoting::Reply reply);
  void delete_account(const remoting::RequestContext& context, remoting::RemotingCommand& request,
                      remoting::Reply reply);
  void versions(const remoting::RequestContext& context, remoting::RemotingCommand& request,
                remoting::Reply reply);
  void update_white_addresses(const remoting::RequestContext& context,
                              remoting::RemotingCommand& request, remoting::Reply reply);
  void accounts(const remoting::RequestContext& context, remoting::RemotingCommand& request,
                remoting::Reply reply);

 private:
  const BrokerConfig& config_;
  acl::AccessControl* const access_;
};

}  // namespace rocketmq::broker
