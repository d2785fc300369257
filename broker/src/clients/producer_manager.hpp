#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "clients/consumer_manager.hpp"
#include "rocketmq/common/clock.hpp"
#include "rocketmq/common/result.hpp"
#include "rocketmq/common/text_hash.hpp"

namespace rocketmq::broker {

/// The producer groups that have a live member; check-backs of transactions and replies go to these
/// connections. Runs on: any thread (mutex_). Bounded: `memberships_max` memberships, with a share
/// for each address, and limits::groups_per_connection_max groups of one connection.
class ProducerManager {
 public:
  static constexpr std::chrono::milliseconds silence_max = ConsumerManager::silence_max;

  explicit ProducerManager(const Clock& clock,
                           std::size_t memberships_max = limits::memberships_max)
      : clock_(clock),
        memberships_("producers", "memberships in producer groups on one broker", memberships_max) {
  }

  /// Error: the table, or the share of the address, is full.
  Result<void> register_producer(const std::string& group, const ClientChannel& client);
  void unregister_producer(std::string_view group, const remoting::ChannelPtr& channel);
  void channel_closed(const remoting::ChannelPtr& channel);
  /// Removes and closes the connections that have been silent for too long.
  void scan_silent_channels();

  std::vector<ClientChannel> members_of(std::string_view group) const;
  std::map<std::string, std::vector<ClientChannel>> all() const;
  /// A live member of the group, another one at each call; nothing when there is none.
  std::optional<ClientChannel> next_member_of(std::string_view group);
  /// The open connection of a client id whose heartbeat is the newest; null when it has none here.
  remoting::ChannelPtr channel_of_client(std::string_view client_id) const;
  std::vector<const Budget*> budgets() const { return {&memberships_}; }

 private:
  struct Group {
    std::map<std::uint64_t, ClientChannel> channels;
    /// Channel id that was chosen last.
    std::uint64_t chosen = 0;
  };
  /// One connection under a client id.
  struct Link {
    remoting::ChannelPtr channel;
    std::size_t memberships = 0;
    std::uint64_t newest_heartbeat = 0;
  };
  /// A client id may have several connections: one that died without notice, or two processes that
  /// were given one id.
  struct Client {
    std::unordered_map<std::uint64_t, Link> links;        // by channel id
    std::map<std::uint64_t, std::uint64_t> by_heartbeat;  // number of the newest → channel id
  };
  /// All need mutex_.
  void note_heartbeat(const ClientChannel& client, bool is_new_membership);
  void forget_client(const std::string& client_id, std::uint64_t channel_id);
  void remove_member(const std::string& group, std::uint64_t channel_id);
  void remove_from_all(std::uint64_t channel_id);

  const Clock& clock_;
  mutable std::mutex mutex_;
  TextMap<Group> groups_;  // guarded by mutex_
  std::unordered_map<std::uint64_t, std::vector<std::string>>
      groups_of_;                 // by channel id; guarded by mutex_
  TextMap<Client> clients_;       // by client id; guarded by mutex_
  std::uint64_t heartbeats_ = 0;  // guarded by mutex_; numbers them
  Budget memberships_;
};

}  // namespace rocketmq::broker
