#pragma once

#include <atomic>
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
#include "rocketmq/common/text_hash.hpp"
#include "rocketmq/protocol/route_data.hpp"
#include "rocketmq/remoting/channel.hpp"

namespace rocketmq::namesrv {

/// What bounds the route table. A registration that would grow it beyond is refused, or loses the
/// topics or filter servers that do not fit. One connection or one address gets a share of each
/// total only, so that it cannot keep the others out.
struct RouteLimits {
  std::size_t brokers_max = 10'000;  ///< broker addresses
  std::size_t brokers_per_connection_max = 250;
  std::size_t brokers_per_address_max = 2'500;
  std::size_t topics_max = 500'000;              ///< topics
  std::size_t topics_per_address_max = 250'000;  ///< topics that brokers at one address brought
  std::size_t queue_datas_max = 4'000'000;       ///< (topic, broker name) pairs
  std::size_t queue_datas_per_broker_max = 200'000;
  std::size_t queue_datas_per_address_max = 2'000'000;
  std::size_t filter_servers_max = 65'536;
  std::size_t filter_servers_per_broker_max = 1'024;
  std::size_t filter_servers_per_address_max = 16'384;
  /// Topics that are changed while readers wait; larger changes are made in steps.
  std::size_t topics_per_hold = 256;
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
  /// What the broker says of itself; published with its address.
  bool enable_acting_master = false;
  /// The body came with one topic only; set by register_broker().
  bool is_lone_topic = false;
  /// The connection that owns the registration: when it closes, the broker is gone.
  remoting::ChannelPtr channel;
};

/// What a slave learns of its master; empty for a master.
struct MasterAddresses {
  std::optional<std::string> ha_server_addr;
  std::optional<std::string> master_addr;
};

/// What a broker learns from its registration.
struct RegistrationOutcome {
  MasterAddresses master;
  /// What the broker's operator should know; empty when all is well.
  std::string remark;
};

struct DataVersionAnswer {
  /// The version asked about is not the one held.
  bool changed = true;
  std::optional<DataVersion> held;
};

/// Topics by their unit flags (bit 0 unit, bit 1 subscribed from a unit).
enum class UnitTopics { Unit, UnitSubscribed, UnitSubscribedNotUnit };

/// Where every topic lives: the name server's memory, filled by brokers, read by everybody
/// (spec/broker.md §1).
///
/// Every call is safe on any thread. One reader/writer lock guards the tables; responses to route
/// queries are kept encoded with their topic until something in them changes, because they are
/// requested far more often than changed. Locks: mutex_ first, then a topic's route_mutex. Nothing
/// is logged and no channel is called while mutex_ is held.
///
/// No exclusive hold touches more than RouteLimits::topics_per_hold topics: route queries wait for
/// it on the network threads. A broker that is gone is therefore only marked; what it left in the
/// topic table is invisible from then on and removed by purge().
class RouteInfoManager {
 public:
  /// A broker that has not registered for so long is expired.
  static constexpr std::chrono::milliseconds broker_expiry{120'000};

  explicit RouteInfoManager(const Clock& clock, RouteLimits limits = {});

  /// Enters a broker and, for a master, every topic whose queues were not entered under this data
  /// version. A lone topic of an unknown broker is not entered: its whole table has to come first.
  /// Errors: a name or address is malformed, or the table, or the sender's share of it, is full.
  Result<RegistrationOutcome> register_broker(BrokerRegistration registration);
  /// Takes a broker out. Does nothing when the id is now registered under another address: a
  /// broker that leaves must not remove its successor.
  void unregister_broker(const BrokerIdentity& broker);
  /// Compares the version with the held one; an equal one counts as a sign of life.
  DataVersionAnswer query_data_version(const BrokerIdentity& broker, const DataVersion& version);
  /// True if brokers are registered on this connection. Waits for no reader.
  bool has_brokers(std::uint64_t channel_id) const;
  /// Takes out the brokers whose registration came on this connection.
  void remove_channel(std::uint64_t channel_id);
  /// Takes out brokers that were silent for longer than broker_expiry or whose connection has
  /// closed, and closes their connections.
  void tick();
  /// Removes what brokers that are gone have left in the topic table, in steps.
  void purge();

  /// Most topics that one exclusive hold has touched so far.
  std::size_t longest_hold_topics() const { return longest_hold_topics_; }

  /// The encoded TopicRouteData; TopicNotExist when no broker that is there has the topic.
  Result<std::shared_ptr<const std::string>> route_body(std::string_view topic) const;
  /// The same, not encoded; without order_topic_conf.
  Result<remoting::TopicRouteData> route(std::string_view topic) const;

  remoting::ClusterInfo cluster_info() const;
  remoting::TopicList all_topics() const;
  remoting::TopicList topics_of_cluster(std::string_view cluster) const;
  remoting::TopicList system_topics() const;
  remoting::TopicList unit_topics(UnitTopics which) const;

  /// Takes the right to write from every topic of a broker name; returns the number of them.
  std::int32_t wipe_write_perm(std::string_view broker_name);
  /// Gives every topic of a broker name the permission read and write; returns the number of them.
  std::int32_t add_write_perm(std::string_view broker_name);
  /// Forgets a topic, everywhere or on the brokers of one cluster. What is not there is gone
  /// already.
  void delete_topic(std::string_view topic, const std::optional<std::string>& cluster);

 private:
  /// What peers at one address hold of the table.
  struct Share {
    std::size_t brokers = 0;
    std::size_t topics = 0;
    std::size_t queue_datas = 0;
    std::size_t filter_servers = 0;
  };
  using SharePtr = std::shared_ptr<Share>;

  /// One broker name from its first registration until its last address is gone. Outlives the
  /// broker's entry while topics still refer to it.
  struct Life {
    bool is_alive = true;
    SharePtr share;  ///< of the address that its master registered from
    std::size_t queue_datas = 0;
    /// Changes with the master's data version; queues entered under it carry the same number.
    std::uint64_t table_stamp = 0;
  };
  using LifePtr = std::shared_ptr<Life>;

  struct Queues {
    remoting::QueueData data;
    LifePtr life;
    std::uint64_t table_stamp = 0;
  };

  struct Topic {
    std::map<std::string, Queues, std::less<>> queues;  ///< by broker name; not only of the living
    SharePtr share;                                     ///< of who brought the topic
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
    SharePtr share;
    std::vector<std::string> filter_servers;
    bool is_conflict_reported = false;
  };

  struct Broker {
    LifePtr life;
    bool enable_acting_master = false;
    std::string cluster;                     ///< of the first registration; what clients see
    std::set<std::string> memberships;       ///< every cluster it registered for
    std::map<std::int64_t, Member> members;  ///< by broker id; never empty
  };

  using Topics = TextMap<Topic>;
  using Brokers = std::map<std::string, Broker, std::less<>>;
  using MemberKey = std::pair<std::string, std::int64_t>;

  /// What one registration did, to be logged when the lock is free again.
  struct Registered {
    LifePtr life;
    bool new_broker = false;
    bool version_changed = false;
    bool takes_topics = false;
    std::size_t topics_changed = 0;
    std::size_t topics_refused = 0;
    std::size_t filter_servers_refused = 0;
    /// Address that this registration took the place of though its connection lives.
    std::string replaced_address;
    bool report_conflict = false;
    std::optional<Error> refused;
    RegistrationOutcome outcome;
  };
  struct Removed {
    std::string broker_name;
    Member member;
  };

  // These run with mutex_ held exclusively.
  Registered enter(const BrokerRegistration& registration);
  std::optional<Error> refuse(const BrokerRegistration& registration, const SharePtr& share) const;
  SharePtr share_of(const BrokerRegistration& registration);
  Member* find_member(std::string_view broker_name, std::string_view address);
  void join_cluster(Broker& broker, const BrokerIdentity& identity);
  void drop_other_ids(Broker& broker, const BrokerIdentity& identity);
  static void note_conflict(Member& held, const BrokerRegistration& registration,
                            Registered& registered);
  void replace_member(Broker& broker, const BrokerRegistration& registration, const SharePtr& share,
                      Registered& registered);
  void replace_filter_servers(Member& member, const Share& share, std::vector<std::string> wanted,
                              Registered& registered);
  static void move_queue_datas(Life& life, const SharePtr& share);
  enum class Upsert { Unchanged, Changed, NoRoom };
  Upsert upsert_queue_data(const std::string& topic, remoting::QueueData queue_data,
                           const LifePtr& life);
  Removed remove_member(const MemberKey& key);
  void release(const MemberKey& key, const Member& member);
  void forget_broker(const std::string& broker_name);
  void forget_channel_of(const MemberKey& key, const Member& member);
  using QueuesAt = std::map<std::string, Queues, std::less<>>::iterator;
  QueuesAt erase_queues(Topic& topic, QueuesAt queues);
  void erase_topic(Topics::iterator topic);

  // These take mutex_ themselves, several times.
  void enter_topics(const BrokerRegistration& registration, Registered& registered);
  void hold_version(const BrokerRegistration& registration, const Registered& registered);
  std::int32_t change_perm(std::string_view broker_name,
                           const std::function<std::int32_t(std::int32_t)>& change);
  /// Calls `change` with mutex_ held exclusively for each of the topics that still exists, in
  /// steps of topics_per_hold. `change` may erase the topic.
  void for_each_in_steps(const std::vector<std::string>& topics,
                         const std::function<void(Topics::iterator)>& change);

  // These run with mutex_ held, shared or exclusively.
  MasterAddresses master_of(const BrokerIdentity& broker) const;
  std::optional<remoting::TopicRouteData> build_route(const Topic& topic) const;
  static const Queues* first_living(const Topic& topic);
  static remoting::BrokerData describe(const std::string& name, const Broker& broker);

  void note_hold(std::size_t topics);
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
  std::map<std::string, SharePtr> shares_;                             // guarded by mutex_; by IP
  std::size_t member_count_ = 0;                                       // guarded by mutex_
  std::size_t filter_server_count_ = 0;                                // guarded by mutex_
  std::size_t queue_data_count_ = 0;                                   // guarded by mutex_
  /// Counts changes of addresses and filter servers: what every encoded route may hold. Guarded by
  /// mutex_.
  std::uint64_t address_generation_ = 1;
  std::uint64_t last_table_stamp_ = 0;  // guarded by mutex_
  /// Counts brokers that died with queues in the topic table. Guarded by mutex_.
  std::uint64_t deaths_ = 0;
  std::uint64_t purged_deaths_ = 0;  // guarded by mutex_; equal to deaths_: nothing is left over
  std::atomic<std::size_t> longest_hold_topics_{0};
};

}  // namespace rocketmq::namesrv
