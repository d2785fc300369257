#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "rocketmq/broker/broker_config.hpp"
#include "rocketmq/protocol/route_data.hpp"
#include "rocketmq/remoting/client.hpp"
#include "topics/topic_config_manager.hpp"

namespace rocketmq::broker {

/// Makes this broker and its topics known to every name server: at the start, every
/// registerNameServerPeriod, when a topic changes, and soon again where it failed (spec/broker.md
/// §2.4). Each name server has one request at a time; what changes meanwhile goes into the next
/// one, so that many new topics share registrations and a slow name server delays no other.
///
/// A small table is always sent as a whole. A large one goes in parts of about
/// registration_part_bytes, each under a data version of its own, because name servers skip topics
/// that come under a version they have; a name server that has them all gets only what changes, and
/// is asked for its version instead of being sent everything again.
///
/// A name server that does not know this broker's release, as those of 3.x, is told an older one.
///
/// A slave learns from the responses where its master is. Its topics are its master's, and no name
/// server takes them: of a large table it sends the version only.
///
/// Owns the thread `registration`, on which everything that waits for the network happens.
class BrokerRegistration {
 public:
  /// Where a slave's master is; an empty text for what is not known.
  struct Master {
    std::string address;
    std::string ha_address;

    friend bool operator==(const Master&, const Master&) = default;
  };
  /// Between two registrations of the same table: registerNameServerPeriod within its limits.
  static std::chrono::milliseconds period_of(const BrokerConfig& config);
  using TlsPtr = std::shared_ptr<const net::TlsCredentials>;
  /// All must outlive the registration. Connections are encrypted where `tls` is given.
  BrokerRegistration(const BrokerConfig& config, TopicConfigManager& topics, TlsPtr tls = nullptr)
      : BrokerRegistration(config, topics, period_of(config), std::chrono::seconds(1),
                           std::move(tls)) {}
  /// `slow_limit`: replies wait no longer for a name server whose registration takes longer.
  BrokerRegistration(const BrokerConfig& config, TopicConfigManager& topics,
                     std::chrono::milliseconds period,
                     std::chrono::milliseconds slow_limit = std::chrono::seconds(1),
                     TlsPtr tls = nullptr);
  ~BrokerRegistration();
  BrokerRegistration(const BrokerRegistration&) = delete;
  BrokerRegistration& operator=(const BrokerRegistration&) = delete;

  /// For slaves: called on `registration` with the master that the name servers name, when it is
  /// another one, and with empty texts when none names one any more. As long as one name server
  /// names the present master, it stays; of others, the one that was named last is taken. A name
  /// server that does not reply says nothing. Before start().
  void on_master(std::function<void(const Master&)> listener) { on_master_ = std::move(listener); }
  /// Who knows the addresses of the filter servers beside this broker, which go with every
  /// registration. Called on `registration`. Before start().
  void on_filter_servers(std::function<std::vector<std::string>()> addresses) {
    filter_servers_ = std::move(addresses);
  }
  /// Starts the thread, which registers immediately.
  void start();
  /// Waits until every name server has replied to the first registration or could not be reached,
  /// but not longer than `limit`.
  void wait_for_first(std::chrono::milliseconds limit);
  /// The topic table has changed: registers it, or what has changed in it. Any thread, never waits.
  void register_soon();
  /// The same for the addresses of the filter servers.
  void register_filter_servers_soon();
  /// Stops the thread and unregisters from every name server that may know of this broker.
  /// Idempotent.
  void stop();

 private:
  using TimePoint = std::chrono::steady_clock::time_point;

  /// Requests that bring a name server up to a change of the topic table, to be sent one after the
  /// other. Shared by the name servers that lack the same.
  struct Batch {
    std::uint64_t change = 0;
    /// Grows with each round; an older round does not overrule what a newer one has brought.
    std::uint64_t round = 0;
    /// A question for the data version, instead of a registration.
    bool is_query = false;
    bool is_whole_table = false;
    /// The filter servers that it names.
    std::uint64_t filter_change = 0;
    std::vector<remoting::RemotingCommand> requests;
  };
  using BatchPtr = std::shared_ptr<const Batch>;

