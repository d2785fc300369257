#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <tuple>

#include "rocketmq/protocol/header.hpp"

namespace rocketmq::remoting {

/// REGISTER_BROKER (103).
struct RegisterBrokerRequestHeader {
  std::string brokerName;
  std::string brokerAddr;
  std::string clusterName;
  std::string haServerAddr;
  std::int64_t brokerId = 0;
  std::optional<bool> compressed;
  std::optional<std::int32_t> bodyCrc32;
  std::optional<bool> enableActingMaster;

  static constexpr std::tuple fields{
      field("brokerName", &RegisterBrokerRequestHeader::brokerName,
            "name shared by a master and its slaves"),
      field("brokerAddr", &RegisterBrokerRequestHeader::brokerAddr, "ip:port that clients use"),
      field("clusterName", &RegisterBrokerRequestHeader::clusterName, "cluster"),
      field("haServerAddr", &RegisterBrokerRequestHeader::haServerAddr, "ip:port of replication"),
      field("brokerId", &RegisterBrokerRequestHeader::brokerId, "0 master, >0 slave"),
      field("compressed", &RegisterBrokerRequestHeader::compressed, "the body is one zlib stream"),
      field("bodyCrc32", &RegisterBrokerRequestHeader::bodyCrc32,
            "masked CRC-32 of the body as sent; 0 is not checked"),
      field("enableActingMaster", &RegisterBrokerRequestHeader::enableActingMaster,
            "published with the address (5.x)"),
  };
};

/// Response of 103.
struct RegisterBrokerResponseHeader {
  std::optional<std::string> haServerAddr;
  std::optional<std::string> masterAddr;

  static constexpr std::tuple fields{
      field("haServerAddr", &RegisterBrokerResponseHeader::haServerAddr,
            "replication address of the live master"),
      field("masterAddr", &RegisterBrokerResponseHeader::masterAddr, "address of the live master"),
  };
};

/// UNREGISTER_BROKER (104), QUERY_DATA_VERSION (322).
struct BrokerIdentityRequestHeader {
  std::string brokerName;
  std::string brokerAddr;
  std::string clusterName;
  std::int64_t brokerId = 0;

  static constexpr std::tuple fields{
      field("brokerName", &BrokerIdentityRequestHeader::brokerName,
            "name shared by a master and its slaves"),
      field("brokerAddr", &BrokerIdentityRequestHeader::brokerAddr, "ip:port that clients use"),
      field("clusterName", &BrokerIdentityRequestHeader::clusterName, "cluster"),
      field("brokerId", &BrokerIdentityRequestHeader::brokerId, "0 master, >0 slave"),
  };
};

/// Response of 322.
struct QueryDataVersionResponseHeader {
  bool changed = false;

  static constexpr std::tuple fields{field("changed", &QueryDataVersionResponseHeader::changed,
                                           "the name server holds another version, or none")};
};

/// PUT_KV_CONFIG (100).
struct PutKvConfigRequestHeader {
  std::optional<std::string> namespace_;
  std::optional<std::string> key;
  std::optional<std::string> value;

  static constexpr std::tuple fields{
      field("namespace", &PutKvConfigRequestHeader::namespace_, "name space"),
      field("key", &PutKvConfigRequestHeader::key, "key"),
      field("value", &PutKvConfigRequestHeader::value, "value"),
  };
};

/// GET_KV_CONFIG (101), DELETE_KV_CONFIG (102), 217, 218, 219.
struct KvConfigRequestHeader {
  std::optional<std::string> namespace_;
  std::optional<std::string> key;

  static constexpr std::tuple fields{
      field("namespace", &KvConfigRequestHeader::namespace_, "name space"),
      field("key", &KvConfigRequestHeader::key, "key (the value for 217 and 218; absent for 219)"),
  };
};

/// Response of 101 and 217.
struct KvConfigResponseHeader {
  std::optional<std::string> value;

  static constexpr std::tuple fields{field("value", &KvConfigResponseHeader::value, "value")};
};

/// WIPE_WRITE_PERM_OF_BROKER (205), ADD_WRITE_PERM_OF_BROKER (327).
struct BrokerNameRequestHeader {
  std::string brokerName;

  static constexpr std::tuple fields{
      field("brokerName", &BrokerNameRequestHeader::brokerName, "broker name")};
};
struct WipeWritePermResponseHeader {
  std::int32_t wipeTopicCount = 0;

  static constexpr std::tuple fields{field(
      "wipeTopicCount", &WipeWritePermResponseHeader::wipeTopicCount, "topics that were changed")};
};
struct AddWritePermResponseHeader {
  std::int32_t addTopicCount = 0;

  static constexpr std::tuple fields{field(
      "addTopicCount", &AddWritePermResponseHeader::addTopicCount, "topics that were changed")};
};

/// DELETE_TOPIC_IN_NAMESRV (216).
struct DeleteTopicInNameServerRequestHeader {
  std::string topic;
  std::optional<std::string> clusterName;

  static constexpr std::tuple fields{
      field("topic", &DeleteTopicInNameServerRequestHeader::topic, "topic"),
      field("clusterName", &DeleteTopicInNameServerRequestHeader::clusterName,
            "only from brokers of this cluster"),
  };
};

/// GET_TOPICS_BY_CLUSTER (224).
struct TopicsByClusterRequestHeader {
  std::string cluster;

  static constexpr std::tuple fields{
      field("cluster", &TopicsByClusterRequestHeader::cluster, "cluster")};
};

}  // namespace rocketmq::remoting
