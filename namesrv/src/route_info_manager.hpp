#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "rocketmq/common/clock.hpp"
#include "rocketmq/common/data_version.hpp"
#include "rocketmq/common/result.hpp"
#include "rocketmq/remoting/channel.hpp"
#include "rocketmq/remoting/protocol/route_data.hpp"

namespace rocketmq::namesrv {

/// What bounds the route table. A registration that would grow it beyond is refused, or loses the
/// topics that do not fit.
struct RouteLimits {
  std::size_t brokers_max = 10'000;         ///< broker addresses
  std::size_t topics_max = 500'000;         ///< topics
  std::size_t queue_datas_max = 4'000'000;  ///< (topic, broker name) pairs
  std::size_t filter_servers_max = 1'024;   ///< filter servers of one broker
};

/// Which broker a request speaks of.
struct BrokerIdentity {
  std::string cluster_name;
  std::string broker_name;
  std::string broker_addr;
  std::int64_t broker_id = 0;
};

struct BrokerRegistration {
  BrokerIdentity broker;
  std::string ha_server_addr;
  remoting::RegisterBrokerBody body;
  /// The connection that owns the registration: when it closes, the broker is gone.
  remoting::ChannelPtr channel;
};

/// What a slave learns of its master; empty for a master.
struct MasterAddresses {
  std::optional<std::string> ha_server_addr;
  std::optional<std::string> master_addr;
};

struct DataVersionAnswer {
  /// The version asked about is not the one held.
  bool changed = true;
  std::optional<DataVersion> held;
};

/// Topics by their unit flags (bit 0 unit, bit 1 subscribed from a unit).
enum class UnitTopics { Unit, UnitSubscribed, UnitSubscribedNotUnit };

/// Where every topic lives: the name server's memory, filled by brokers, read by everybody
/// (broker.md §1).
///
/// Every call is safe on any thread. One reader/writer lock guards the tables; answers to route
/// queries are kept encoded with their topic until something in them changes, because they are
/// asked for far more often than changed. Locks: mutex_ first, then a topic's route_mutex. Nothing
/// is logged and no channel is called while mutex_ is held.
class RouteInfoManager {
 public:
  /// A broker that has not registered for so long is expired.
  static constexpr std::chrono::milliseconds broker_expiry{120'000};

  explicit RouteInfoManager(const Clock& clock, RouteLimits limits = {});

  /// Enters a broker and, for a master whose topic table has changed, its topics. Errors: a name or
  /// address is malformed, or the table is full.
  Result<MasterAddresses> register_broker(BrokerRegistration registration);
  /// Takes a broker out. Does nothing when the id is now registered under another address: whoever
  /// leaves must not take its successor along.
  void unregister_broker(const BrokerIdentity& broker);
  /// Compares the version with the held one; an equal one counts as a sign of life.
  DataVersionAnswer query_data_version(const BrokerIdentity& broker, const DataVersion& version);
  /// Takes out the brokers whose registration came on this connection.
  void remove_channel(std::uint64_t channel_id);
  /// Takes out brokers that were silent for longer than broker_expiry, and closes their
  /// connections.
  void tick();

  /// The encoded TopicRouteData; TopicNotExist when no broker that is there has the topic.
  Result<std::shared_ptr<const std::string>> route_body(std::string_view topic) const;
  /// The same, not encoded; without order_topic_conf.
  Result<remoting::TopicRouteData> route(std::string_view topic) const;

  remoting::ClusterInfo cluster_info() const;
  remoting::TopicList all_topics() const;
  remoting::TopicList topics_of_cluster(std::string_view cluster) const;
  remoting::TopicList system_topics() const;
  remoting::TopicList unit_topics(UnitTopics which) const;

  /// Takes the right to write from every topic of a broker name; answers how many topics that is.
  std::int32_t wipe_write_perm(std::string_view broker_name);
  /// Gives every topic of a broker name the permission read and write; answers how many topics that
  /// is.
  std::int32_t add_write_perm(std::string_view broker_name);
  /// Forgets a topic, everywhere or on the brokers of one cluster. What is not there is gone
  /// already.
  void delete_topic(std::string_view topic, const std::optional<std::string>& cluster);

 private:
  struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>{}(text);
    }
  };

