#pragma once

#include <optional>
#include <string>
#include <tuple>

#include "rocketmq/protocol/header.hpp"

// Administration of access control as 4.x has it (spec/wire-requests.md, ACL 1.0).
namespace rocketmq::remoting {

/// UPDATE_AND_CREATE_ACL_CONFIG (50). What is absent stays as it is.
struct UpdateAclConfigRequestHeader {
  std::string accessKey;
  std::optional<std::string> secretKey;
  std::optional<std::string> whiteRemoteAddress;
  std::optional<bool> admin;
  std::optional<std::string> defaultTopicPerm;
  std::optional<std::string> defaultGroupPerm;
  std::optional<std::string> topicPerms;
  std::optional<std::string> groupPerms;

  static constexpr std::tuple fields{
      field("accessKey", &UpdateAclConfigRequestHeader::accessKey, "account"),
      field("secretKey", &UpdateAclConfigRequestHeader::secretKey, "its secret"),
      field("whiteRemoteAddress", &UpdateAclConfigRequestHeader::whiteRemoteAddress,
            "addresses that need no signature"),
      field("admin", &UpdateAclConfigRequestHeader::admin, "whether it administers"),
      field("defaultTopicPerm", &UpdateAclConfigRequestHeader::defaultTopicPerm,
            "for topics that are not named"),
      field("defaultGroupPerm", &UpdateAclConfigRequestHeader::defaultGroupPerm,
            "for groups that are not named"),
      field("topicPerms", &UpdateAclConfigRequestHeader::topicPerms, "T1=PUB,T2=SUB"),
      field("groupPerms", &UpdateAclConfigRequestHeader::groupPerms, "G1=SUB,G2=DENY"),
  };
};

/// DELETE_ACL_CONFIG (51).
struct DeleteAclConfigRequestHeader {
  std::string accessKey;
  static constexpr std::tuple fields{
      field("accessKey", &DeleteAclConfigRequestHeader::accessKey, "account")};
};

/// UPDATE_GLOBAL_WHITE_ADDRS_CONFIG (53).
struct UpdateGlobalWhiteAddrsRequestHeader {
  std::string globalWhiteAddrs;
  std::optional<std::string> aclFileFullPath;
  static constexpr std::tuple fields{
      field("globalWhiteAddrs", &UpdateGlobalWhiteAddrsRequestHeader::globalWhiteAddrs,
            "joined by a comma"),
      field("aclFileFullPath", &UpdateGlobalWhiteAddrsRequestHeader::aclFileFullPath,
            "one of the broker's own files"),
  };
};

/// Response to GET_BROKER_CLUSTER_ACL_INFO (52).
struct AclVersionsResponseHeader {
  std::string version;
  std::optional<std::string> allAclFileVersion;
  std::string brokerName;
  std::string brokerAddr;
  std::string clusterName;
  static constexpr std::tuple fields{
      field("version", &AclVersionsResponseHeader::version, "data version as JSON"),
      field("allAclFileVersion", &AclVersionsResponseHeader::allAclFileVersion, "by file, as JSON"),
      field("brokerName", &AclVersionsResponseHeader::brokerName, "broker"),
      field("brokerAddr", &AclVersionsResponseHeader::brokerAddr, "its address"),
      field("clusterName", &AclVersionsResponseHeader::clusterName, "its cluster"),
  };
};

}  // namespace rocketmq::remoting
