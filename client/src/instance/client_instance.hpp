#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "instance/callback_executor.hpp"
#include "instance/client_threads.hpp"
#include "instance/failure.hpp"
#include "instance/heartbeat_book.hpp"
#include "instance/members.hpp"
#include "instance/name_servers.hpp"
#include "instance/route_table.hpp"
#include "instance/scheduler.hpp"
#include "instance/settings.hpp"
#include "instance/timed_mutex.hpp"
#include "producer/reply_table.hpp"
#include "rocketmq/common/clock.hpp"
#include "rocketmq/remoting/client.hpp"
#include "rocketmq/remoting/dispatcher.hpp"

namespace rocketmq::client {

/// What all producers and consumers with one client id share: connections, routes, heartbeats and
/// periodic work.
///
/// Threads: those of ClientThreads, which the instances of the process share. One of "rmq-net-k"
/// does its I/O; "rmq-timer" runs delayed work that does not wait; one of "rmq-work-k" at a time
/// runs work that waits for servers (routes, heartbeats, rebalance, offsets); "rmq-callback-k" run
/// callbacks. All calls are safe on any thread. Calls that ask servers must not be made on an I/O
/// thread or on rmq-timer.
class ClientInstance {
 public:
  /// Joins the instance with the settings' client id, or makes and starts it. The first one's
  /// settings count.
  static std::shared_ptr<ClientInstance> join(const ClientSettings& settings);
  /// Leaves it; the last one to leave stops it, and nothing of it runs when this returns. With the
  /// last instance of the process the threads end. Not on an own thread.
  static void leave(const std::shared_ptr<ClientInstance>& instance);

  ~ClientInstance();
  ClientInstance(const ClientInstance&) = delete;
  ClientInstance& operator=(const ClientInstance&) = delete;

  const std::string& id() const { return id_; }
  const ClientSettings& settings() const { return settings_; }
  remoting::Client& network() { return network_; }
  RouteTable& routes() { return routes_; }
  Scheduler& timer() { return timer_; }
  ReplyTable& replies() { return replies_; }
  CallbackExecutor& callbacks() { return callbacks_; }
  /// Whether the calling thread runs a callback or a task of this instance: it must not be stopped
  /// there.
  bool runs_this_thread() const {
    return callbacks_.runs_this_thread() || timer_.runs_this_thread() || work_.runs_this_thread();
  }
  /// Has a user's callback run on a callback thread.
  void post_callback(UniqueFunction<void()> callback);
  const NameServers& name_servers() const { return name_servers_; }
  const Clock& clock() const { return clock_; }

  /// Failure: the group exists in this instance.
  Outcome<void> add(std::shared_ptr<ProducerMember> producer);
  Outcome<void> add(std::shared_ptr<ConsumerMember> consumer);
  /// Also tells the brokers, and waits for their answers.
  void remove_producer(const std::string& group);
  void remove_consumer(const std::string& group);

  /// Where messages of `topic` can go: from the table, else from a name server; a topic that does
  /// not exist yet is given the brokers of `create_topic_key` and at most `queue_nums` queues each.
  /// Failures: 10004, 10005, the network's.
  Outcome<TopicPublishInfoPtr> publish_info(const std::string& topic,
                                            const std::string& create_topic_key, int queue_nums);
  /// Asks a name server for the topic's route now.
  Outcome<TopicRoutePtr> refresh_route(const std::string& topic);
  /// The master of a broker name; when it is not known, the topic's route is asked for.
  Outcome<std::string> master_address(const std::string& broker_name, const std::string& topic);

  /// Where requests go that need not queue behind pulls: the broker's port - 2 when the VIP channel
  /// is enabled, else the address itself.
  std::string fast_address(std::string address) const;

  /// Tells all brokers who is here, and waits for their answers (mqClientApiTimeout at most).
  void heartbeat();
  void wake_rebalance() { work_.trigger(rebalance_task_); }

  /// A request and its answer; an answer that is not a success becomes a failure.
  Outcome<remoting::RemotingCommand> call(const std::string& address,
                                          remoting::RemotingCommand request,
                                          std::chrono::milliseconds timeout);
  /// Sends all requests at once and waits until each has an answer or none. Failures are logged;
  /// `answered` is told of each outcome, on the I/O thread.
  using Answered = std::function<void(const std::string& address, bool is_success)>;
  void call_all(std::vector<std::pair<std::string, remoting::RemotingCommand>> requests,
                std::chrono::milliseconds timeout, const char* what,
                const Answered& answered = nullptr);

 private:
  ClientInstance(const ClientSettings& settings, std::shared_ptr<ClientThreads> threads);
  void start();
  void stop();
  void add_periodic_work();
  void add_routes();  // server_requests.cpp
  void unregister(const std::string& producer_group, const std::string& consumer_group);

  // client_heartbeats.cpp
  /// A heartbeat's bodies; nothing where nobody is to be told of.
  struct Presence {
    std::optional<std::string> for_master;
    std::optional<std::string> for_slave;
    std::optional<remoting::RemotingCommand> heartbeat_for(const BrokerAddress& broker) const;
  };
  Presence presence() const;
  // These tell one broker or several, besides the periodic heartbeat, and do not wait.
  void tell_broker(const std::string& address);
  void tell_unless_told(const std::string& address);
  void tell_all_brokers_soon();
  /// Those that routes have brought and that nothing was sent to yet.
  void tell_new_brokers();
  void heartbeat_answered(const std::string& address, bool is_success);
  /// A connection was made, or lost. A lost one to a broker is made anew for the next heartbeat,
  /// even if nobody here has anything else to send to it.
  void connected(const std::string& address);
  void broker_lost(const std::string& address);

  void refresh_routes(const std::set<std::string>& topics);
  void refresh_all_routes();
  /// Asks for subscribed topics whose routes are not known, so that a topic made by its first
  /// message is consumed soon.
  void find_missing_routes();
  Outcome<void> fetch_publish_route(const std::string& topic, const std::string& create_topic_key,
                                    int queue_nums);
  std::shared_ptr<ConsumerMember> consumer(const std::string& group) const;
  std::shared_ptr<ProducerMember> producer(const std::string& group) const;
  std::vector<std::shared_ptr<ConsumerMember>> consumers() const;

  const ClientSettings settings_;
  const std::string id_;
  SystemClock clock_;
  const std::shared_ptr<ClientThreads> threads_;
  RouteTable routes_;
  CallbackExecutor callbacks_;
  ReplyTable replies_;
  HeartbeatBook heartbeat_book_;
  Scheduler timer_;
  Scheduler work_;
  std::atomic<bool> has_stopped_{false};
  Scheduler::TaskId rebalance_task_ = 0;
  remoting::Dispatcher dispatcher_;
  remoting::Client network_;
  NameServers name_servers_;
  TimedMutex route_mutex_;  // one thread at a time asks for routes
  mutable std::mutex members_mutex_;
  std::map<std::string, std::shared_ptr<ProducerMember>> producers_;  // guarded by members_mutex_
  std::map<std::string, std::shared_ptr<ConsumerMember>> consumers_;  // guarded by members_mutex_
  int users_ = 0;  // guarded by the registry's mutex
};

}  // namespace rocketmq::client