  /// One name server, and how far it is.
  struct Server {
    std::string address;
    /// A request has been sent: it may know of us.
    bool attempted = false;
    /// The first registration has come to an end.
    bool first_done = false;
    /// The last registration failed, or the connection is lost: nothing waits for this server.
    bool failed = false;
    /// It has the table as of change `held`, and its connection has been open since.
    bool holds = false;
    std::uint64_t held = 0;
    /// Likewise of the filter servers.
    std::uint64_t held_filters = 0;
    bool is_under_way = false;
    BatchPtr batch;
    std::size_t next_request = 0;
    /// When to register again, changed or not.
    TimePoint due{};
    /// The release that requests to it name: an older one than ours where it refuses ours.
    std::int32_t version = remoting::version::own;
    /// Questions for its version since it was sent the whole table.
    int queries = 0;
    /// What it last remarked on a registration that it took.
    std::string last_remark;
    /// Whom it last named as this slave's master, and in which registration of all.
    Master master;
    std::uint64_t master_named = 0;
    /// A registration has been under way for longer than slow_limit, or the last one was: replies
    /// do not wait for this server.
    bool is_slow = false;
    TimePoint asked_at{};
  };

  /// What a server is to be sent.
  enum class Need { Nothing, WholeTable, Changes, Query, NextPart };

  void run();
  Need need_of(const Server& server, std::uint64_t change, bool is_large, TimePoint now) const;
  void send_what_is_needed(std::uint64_t change, TimePoint now);
  BatchPtr make_batch(Need need, std::uint64_t since);
  void add_registrations(TopicConfigTable topics, const DataVersion& version, Batch& batch) const;
  void send(Server& server, BatchPtr batch, std::size_t at);
  void note_answer(Server& server, const BatchPtr& batch,
                   const Result<remoting::RemotingCommand>& answer);
  // With mutex_ held.
  void note_success(Server& server, const Batch& batch, const remoting::RemotingCommand& answer);
  void note_failure(Server& server, const std::string& reason);
  /// The name server refuses this broker's release, and is to be told an older one immediately.
  bool steps_back(Server& server, const remoting::RemotingCommand& answer) const;
  void note_master(Server& server, const remoting::RemotingCommand& answer);
  /// The master to be told of, if it is another one than last time.
  std::optional<Master> new_master();
  std::uint64_t known_change(std::uint64_t change, TimePoint now) const;
  TimePoint next_event(TimePoint now) const;

  remoting::RemotingCommand make_registration(const remoting::RegisterBrokerBody& content) const;
  void unregister();

  const BrokerConfig& config_;
  TopicConfigManager& topics_;
  const std::chrono::milliseconds period_;
  const std::chrono::milliseconds slow_limit_;
  remoting::Client client_;
  std::thread thread_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Server> servers_;      // addresses never change; the rest is guarded by mutex_
  std::uint64_t filter_change_ = 0;  // guarded by mutex_; grows with each change
  bool woken_ = false;               // guarded by mutex_; there is something to look at
  bool stopping_ = false;            // guarded by mutex_
  /// Order topics that a name server has sent.
  std::optional<std::map<std::string, std::string>> order_topics_;  // guarded by mutex_
  std::uint64_t order_topics_round_ = 0;                            // guarded by mutex_
  std::uint64_t masters_named_ = 0;                                 // guarded by mutex_
  std::function<void(const Master&)> on_master_;                    // set before start()
  std::function<std::vector<std::string>()> filter_servers_;        // set before start()
  Master master_;            // owned by `registration`; what was told last
  std::uint64_t round_ = 0;  // owned by `registration`
  TimePoint next_round_{};   // owned by `registration`
};

}  // namespace rocketmq::broker
