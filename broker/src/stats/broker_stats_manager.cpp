#include "stats/broker_stats_manager.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "limits.hpp"
#include "rocketmq/common/shared_log.hpp"
#include "rocketmq/common/text.hpp"

namespace rocketmq::broker {
namespace {

constexpr std::int64_t ticks_of_ten_minutes = 60;
constexpr std::int64_t ticks_of_an_hour = 360;
constexpr Figure lag_bytes{.name = "GROUP_GET_FALL_SIZE",
                           .unit = "bytes",
                           .help = "how far a group's last read was behind the end of the log",
                           .key = "QUEUE@TOPIC@GROUP"};
constexpr Figure lag_ms{.name = "GROUP_GET_FALL_TIME",
                        .unit = "ms",
                        .help = "age of the last message that a group read",
                        .key = "QUEUE@TOPIC@GROUP"};

std::string join(std::string_view first, std::string_view second) {
  std::string key(first);
  return key.append("@").append(second);
}
std::string join(std::string_view first, std::int32_t second) {
  return join(first, std::to_string(second));
}

/// Cuts the text up to the next '@' off a key.
std::string_view take_part(std::string_view& key) {
  const std::string_view part = key.substr(0, key.find('@'));
  key.remove_prefix(std::min(part.size() + 1, key.size()));
  return part;
}

}  // namespace

// clang-format off
// In the order of Stat.
const std::array<Figure, BrokerStatsManager::stat_count> BrokerStatsManager::stats{{
    // name                kind                 unit        meaning                                    shown in   decimals, suffix, key
    {"TOPIC_PUT_NUMS",     FigureKind::Counter, "messages", "messages put into a topic",               elsewhere, 0, "", "TOPIC"},
    {"TOPIC_PUT_SIZE",     FigureKind::Counter, "bytes",    "bytes put into a topic",                  elsewhere, 0, "", "TOPIC"},
    {"GROUP_GET_NUMS",     FigureKind::Counter, "messages", "messages that a group read of a topic",   elsewhere, 0, "", "TOPIC@GROUP"},
    {"GROUP_GET_SIZE",     FigureKind::Counter, "bytes",    "bytes that a group read of a topic",      elsewhere, 0, "", "TOPIC@GROUP"},
    {"GROUP_GET_LATENCY",  FigureKind::Counter, "ms",       "time that reads of a group took; of each queue under enableDetailStat", elsewhere, 0, "", "TOPIC@GROUP or QUEUE@TOPIC@GROUP"},
    {"SNDBCK_PUT_NUMS",    FigureKind::Counter, "messages", "messages that a group sent back",         elsewhere, 0, "", "TOPIC@GROUP"},
    {"BROKER_PUT_NUMS",    FigureKind::Counter, "messages", "messages put",                            elsewhere, 0, "", "CLUSTER"},
    {"BROKER_GET_NUMS",    FigureKind::Counter, "messages", "messages that clients read",              elsewhere, 0, "", "CLUSTER"},
    {"QUEUE_PUT_NUMS",     FigureKind::Counter, "messages", "messages put into a queue",               elsewhere, 0, "", "TOPIC@QUEUE"},
    {"QUEUE_PUT_SIZE",     FigureKind::Counter, "bytes",    "bytes put into a queue",                  elsewhere, 0, "", "TOPIC@QUEUE"},
    {"QUEUE_GET_NUMS",     FigureKind::Counter, "messages", "messages that a group read of a queue",   elsewhere, 0, "", "TOPIC@QUEUE@GROUP"},
    {"QUEUE_GET_SIZE",     FigureKind::Counter, "bytes",    "bytes that a group read of a queue",      elsewhere, 0, "", "TOPIC@QUEUE@GROUP"},
}};
// clang-format on

BrokerStatsManager::BrokerStatsManager(const BrokerConfig& config, const Clock& clock,
                                       const store::StoreAdministration& store)
    : config_(config), clock_(clock), store_(store) {}

BrokerStatsManager::KeyParts BrokerStatsManager::parts_of(Stat stat, std::string_view key) {
  const std::string_view first = take_part(key);
  const std::string_view second = take_part(key);
  const std::string_view third = take_part(key);
  switch (stat) {
    case TopicPutNums:
    case TopicPutSize:
    case QueuePutNums:  // topic@queueId
    case QueuePutSize: return {.topic = first};
    case QueueGetNums:  // topic@queueId@group
    case QueueGetSize: return {.topic = first, .group = third};
    case GroupGetLatency:  // queueId@topic@group, or as below
      if (!third.empty()) return {.topic = second, .group = third};
      [[fallthrough]];
    case GroupGetNums:  // topic@group
    case GroupGetSize:
    case SendBackPutNums: return {.topic = first, .group = second};
    case BrokerPutNums:
    case BrokerGetNums:
    case stat_count: break;
  }
  return {};
}

bool BrokerStatsManager::is_of_a_queue(Stat stat) {
  return stat == QueuePutNums || stat == QueuePutSize || stat == QueueGetNums ||
         stat == QueueGetSize || stat == GroupGetLatency;
}

void BrokerStatsManager::add_send_back(std::string_view topic, std::string_view group) {
  std::string key = join(topic, group);
  const std::lock_guard lock(mutex_);
  if (send_backs_.size() >= limits::stat_items_max && !send_backs_.contains(key)) return;
  ++send_backs_[std::move(key)];
}

void BrokerStatsManager::feed(Stat stat, std::string_view key, Counter counter) {
  auto found = items_[stat].find(key);
  if (found == items_[stat].end()) {
    const std::size_t items_max =
        is_of_a_queue(stat) ? limits::queue_stat_items_max : limits::stat_items_max;
    if (counter.times == 0 || item_count_ >= items_max) return;
    found = items_[stat].emplace(std::string(key), Watched(last_tick_ms_)).first;
    ++item_count_;
    if (ticks_ == 1 || (queue_items_begin_ && is_of_a_queue(stat))) {
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

/// Follows enableDetailStat: the items of single queues begin, or are removed.
void BrokerStatsManager::switch_queue_items() {
  const bool wanted = config_.enable_detail_stat;
  queue_items_begin_ = wanted != has_queue_items_;
  if (!queue_items_begin_) return;
  has_queue_items_ = wanted;
  for (std::size_t stat = 0; stat < stat_count; ++stat) {
    if (is_of_a_queue(static_cast<Stat>(stat)))
      erase_items(static_cast<Stat>(stat), [](const KeyParts&) { return true; });
  }
}

void BrokerStatsManager::feed_puts() {
  TextMap<store::QueueCount> topics;
  for (const auto& [queue, count] : store_.queue_counts()) {
    store::QueueCount& topic = topics[queue.topic];
    topic.messages += count.messages;
    topic.bytes += count.bytes;
    if (!has_queue_items_) continue;
    const std::string key = join(queue.topic, queue.queue_id);
    feed(QueuePutNums, key, {count.messages, count.messages});
    feed(QueuePutSize, key, {count.bytes, count.messages});
  }
  for (const auto& [topic, count] : topics) {
    feed(TopicPutNums, topic, {count.messages, count.messages});
    feed(TopicPutSize, topic, {count.bytes, count.messages});
  }
  const auto figures = store_.figures();
  const std::string& cluster = config_.broker_cluster_name;
  feed(BrokerPutNums, cluster, {figures.put_messages, figures.put_messages});
  feed(BrokerGetNums, cluster, {figures.get_messages, figures.get_messages});
}

void BrokerStatsManager::feed_gets() {
  const auto in_ms = [](std::chrono::nanoseconds time) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(time).count();
  };
  TextMap<GroupCounters::Counts> groups;
  gets_.visit([&](const GroupQueueView& queue, const GroupCounters::Counts& counts) {
    const std::string key = join(queue.topic, queue.group);
    GroupCounters::Counts& sum = groups[key];
    sum.messages += counts.messages;
    sum.bytes += counts.bytes;
    sum.reads += counts.reads;
    sum.time += counts.time;
    if (!has_queue_items_) return;
    feed(GroupGetLatency, join(std::to_string(queue.queue_id), key),
         {in_ms(counts.time), counts.reads});
    const std::string of_queue = join(join(queue.topic, queue.queue_id), queue.group);
    feed(QueueGetNums, of_queue, {counts.messages, counts.reads});
    feed(QueueGetSize, of_queue, {counts.bytes, counts.reads});
  });
  for (const auto& [key, sum] : groups) {
    feed(GroupGetNums, key, {sum.messages, sum.reads});
    feed(GroupGetSize, key, {sum.bytes, sum.reads});
    if (!has_queue_items_) feed(GroupGetLatency, key, {in_ms(sum.time), sum.reads});
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
  switch_queue_items();
  feed_puts();
  feed_gets();
  feed_send_backs();
  last_tick_ms_ = clock_.now_ms();
  sample_all();
}

void BrokerStatsManager::log_minute() const {
  if (!statistics_log().should_log(spdlog::level::info)) return;
  struct Line {
    std::string_view name;
    std::string key;
    remoting::StatsFigure figure;
  };
  std::vector<Line> lines;
  std::size_t left_out = 0;
  {
    const std::lock_guard lock(mutex_);
    for (std::size_t stat = 0; stat < stat_count; ++stat) {
      if (is_of_a_queue(static_cast<Stat>(stat))) continue;
      for (const auto& [key, watched] : items_[stat]) {
        const remoting::StatsFigure figure = watched.item.minute();
        if (figure.sum == 0) continue;
        if (lines.size() < limits::stat_lines_max) {
          lines.push_back({stats[stat].name, key, figure});
        } else {
          ++left_out;
        }
      }
    }
  }
  for (const Line& line : lines) {
    statistics_log().info("[{}] [{}] Stats In One Minute, SUM: {} TPS: {:.2f} AVGPT: {:.2f}",
                          line.name, line.key, line.figure.sum, line.figure.per_second,
                          line.figure.per_time);
  }
  if (left_out > 0) statistics_log().info("{} more statistics are not shown", left_out);
}

bool BrokerStatsManager::is_recent(const ReadLag& lag) const {
  return lag.read_at_ms != 0 &&
         std::chrono::milliseconds(clock_.now_ms() - lag.read_at_ms) <= lag_kept;
}

std::optional<remoting::BrokerStatsData> BrokerStatsManager::view_lag(std::int64_t ReadLag::*figure,
                                                                      std::string_view key) const {
  const auto queue_id = whole_number<std::int32_t>(take_part(key));
  if (!queue_id) return std::nullopt;
  const std::string_view topic = take_part(key);
  const auto lag = gets_.lag_of({.topic = topic, .group = key, .queue_id = *queue_id});
  if (!lag) return std::nullopt;
  const std::int64_t value = is_recent(*lag) ? (*lag).*figure : 0;
  const remoting::StatsFigure moment{.sum = value, .per_time = static_cast<double>(value)};
  return remoting::BrokerStatsData{.minute = moment, .hour = moment, .day = moment};
}

std::vector<SlowGroup> BrokerStatsManager::groups_behind(std::int64_t bytes) const {
  TextMap<SlowGroup> furthest;
  gets_.visit([&](const GroupQueueView& queue, const GroupCounters::Counts& counts) {
    if (counts.lag.bytes <= bytes || !is_recent(counts.lag)) return;
    SlowGroup& slow = furthest[std::string(queue.group)];
    if (counts.lag.bytes <= slow.bytes_behind) return;
    slow = {.group = std::string(queue.group),
            .topic = std::string(queue.topic),
            .queue_id = queue.queue_id,
            .bytes_behind = counts.lag.bytes};
  });
  std::vector<SlowGroup> groups;
  for (auto& [name, slow] : furthest) groups.push_back(std::move(slow));
  return groups;
}

std::optional<remoting::BrokerStatsData> BrokerStatsManager::view(std::string_view name,
                                                                  std::string_view key) const {
  if (name == lag_bytes.name) return view_lag(&ReadLag::bytes, key);
  if (name == lag_ms.name) return view_lag(&ReadLag::ms, key);
  const auto stat = std::find_if(stats.begin(), stats.end(),
                                 [name](const Figure& figure) { return figure.name == name; });
  if (stat == stats.end()) return std::nullopt;
  const std::lock_guard lock(mutex_);
  const auto& items = items_[static_cast<std::size_t>(stat - stats.begin())];
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

template <class Predicate>
void BrokerStatsManager::erase_items(Stat stat, Predicate is_gone) {
  item_count_ -= std::erase_if(
      items_[stat], [&](const auto& entry) { return is_gone(parts_of(stat, entry.first)); });
}

template <class Predicate>
void BrokerStatsManager::forget_if(Predicate is_gone) {
  gets_.forget([&](const GroupQueueView& queue) {
    return is_gone(KeyParts{.topic = queue.topic, .group = queue.group});
  });
  const std::lock_guard lock(mutex_);
  for (std::size_t stat = 0; stat < stat_count; ++stat)
    erase_items(static_cast<Stat>(stat), is_gone);
  std::erase_if(send_backs_,
                [&](const auto& entry) { return is_gone(parts_of(SendBackPutNums, entry.first)); });
}

void BrokerStatsManager::forget_topic(std::string_view topic) {
  forget_if([topic](const KeyParts& key) { return key.topic == topic; });
}

void BrokerStatsManager::forget_group(std::string_view group) {
  forget_if([group](const KeyParts& key) { return key.group == group; });
}

void BrokerStatsManager::add_figures(FigureTable& table) const {
  for (std::size_t stat = 0; stat < stat_count; ++stat) {
    table.add_family(stats[stat], [this, stat](const FigureTable::FamilyReader& reader) {
      const std::lock_guard lock(mutex_);
      for (const auto& [key, watched] : items_[stat]) reader(key, watched.total.value);
    });
  }
  const auto add_lag = [&](const Figure& figure, std::int64_t ReadLag::*value) {
    table.add_family(figure, [this, value](const FigureTable::FamilyReader& reader) {
      gets_.visit([&](const GroupQueueView& queue, const GroupCounters::Counts& counts) {
        reader(join(std::to_string(queue.queue_id), join(queue.topic, queue.group)),
               is_recent(counts.lag) ? counts.lag.*value : 0);
      });
    });
  };
  add_lag(lag_bytes, &ReadLag::bytes);
  add_lag(lag_ms, &ReadLag::ms);
}

}  // namespace rocketmq::broker