  struct Topic {
    std::map<std::string, remoting::QueueData, std::less<>> queues;  ///< by broker name
    mutable std::mutex route_mutex;
    mutable std::shared_ptr<const std::string>
        route_body;  // guarded by route_mutex; empty: has to be encoded
    mutable std::uint64_t route_generation =
        0;  // guarded by route_mutex; of the addresses in route_body
  };

  static constexpr std::size_t clusters_of_broker_max = 16;

  /// One process of a broker name. Being here means being alive.
  struct Member {
    std::string address;
    std::string ha_address;
    DataVersion data_version;
    std::chrono::steady_clock::time_point last_update;
    remoting::ChannelPtr channel;
    std::vector<std::string> filter_servers;
  };

  struct Broker {
    std::string cluster;                     ///< of the first registration; what clients are told
    std::set<std::string> memberships;       ///< every cluster it registered for
    std::map<std::int64_t, Member> members;  ///< by broker id; never empty
  };

  using Topics = std::unordered_map<std::string, Topic, TextHash, std::equal_to<>>;
  using Brokers = std::map<std::string, Broker, std::less<>>;
  using MemberKey = std::pair<std::string, std::int64_t>;

  /// What one registration did, to be logged when the lock is free again.
  struct Registered {
    bool new_broker = false;
    bool topics_offered = false;
    std::size_t topics_changed = 0;
    std::size_t topics_refused = 0;
    std::optional<Error> refused;
    MasterAddresses master;
  };
  struct Removed {
    std::string broker_name;
    Member member;
  };

  // These run with mutex_ held exclusively.
  Registered enter(BrokerRegistration& registration);
  Member* find_member(std::string_view broker_name, std::string_view address);
  void join_cluster(Broker& broker, const BrokerIdentity& identity);
  void drop_other_ids(Broker& broker, const BrokerIdentity& identity);
  void replace_member(Broker& broker, const BrokerRegistration& registration);
  void upsert_topics(const BrokerRegistration& registration, Registered& registered);
  enum class Upsert { Unchanged, Changed, NoRoom };
  Upsert upsert_queue_data(const std::string& topic, remoting::QueueData queue_data);
  Removed remove_member(const MemberKey& key);
  void forget_broker(const std::string& broker_name);
  void forget_channel_of(const MemberKey& key, const Member& member);
  std::int32_t change_perm(std::string_view broker_name,
                           const std::function<std::int32_t(std::int32_t)>& change);

  // These run with mutex_ held, shared or exclusively.
  MasterAddresses master_of(const BrokerIdentity& broker) const;
  std::optional<remoting::TopicRouteData> build_route(const Topic& topic) const;

  static void log_removed(const std::vector<Removed>& removed);
  static Error no_route(std::string_view topic);

  const Clock& clock_;
  const RouteLimits limits_;

  mutable std::shared_mutex mutex_;
  Topics topics_;    // guarded by mutex_
  Brokers brokers_;  // guarded by mutex_
  std::map<std::string, std::set<std::string, std::less<>>, std::less<>>
      clusters_;  // guarded by mutex_; cluster → broker names
  std::unordered_map<std::uint64_t, std::set<MemberKey>> by_channel_;  // guarded by mutex_
  std::size_t member_count_ = 0;                                       // guarded by mutex_
  std::size_t queue_data_count_ = 0;                                   // guarded by mutex_
  /// Counts changes of addresses and filter servers: what every encoded route may hold. Guarded by
  /// mutex_.
  std::uint64_t address_generation_ = 1;
};

}  // namespace rocketmq::namesrv
