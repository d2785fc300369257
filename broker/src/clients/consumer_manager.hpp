#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "limits.hpp"
#include "rocketmq/common/budget.hpp"
#include "rocketmq/common/clock.hpp"
#include "rocketmq/common/result.hpp"
#include "rocketmq/common/subscription_data.hpp"
#include "rocketmq/common/text_hash.hpp"
#include "rocketmq/protocol/heartbeat_data.hpp"
#include "rocketmq/remoting/access_guard.hpp"
#include "rocketmq/remoting/channel.hpp"

namespace rocketmq::broker {

/// One client connection as a heartbeat described it.
struct ClientChannel {
  remoting::ChannelPtr channel;
  std::string client_id;
  remoting::LanguageCode language = remoting::LanguageCode::Other;
  std::int32_t version = 0;
  /// Clock::steady_now of the last heartbeat.
  std::chrono::steady_clock::time_point last_heartbeat;
  /// Who sent the heartbeat; null without access control.
  remoting::CallerPtr caller = nullptr;
};

/// What a pull without its own subscription is checked against.
struct GroupSubscription {
  remoting::MessageModel message_model = remoting::MessageModel::Clustering;
  /// Null when the group does not subscribe to the topic.
  std::shared_ptr<const SubscriptionData> subscription;
};

/// Everything about one online group, for administrators.
struct ConsumerGroupView {
  remoting::ConsumeType consume_type = remoting::ConsumeType::Passively;
  remoting::MessageModel message_model = remoting::MessageModel::Clustering;
  remoting::ConsumeFromWhere consume_from_where = remoting::ConsumeFromWhere::LastOffset;
  std::vector<ClientChannel> channels;
  std::vector<SubscriptionData> subscriptions;
};

/// The consumer groups that have a live member: their connections and what they subscribe to
/// (spec/broker.md §5). The newest heartbeat of any member decides the group's attributes and
/// subscriptions. Runs on: any thread (mutex_). The change listener runs on the changing thread,
/// without the lock. Bounded: `memberships_max` memberships and `subscription_bytes_max` bytes of
/// subscriptions, with a share for each address, and limits::groups_per_connection_max groups of
/// one connection.
class ConsumerManager {
 public:
  /// How long a member lives without a heartbeat.
  static constexpr std::chrono::milliseconds silence_max{120'000};

  /// Gets the connections of a group whose members or subscriptions have changed; none when the
  /// last member has gone.
  using ChangeListener = std::function<void(const std::string& group,
                                            const std::vector<remoting::ChannelPtr>& members)>;

  struct Limits {
    std::size_t memberships_max = limits::memberships_max;
    std::size_t subscription_bytes_max = 256 * 1'024 * 1'024;
  };

  explicit ConsumerManager(const Clock& clock) : ConsumerManager(clock, Limits{}) {}
  ConsumerManager(const Clock& clock, Limits limits)
      : clock_(clock),
        memberships_("consumers", "memberships in consumer groups on one broker",
                     limits.memberships_max),
        subscription_bytes_("subscriptionBytes", "bytes of subscriptions on one broker",
                            limits.subscription_bytes_max) {}

  /// Set before start.
  void on_change(ChangeListener listener) { on_change_ = std::move(listener); }

  /// Takes one group of a heartbeat. Error: the table, or the share of the address, is full.
  Result<void> register_consumer(const ClientChannel& client, const remoting::ConsumerData& data);
  void unregister_consumer(std::string_view group, const remoting::ChannelPtr& channel);
  /// Removes a closed connection from all its groups.
  void channel_closed(const remoting::ChannelPtr& channel);
  /// Removes and closes the connections that have been silent for too long.
  void scan_silent_channels();

  /// Nothing when no member of the group is online.
  std::optional<GroupSubscription> subscription_of(std::string_view group,
                                                   std::string_view topic) const;
  /// Each id once, sorted.
  std::vector<std::string> client_ids_of(std::string_view group) const;
  std::vector<remoting::ChannelPtr> channels_of(std::string_view group) const;
  std::optional<ConsumerGroupView> view_of(std::string_view group) const;
  /// Online groups that subscribe to the topic.
  std::vector<std::string> groups_of_topic(std::string_view topic) const;
  std::vector<const Budget*> budgets() const { return {&memberships_, &subscription_bytes_}; }

 private:
  using SubscriptionTable = TextMap<std::shared_ptr<const SubscriptionData>>;
  struct Group {
    remoting::ConsumeType consume_type = remoting::ConsumeType::Passively;
    remoting::MessageModel message_model = remoting::MessageModel::Clustering;
    remoting::ConsumeFromWhere consume_from_where = remoting::ConsumeFromWhere::LastOffset;
    std::unordered_map<std::uint64_t, ClientChannel> channels;
    SubscriptionTable subscriptions;
    /// Who subscribed last, and what its subscriptions take.
    Budget::Peer subscriber = Budget::nobody;
    std::size_t subscription_bytes = 0;
  };
  struct Change {
    std::string group;
    std::vector<remoting::ChannelPtr> members;
  };

  static bool replace_subscriptions(Group& group, const std::vector<SubscriptionData>& wanted);
  static std::vector<remoting::ChannelPtr> members_of(const Group& group);
  // These need mutex_.
  Result<void> take_room(const ClientChannel& client, const remoting::ConsumerData& data);
  void remove_member(const std::string& group, std::uint64_t channel_id,
                     std::vector<Change>& changes);
  void remove_from_all(std::uint64_t channel_id, std::vector<Change>& changes);
  void tell(const std::vector<Change>& changes) const;

  const Clock& clock_;
  ChangeListener on_change_;
  mutable std::mutex mutex_;
  TextMap<Group> groups_;  // guarded by mutex_
  std::unordered_map<std::uint64_t, std::vector<std::string>>
      groups_of_;  // by channel id; guarded by mutex_
  Budget memberships_;
  Budget subscription_bytes_;
};

}  // namespace rocketmq::broker
