#pragma once

#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "rocketmq/broker/broker_config.hpp"
#include "rocketmq/common/clock.hpp"
#include "rocketmq/remoting/client.hpp"
#include "topic_config_manager.hpp"

namespace rocketmq::broker {

/// Makes this broker and its topics known to every name server: at the start, every
/// registerNameServerPeriod, when a topic changes, and soon again where it failed (broker.md §2.4).
/// Each time the whole table is sent, to all in parallel. Owns the thread `registration`, on which
/// everything that waits for the network happens.
class BrokerRegistration {
 public:
  /// All must outlive the registration.
  BrokerRegistration(const BrokerConfig& config, TopicConfigManager& topics);
  ~BrokerRegistration();
  BrokerRegistration(const BrokerRegistration&) = delete;
  BrokerRegistration& operator=(const BrokerRegistration&) = delete;

  /// Starts the thread, which registers at once.
  void start();
  /// Waits until every name server has answered the first registration or refused it, but not
  /// longer than `limit`.
  void wait_for_first(std::chrono::milliseconds limit);
  /// Registers soon; calls that come close together become one registration. Any thread, never
  /// waits.
  void register_soon();
  /// Stops the thread and unregisters from every name server that may know of this broker.
  /// Idempotent.
  void stop();

 private:
  struct Round;

  void run();
  /// Registers with `servers`, waits for their answers or for stop().
  void register_with(const std::vector<std::string>& servers);
  /// Sends `request` to each server; the answers arrive in the round.
  std::shared_ptr<Round> ask(const std::vector<std::string>& servers,
                             const remoting::RemotingCommand& request,
                             std::chrono::milliseconds timeout);
  void note_answer(Round& round, const std::string& server,
                   const Result<remoting::RemotingCommand>& answer);
  remoting::RemotingCommand make_registration() const;
  void unregister();

  const BrokerConfig& config_;
  TopicConfigManager& topics_;
  const std::vector<std::string> servers_;
  const std::chrono::milliseconds period_;
  remoting::Client client_;
  std::thread thread_;

  std::mutex mutex_;
  std::condition_variable changed_;
  bool wanted_ = true;       // guarded by mutex_; a registration has been asked for
  bool stopping_ = false;    // guarded by mutex_
  bool first_done_ = false;  // guarded by mutex_
  std::set<std::string>
      failed_;  // guarded by mutex_; servers whose last registration did not succeed
  std::set<std::string> attempted_;  // guarded by mutex_; servers that may know of us
};

}  // namespace rocketmq::broker
