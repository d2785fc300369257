#include "stats/broker_stats_manager.hpp"

#include <algorithm>
#include <utility>

#include "limits.hpp"

namespace rocketmq::broker {
namespace {

constexpr std::int64_t ticks_of_ten_minutes = 60;
constexpr std::int64_t ticks_of_an_hour = 360;

std::string join(std::string_view topic, std::string_view group) {
  std::string key(topic);
  return key.append("@").append(group);
}

/// Whether a key "topic", "topic@group" or "queueId@topic@group" names the topic or the group; the
/// one that is not looked for is empty.
bool key_names(std::string_view key, std::string_view topic, std::string_view group) {
  if (!group.empty())
    return key.size() > group.size() && key.ends_with(group) &&
           key[key.size() - group.size() - 1] == '@';
  if (key == topic) return true;
  if (key.starts_with(topic) && key.size() > topic.size() && key[topic.size()] == '@') return true;
  const auto at = key.find('@');
  if (at == std::string_view::npos) return false;
  const std::string_view rest = key.substr(at + 1);
  return rest.starts_with(topic) && rest.size() > topic.size() && rest[topic.size()] == '@';
}

}  // namespace

const std::array<std::string_view, BrokerStatsManager::stat_count> BrokerStatsManager::names{
    "TOPIC_PUT_NUMS",    "TOPIC_PUT_SIZE",  "GROUP_GET_NUMS",  "GROUP_GET_SIZE",
    "GROUP_GET_LATENCY", "SNDBCK_PUT_NUMS", "BROKER_PUT_NUMS", "BROKER_GET_NUMS"};

BrokerStatsManager::BrokerStatsManager(std::string cluster, const Clock& clock,
                                       const store::MessageStore& store)
    : cluster_(std::move(cluster)), clock_(clock), store_(store) {}

void BrokerStatsManager::add_send_back(std::string_view topic, std::string_view group) {
  std::string key = join(topic, group);
  const std::lock_guard lock(mutex_);
  if (send_backs_.size() >= limits::stat_items_max && !send_backs_.contains(key)) return;
  ++send_backs_[std::move(key)];
}

void BrokerStatsManager::feed(Stat stat, std::string_view key, Counter counter) {
  auto found = items_[stat].find(key);
  if (found == items_[stat].end()) {
    if (counter.times == 0 || item_count_ >= limits::stat_items_max) return;
    found = items_[stat].emplace(std::string(key), Watched(last_tick_ms_)).first;
    ++item_count_;
    if (ticks_ == 1) {
      found->second.counter_value = counter.value;
      found->second.counter_times = counter.times;
    }
  }
  Watched& watched = found->second;
  const bool began_anew = counter.times < watched.counter_times;
  watched.total.value += counter.value - (began_anew ? 0 : watched.counter_value);
  watched.total.times += counter.times - (began_anew ? 0 : watched.counter_times);
  watched.counter_value = counter.value;
  watched.counter_times = counter.times;
  watched.fed_at_tick = ticks_;
}

void BrokerStatsManager::feed_puts() {
  for (const auto& [topic, count] : store_.topic_counts()) {
    feed(TopicPutNums, topic, {count.messages, count.messages});
    feed(TopicPutSize, topic, {count.bytes, count.messages});
  }
  const auto figures = store_.figures();
  feed(BrokerPutNums, cluster_, {figures.put_messages, figures.put_messages});
  feed(BrokerGetNums, cluster_, {figures.get_messages, figures.get_messages});
}

void BrokerStatsManager::feed_gets() {
  struct Sum {
    std::int64_t messages = 0;
    std::int64_t bytes = 0;
    std::int64_t reads = 0;
  };
  TextMap<Sum> groups;
  gets_.visit([&](const GroupQueueView& queue, const GroupCounters::Counts& counts) {
    const std::string key = join(queue.topic, queue.group);
    Sum& sum = groups[key];
    sum.messages += counts.messages;
    sum.bytes += counts.bytes;
    sum.reads += counts.reads;
    const auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(counts.time);
    feed(GroupGetLatency, std::to_string(queue.queue_id) + "@" + key,
         {milliseconds.count(), counts.reads});
  });
  for (const auto& [key, sum] : groups) {
    feed(GroupGetNums, key, {sum.messages, sum.reads});
    feed(GroupGetSize, key, {sum.bytes, sum.reads});
  }
}

void BrokerStatsManager::feed_send_backs() {
  for (const auto& [key, count] : send_backs_) feed(SendBackPutNums, key, {count, count});
}

void BrokerStatsManager::sample_all() {
  const StatItem::Due due{.hour = ticks_ % ticks_of_ten_minutes == 0,
                          .day = ticks_ % ticks_of_an_hour == 0};
  for (auto& items : items_) {
    for (auto it = items.begin(); it != items.end();) {
      Watched& watched = it->second;
      watched.total.at_ms = last_tick_ms_;
      watched.item.sample(watched.total, due);
      if (!watched.item.is_idle()) {
        ++it;
      } else if (watched.fed_at_tick == ticks_) {
        watched.item.rest();
        ++it;
      } else {
        it = items.erase(it);
        --item_count_;
      }
    }
  }
}

void BrokerStatsManager::tick() {
  const std::lock_guard lock(mutex_);
  ++ticks_;
  if (ticks_ == 1) last_tick_ms_ = clock_.now_ms();
  feed_puts();
  feed_gets();
  feed_send_backs();
  last_tick_ms_ = clock_.now_ms();
  sample_all();
}

std::optional<remoting::BrokerStatsData> BrokerStatsManager::view(std::string_view name,
                                                                  std::string_view key) const {
  const auto stat = std::find(names.begin(), names.end(), name);
  if (stat == names.end()) return std::nullopt;
  const std::lock_guard lock(mutex_);
  const auto& items = items_[static_cast<std::size_t>(stat - names.begin())];
  const auto found = items.find(key);
  if (found == items.end()) return std::nullopt;
  return found->second.item.data();
}

double BrokerStatsManager::get_tps(std::string_view topic, std::string_view group) const {
  const std::string key = join(topic, group);
  const std::lock_guard lock(mutex_);
  const auto found = items_[GroupGetNums].find(key);
  return found == items_[GroupGetNums].end() ? 0.0 : found->second.item.minute().per_second;
}

void BrokerStatsManager::erase_items(Stat stat, std::string_view topic, std::string_view group) {
  item_count_ -= std::erase_if(
      items_[stat], [&](const auto& entry) { return key_names(entry.first, topic, group); });
}

void BrokerStatsManager::forget_topic(std::string_view topic) {
  gets_.forget([topic](const GroupQueueView& queue) { return queue.topic == topic; });
  const std::lock_guard lock(mutex_);
  for (const Stat stat :
       {TopicPutNums, TopicPutSize, GroupGetNums, GroupGetSize, GroupGetLatency, SendBackPutNums}) {
    erase_items(stat, topic, {});
  }
  std::erase_if(send_backs_, [&](const auto& entry) { return key_names(entry.first, topic, {}); });
}

void BrokerStatsManager::forget_group(std::string_view group) {
  gets_.forget([group](const GroupQueueView& queue) { return queue.group == group; });
  const std::lock_guard lock(mutex_);
  for (const Stat stat : {GroupGetNums, GroupGetSize, GroupGetLatency, SendBackPutNums})
    erase_items(stat, {}, group);
  std::erase_if(send_backs_, [&](const auto& entry) { return key_names(entry.first, {}, group); });
}

}  // namespace rocketmq::broker
