#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "instance/heartbeat_book.hpp"
#include "instance/heartbeats_under_way.hpp"
#include "instance/members.hpp"
#include "instance/reply_table.hpp"
#include "rocketmq/client/client_core.hpp"

namespace rocketmq::client {

/// What all producers and consumers with one client id share: on top of the core, the groups that
/// are members, the heartbeats that present them to brokers, and what brokers request of them. It
/// knows producers and consumers by the interfaces in members.hpp only.
class ClientInstance final : public ClientCore {
 public:
  /// Joins the instance with the settings' client id, or makes and starts it. The first one's
  /// settings count.
  static std::shared_ptr<ClientInstance> join(const ClientSettings& settings);
  /// Leaves it; the last one to leave stops it, and nothing of it runs when this returns. With the
  /// last instance of the process the threads end. Not on an own thread.
  static void leave(const std::shared_ptr<ClientInstance>& instance);

  /// Whether leaving it on this thread would stop it in one of its own callbacks or tasks.
  static bool would_end_here(const std::shared_ptr<ClientInstance>& instance);

  ~ClientInstance();

  ReplyTable& replies() { return replies_; }

  /// Failure: the group exists in this instance.
  Outcome<void> add(std::shared_ptr<ProducerMember> producer);
  Outcome<void> add(std::shared_ptr<ConsumerMember> consumer);
  /// Also notifies the brokers, and waits for their responses.
  void remove_producer(const std::string& group);
  void remove_consumer(const std::string& group);

  /// Presents this client to all brokers, and waits for their responses (mqClientApiTimeout at
  /// most).
  void heartbeat();
  void wake_rebalance() { work().trigger(rebalance_task_); }

 private:
  ClientInstance(const ClientSettings& settings, std::shared_ptr<ClientThreads> threads);
  void start();
  void stop();
  void add_periodic_work();
  void add_routes();  // requests_of_brokers.cpp

  // client_heartbeats.cpp
  /// A heartbeat's bodies; nothing where there is no member to present.
  struct Presence {
    std::optional<std::string> for_master;
    std::optional<std::string> for_slave;
    std::optional<remoting::RemotingCommand> heartbeat_for(const BrokerAddress& broker) const;
  };
  Presence presence() const;
  // Heartbeats to one broker or several, besides the periodic ones; they do not wait.
  void tell_broker(const std::string& address);
  void tell_unless_told(const std::string& address);
  void tell_all_brokers_soon();
  /// Those that routes have brought and that have got nothing yet.
  void tell_new_brokers();
  void heartbeat_ended(const std::string& address, HeartbeatsUnderWay::Ticket ticket,
                       bool is_success);
  /// Takes a group that is no member anymore from the brokers, after the heartbeats under way,
  /// which may still present it. Waits for the responses: a time-out for both together.
  void unregister(const std::string& producer_group, const std::string& consumer_group);
  /// A connection was made, or lost. A lost one to a broker is made again for the next heartbeat,
  /// even if there is nothing else to send to it.
  void connected(const std::string& address);
  void broker_lost(const std::string& address);

  void refresh_all_routes();
  /// Requests the routes of subscribed topics that are not known, so that a topic made by its first
  /// message is consumed soon.
  void find_missing_routes();
  std::shared_ptr<ConsumerMember> consumer(const std::string& group) const;
  std::shared_ptr<ProducerMember> producer(const std::string& group) const;
  std::vector<std::shared_ptr<ConsumerMember>> consumers() const;

  ReplyTable replies_;
  HeartbeatBook heartbeat_book_;
  HeartbeatsUnderWay heartbeats_;
  Scheduler::TaskId rebalance_task_ = 0;
  mutable std::mutex members_mutex_;
  std::map<std::string, std::shared_ptr<ProducerMember>> producers_;  // guarded by members_mutex_
  std::map<std::string, std::shared_ptr<ConsumerMember>> consumers_;  // guarded by members_mutex_
  int users_ = 0;             // guarded by the registry's mutex
  std::string registry_key_;  // guarded by the registry's mutex
};

}  // namespace rocketmq::client
