#include "filter/consumer_filter_manager.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "rocketmq/common/shared_log.hpp"

namespace rocketmq::broker {
namespace {

bool has_expression(const SubscriptionData& subscription) {
  return !subscription.is_tag_expression() && !subscription.class_filter_mode;
}

bool has_expression_for(std::span<const SubscriptionData> subscriptions, std::string_view topic) {
  return std::any_of(subscriptions.begin(), subscriptions.end(), [&](const auto& subscription) {
    return has_expression(subscription) && subscription.topic == topic;
  });
}

/// Whether a registration leaves the entry as it is: it is alive, and as new.
bool is_newer_or_same(const ConsumerFilterData& data, const SubscriptionData& subscription) {
  return !data.is_dead() && data.client_version >= subscription.sub_version;
}

}  // namespace

ConsumerFilterManager::ConsumerFilterManager(Options options, const Clock& clock,
                                             ExpressionCache& cache)
    : options_(std::move(options)),
      bloom_filter_(options_.bloom_error_rate_percent, options_.bloom_consumers),
      clock_(clock),
      cache_(cache),
      count_budget_("consumerFilters", "filter expressions on one broker", options_.filters_max),
      bytes_budget_("consumerFilterBytes", "bytes of filter expressions on one broker",
                    options_.text_bytes_max),
      saved_(options_.file.string(), [this] { return write_file(); }) {}

bool ConsumerFilterManager::is_up_to_date(std::string_view group,
                                          std::span<const SubscriptionData> subscriptions) const {
  const auto found = groups_.find(group);
  static const TopicTable nothing;
  const TopicTable& topics = found == groups_.end() ? nothing : found->second;
  for (const auto& subscription : subscriptions) {
    if (!has_expression(subscription)) continue;
    const auto data = topics.find(subscription.topic);
    if (data == topics.end() || !is_newer_or_same(*data->second, subscription)) return false;
  }
  return std::all_of(topics.begin(), topics.end(), [&](const auto& entry) {
    return entry.second->is_dead() || has_expression_for(subscriptions, entry.first);
  });
}

void ConsumerFilterManager::register_group(std::string_view group,
                                           std::span<const SubscriptionData> subscriptions,
                                           Budget::Peer maker) {
  {
    const std::shared_lock lock(mutex_);
    if (is_up_to_date(group, subscriptions)) return;
  }
  struct Registration {
    const SubscriptionData* subscription;
    ExpressionCache::Compiled compiled;
  };
  std::vector<Registration> registrations;
  for (const auto& subscription : subscriptions) {
    if (!has_expression(subscription)) continue;
    registrations.push_back(
        {&subscription, cache_.compile(subscription.expression_type, subscription.sub_string)});
  }

  const std::unique_lock lock(mutex_);
  for (auto& [subscription, compiled] : registrations) {
    if (!compiled) {
      warn(group, subscription->topic, compiled.error().remark);
    }
    take(group, *subscription, compiled ? *std::move(compiled) : nullptr, maker);
  }
  const auto found = groups_.find(group);
  if (found == groups_.end()) return;
  for (auto& [topic, data] : found->second) {
    if (!has_expression_for(subscriptions, topic)) mark_dead(data);
  }
}

void ConsumerFilterManager::take(std::string_view group, const SubscriptionData& subscription,
                                 std::shared_ptr<const CompiledExpression> expression,
                                 Budget::Peer maker) {
  const Data old = [&]() -> Data {
    const auto topics = groups_.find(group);
    if (topics == groups_.end()) return nullptr;
    const auto found = topics->second.find(subscription.topic);
    return found == topics->second.end() ? nullptr : found->second;
  }();
  if (old != nullptr && is_newer_or_same(*old, subscription)) return;
  if (expression == nullptr) return remove(group, subscription.topic);

  auto data = std::make_shared<ConsumerFilterData>();
  const bool same_expression = old != nullptr && old->expression->text() == expression->text();
  if (same_expression) *data = *old;
  data->topic = subscription.topic;
  data->group = group;
  data->expression_type = subscription.expression_type;
  data->expression = std::move(expression);
  if (!same_expression) data->born_time_ms = clock_.now_ms();
  data->dead_time_ms = 0;
  data->client_version = subscription.sub_version;
  data->maker = maker;
  put(std::move(data), old);
}

void ConsumerFilterManager::put(std::shared_ptr<ConsumerFilterData> data, const Data& old) {
  remove(data->group, data->topic);
  const std::size_t bytes = data->expression->text().size();
  auto room = count_budget_.may_take(data->maker);
  if (room) room = bytes_budget_.may_take(data->maker, bytes);
  if (!room && old != nullptr && bytes <= old->expression->text().size()) {
    // Needs no more than there was, from whichever address it comes.
    data->maker = old->maker;
    room = Result<void>();
  }
  if (!room) return warn(data->group, data->topic, room.error().remark);
  count_budget_.charge(data->maker);
  bytes_budget_.charge(data->maker, bytes);
  groups_[data->group][data->topic] = data;
  saved_.changed();
}

void ConsumerFilterManager::warn(std::string_view group, std::string_view topic,
                                 const std::string& reason) {
  // A client provokes this with each heartbeat.
  constexpr std::chrono::seconds pause{1};
  const auto now = clock_.steady_now();
  if (now < next_warning_) return;
  next_warning_ = now + pause;
  filter_log().warn("group {} has no filter for topic {}: {}", group, topic, reason);
}

void ConsumerFilterManager::remove(std::string_view group, std::string_view topic) {
  const auto topics = groups_.find(group);
  if (topics == groups_.end()) return;
  const auto found = topics->second.find(topic);
  if (found == topics->second.end()) return;
  give_back(*found->second);
  topics->second.erase(found);
  if (topics->second.empty()) groups_.erase(topics);
  saved_.changed();
}

void ConsumerFilterManager::give_back(const ConsumerFilterData& data) {
  count_budget_.give_back(data.maker);
  bytes_budget_.give_back(data.maker, data.expression->text().size());
}

void ConsumerFilterManager::mark_dead(Data& data) {
  if (data->is_dead()) return;
  auto dead = std::make_shared<ConsumerFilterData>(*data);
  // A clock that was set back must not make it look alive.
  dead->dead_time_ms = std::max(clock_.now_ms(), data->born_time_ms);
  data = std::move(dead);
  saved_.changed();
}

void ConsumerFilterManager::unregister_group(std::string_view group) {
  const std::unique_lock lock(mutex_);
  const auto found = groups_.find(group);
  if (found == groups_.end()) return;
  for (auto& [topic, data] : found->second) mark_dead(data);
}

std::shared_ptr<const ConsumerFilterData> ConsumerFilterManager::find(
    std::string_view topic, std::string_view group) const {
  const std::shared_lock lock(mutex_);
  const auto topics = groups_.find(group);
  if (topics == groups_.end()) return nullptr;
  const auto found = topics->second.find(topic);
  return found == topics->second.end() ? nullptr : found->second;
}

void ConsumerFilterManager::tick() {
  const std::int64_t dead_before_ms = clock_.now_ms() - options_.clean_time_span_ms;
  const std::unique_lock lock(mutex_);
  for (auto& [group, topics] : groups_) {
    std::erase_if(topics, [&](const auto& entry) {
      const ConsumerFilterData& data = *entry.second;
      if (!data.is_dead() || data.dead_time_ms > dead_before_ms) return false;
      give_back(data);
      saved_.changed();
      return true;
    });
  }
  std::erase_if(groups_, [](const auto& entry) { return entry.second.empty(); });
}

}  // namespace rocketmq::broker
