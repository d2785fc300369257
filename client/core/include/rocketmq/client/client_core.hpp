#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "rocketmq/client/callback_executor.hpp"
#include "rocketmq/client/client_settings.hpp"
#include "rocketmq/client/client_threads.hpp"
#include "rocketmq/client/failure.hpp"
#include "rocketmq/client/name_servers.hpp"
#include "rocketmq/client/route_table.hpp"
#include "rocketmq/common/clock.hpp"
#include "rocketmq/common/timed_mutex.hpp"
#include "rocketmq/common/timer_thread.hpp"
#include "rocketmq/common/unique_function.hpp"
#include "rocketmq/remoting/client.hpp"
#include "rocketmq/remoting/dispatcher.hpp"

namespace rocketmq::client {

/// A client of name servers and brokers that is neither producer nor consumer: connections, the
/// list of name servers, routes, and the execution of its work. Producers, consumers and tools are
/// built on it; it does not depend on them.
///
/// Threads: those of ClientThreads, which several cores share. One of "rmq-net-k" does the I/O;
/// "rmq-timer" runs delayed work that does not wait; one of "rmq-work-k" at a time runs work that
/// waits for servers; "rmq-callback-k" run callbacks. All calls are safe on any thread. Calls that
/// wait for a server must not be made on an I/O thread or on rmq-timer.
class ClientCore {
 public:
  /// `threads` live at least as long; the owner stops them after the last core.
  ClientCore(const ClientSettings& settings, std::shared_ptr<ClientThreads> threads);
  ~ClientCore();
  ClientCore(const ClientCore&) = delete;
  ClientCore& operator=(const ClientCore&) = delete;

  /// Once, before the first request.
  void start();
  /// Fails requests under way with ShutDown, closes all connections and drops delayed work; nothing
  /// of the core runs when this returns. Idempotent; not on an own thread.
  void stop();

  const std::string& id() const { return id_; }
  const ClientSettings& settings() const { return settings_; }
  remoting::Client& network() { return network_; }
  /// What servers may request of this client. Routes are added before start().
  remoting::Dispatcher& dispatcher() { return dispatcher_; }
  RouteTable& routes() { return routes_; }
  const NameServers& name_servers() const { return name_servers_; }
  const Clock& clock() const { return clock_; }

  /// For delayed work that does not wait.
  Scheduler& timer() { return timer_; }
  /// For work that may wait for servers.
  Scheduler& work() { return work_; }
  CallbackExecutor& callbacks() { return callbacks_; }
  /// Runs a user's callback on a callback thread.
  void post_callback(UniqueFunction<void()> callback);
  /// True where a callback or task of this core runs: stop() would wait for itself.
  bool runs_this_thread() const {
    return callbacks_.runs_this_thread() || timer_.runs_this_thread() || work_.runs_this_thread();
  }

  /// Where messages of `topic` can go: from the table, else from a name server; a topic that does
  /// not exist yet gets the brokers of `create_topic_key` and at most `queue_nums` queues on each.
  /// Failures: 10004, 10005, the network's.
  Outcome<TopicPublishInfoPtr> publish_info(const std::string& topic,
                                            const std::string& create_topic_key, int queue_nums);
  /// Asks a name server for the topic's route now.
  Outcome<TopicRoutePtr> refresh_route(const std::string& topic);
  /// The same for several topics; ends early when no name server replies. Failures are logged.
  void refresh_routes(const std::set<std::string>& topics);
  /// The master of a broker name; when it is not known, the topic's route is requested.
  Outcome<std::string> master_address(const std::string& broker_name, const std::string& topic);

  /// Where requests go that need not queue behind pulls: the broker's port - 2 when the VIP channel
  /// is enabled, else the address itself.
  std::string fast_address(std::string address) const;

  /// Sends a request to a broker and waits for the response; one that is not a success becomes a
  /// failure. requests.hpp has the typed forms.
  Outcome<remoting::RemotingCommand> call(const std::string& address,
                                          remoting::RemotingCommand request, milliseconds timeout);
  /// The same to the name servers, one after the other until one replies, each within `timeout`.
  Outcome<remoting::RemotingCommand> call_name_server(const remoting::RemotingCommand& request,
                                                      milliseconds timeout);
  /// Without waiting: `done` runs once, on an I/O thread, or on the calling thread after stop().
  using CallDone = UniqueFunction<void(Outcome<remoting::RemotingCommand>)>;
  void call_async(const std::string& address, remoting::RemotingCommand request,
                  milliseconds timeout, CallDone done);
  void call_name_server_async(remoting::RemotingCommand request, milliseconds timeout,
                              CallDone done);
  /// Sends all requests at the same time and waits until each has a response or has failed.
  /// Failures are logged; `ended` gets each outcome, on the I/O thread.
  using Ended = std::function<void(const std::string& address, bool is_success)>;
  void call_all(std::vector<std::pair<std::string, remoting::RemotingCommand>> requests,
                milliseconds timeout, const char* what, const Ended& ended = nullptr);

 private:
  Outcome<void> fetch_publish_route(const std::string& topic, const std::string& create_topic_key,
                                    int queue_nums);

  const ClientSettings settings_;
  const std::string id_;
  SystemClock clock_;
  const std::shared_ptr<ClientThreads> threads_;
  RouteTable routes_;
  CallbackExecutor callbacks_;
  Scheduler timer_;
  Scheduler work_;
  std::atomic<bool> has_stopped_{false};
  remoting::Dispatcher dispatcher_;
  remoting::Client network_;
  NameServers name_servers_;
  TimedMutex route_mutex_;  // one thread at a time requests routes
};

}  // namespace rocketmq::client
