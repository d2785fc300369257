#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>

#include "groups/consumer_offset_manager.hpp"
#include "groups/subscription_group_manager.hpp"
#include "registration/broker_registration.hpp"
#include "rocketmq/broker/broker_config.hpp"
#include "rocketmq/remoting/client.hpp"
#include "rocketmq/store/message_reader.hpp"
#include "rocketmq/store/store_administration.hpp"
#include "schedule/schedule_message_service.hpp"
#include "topics/topic_config_manager.hpp"

namespace rocketmq::broker {

/// What a slave takes from its master besides the log (spec/ha.md §6): topics, consumer groups,
/// consumer offsets and the progress of delayed messages. Each is asked for, taken over and saved
/// by itself: what fails leaves the others alone and is tried again in the next round.
///
/// A slave whose log is not a part of its master's takes nothing. Replication itself has no means
/// to notice that the two have gone different ways (spec/ha.md §8, B). So the last message of the
/// own log is compared with what the master has at its place: before each connect of replication,
/// and before each round. A log that is longer than the master's, or has another message at its
/// end, is refused until an operator has repaired it.
///
/// Runs on: sync() on `slave-sync`, where it waits for the network and the disk; the rest on any
/// thread.
class MasterSync {
 public:
  using Master = BrokerRegistration::Master;
  static constexpr std::chrono::milliseconds request_timeout{3'000};
  static constexpr std::chrono::milliseconds first_sync{3'000};
  static constexpr std::chrono::milliseconds sync_period{10'000};

  /// All must outlive the object.
  struct Parts {
    const BrokerConfig& config;
    const store::MessageReader& reader;
    const store::StoreAdministration& administration;
    TopicConfigManager& topics;
    SubscriptionGroupManager& groups;
    ConsumerOffsetManager& offsets;
    ScheduleMessageService& schedule;
    /// Connections are encrypted where it is set.
    std::shared_ptr<const net::TlsCredentials> tls = nullptr;
  };
  explicit MasterSync(Parts parts);
  ~MasterSync() { stop(); }
  MasterSync(const MasterSync&) = delete;
  MasterSync& operator=(const MasterSync&) = delete;

  /// From now on this is the master; with an empty address there is none, and no sync.
  void set_master(Master master);
  /// Calls `done` once, here or on an I/O thread: with success when the own log is a part of the
  /// master's, or no master is known to compare it with; else with the reason. Reads queues, but
  /// does not wait for the network.
  void compare_logs(std::function<void(Result<void>)> done);
  /// One round: compares the logs, then takes over the tables.
  void sync();
  /// Ends requests under way, and lets none follow. Idempotent.
  void stop() { client_.shutdown(); }

 private:
  /// A message, and what it is compared for.
  struct Last {
    std::int64_t offset = 0;
    std::string topic;
    std::string bytes;
  };
  enum class Verdict { Part, Other, Unknown };
  struct Comparison {
    Verdict verdict = Verdict::Part;
    Result<void> reason;
  };
  /// How one kind of request went last time: a failure is logged when it is new.
  struct Step {
    const char* name;
    std::string failure;
  };

  std::optional<Master> master() const;
  Result<std::optional<Last>> last_message() const;
  static remoting::RemotingCommand question(const Last& last);
  static Comparison compare(const Last& last, const std::string& address,
                            const Result<remoting::RemotingCommand>& answer);
  Comparison compare_with(const std::string& address);
  Result<remoting::RemotingCommand> ask(const std::string& address, remoting::RequestCode code);
  Result<void> sync_topics(const std::string& address);
  Result<void> sync_consumer_offsets(const std::string& address);
  Result<void> sync_delay_offsets(const std::string& address);
  Result<void> sync_groups(const std::string& address);
  static void note(Step& step, const Result<void>& result);

  const Parts parts_;
  remoting::Client client_;
  mutable std::mutex mutex_;
  Master master_;  // guarded by mutex_
  // The rest is owned by `slave-sync`.
  std::string refused_;  // the master whose log is another one
  Step compare_{"comparison of the logs", {}};
  Step topics_{"topics", {}};
  Step consumer_offsets_{"consumer offsets", {}};
  Step delay_offsets_{"delay offsets", {}};
  Step groups_{"consumer groups", {}};
};

}  // namespace rocketmq::broker
