#include "groups/subscription_group_manager.hpp"

#include <spdlog/spdlog.h>

#include <array>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "limits.hpp"
#include "rocketmq/common/atomic_file.hpp"
#include "rocketmq/common/copy_in_steps.hpp"
#include "rocketmq/common/fastjson.hpp"
#include "rocketmq/common/names.hpp"

namespace rocketmq::broker {
namespace {

constexpr std::array<std::string_view, 7> system_groups{
    "TOOLS_CONSUMER",  "FILTERSRV_CONSUMER",    "SELF_TEST_C_GROUP", "CID_ONS-HTTP-PROXY",
    "CID_ONSAPI_PULL", "CID_ONSAPI_PERMISSION", "CID_ONSAPI_OWNER",
};

SubscriptionGroupConfig make_group(std::string_view name) {
  return {.group_name = std::string(name)};
}

Error refusal(const Error& error, std::string_view group) {
  return {error.code, error.remark + ", cannot make " + std::string(group)};
}

}  // namespace

SubscriptionGroupManager::SubscriptionGroupManager(const BrokerConfig& config, const Clock& clock,
                                                   std::filesystem::path file)
    : config_(config),
      clock_(clock),
      file_(std::move(file)),
      budget_("subscriptionGroups", "consumer groups on one broker",
              static_cast<std::size_t>(config.subscription_groups_max)),
      saved_(file_.string(), clock, [this] { return write_file(); }) {}

Result<void> SubscriptionGroupManager::load(DamagedTable damaged) {
  SubscriptionGroupWrapper wrapper;
  const auto loaded = load_table_file(file_, "subscriptionGroupTable", damaged,
                                      [&](JsonReader& in) { return read_json(in, wrapper); });
  if (!loaded) return loaded.error();
  if (!*loaded) return {};
  const std::unique_lock lock(mutex_);
  for (auto& [name, group] : wrapper.subscription_group_table) {
    if (auto checked = check_group_name(name); !checked) {
      spdlog::warn("{}: ignored: {}", file_.string(), checked.error().remark);
      continue;
    }
    group.group_name = name;
    put(name, std::move(group));
  }
  data_version_ = wrapper.data_version;
  return {};
}

void SubscriptionGroupManager::put(std::string name, SubscriptionGroupConfig config) {
  if (groups_.insert_or_assign(std::move(name), std::move(config)).second)
    budget_.charge(Budget::nobody);
}

Result<void> SubscriptionGroupManager::create_system_groups() {
  bool added = false;
  {
    const std::unique_lock lock(mutex_);
    for (const auto name : system_groups) {
      if (groups_.contains(name)) continue;
      put(std::string(name), make_group(name));
      added = true;
    }
    if (added) data_version_.next(clock_.now_ms());
  }
  if (added) saved_.changed();
  return saved_.flush();
}

std::optional<SubscriptionGroupConfig> SubscriptionGroupManager::find(
    std::string_view group) const {
  const std::shared_lock lock(mutex_);
  const auto found = groups_.find(group);
  if (found == groups_.end()) return std::nullopt;
  return found->second;
}

Result<SubscriptionGroupManager::Prepared> SubscriptionGroupManager::find_or_prepare(
    std::string_view group) const {
  if (auto known = find(group)) return Prepared{*std::move(known)};
  if (!config_.auto_create_subscription_group && !group.starts_with(names::system_group_prefix)) {
    return Error{ResponseCode::SubscriptionGroupNotExist,
                 "subscription group [" + std::string(group) + "] does not exist"};
  }
  return Prepared{make_group(group), true};
}

Result<SubscriptionGroupConfig> SubscriptionGroupManager::find_or_create(std::string_view group,
                                                                         Budget::Peer maker) {
  auto prepared = find_or_prepare(group);
  if (!prepared) return prepared.error();
  if (!prepared->is_new) return std::move(prepared->config);
  const SubscriptionGroupConfig& made = prepared->config;
  {
    const std::unique_lock lock(mutex_);
    if (const auto known = groups_.find(group); known != groups_.end()) return known->second;
    if (auto taken = budget_.take(maker); !taken) return refusal(taken.error(), group);
    groups_.emplace(std::string(group), made);
    if (maker != Budget::nobody) makers_.emplace(std::string(group), maker);
    data_version_.next(clock_.now_ms());
  }
  spdlog::info("new consumer group {}", group);
  saved_.changed();
  return made;
}

Result<void> SubscriptionGroupManager::update_all(std::vector<SubscriptionGroupConfig> configs) {
  {
    const std::unique_lock lock(mutex_);
    std::set<std::string_view> added;
    for (const SubscriptionGroupConfig& config : configs) {
      if (!groups_.contains(config.group_name)) added.insert(config.group_name);
    }
    if (!added.empty()) {
      if (auto checked = budget_.may_take(Budget::nobody, added.size()); !checked)
        return refusal(checked.error(), *added.begin());
    }
    for (SubscriptionGroupConfig& config : configs) {
      spdlog::info("consumer group {} set", config.group_name);
      std::string name = config.group_name;
      put(std::move(name), std::move(config));
    }
    data_version_.next(clock_.now_ms());
  }
  saved_.changed();
  return {};
}

Result<void> SubscriptionGroupManager::follow(SubscriptionGroupWrapper master) {
  auto& table = master.subscription_group_table;
  {
    const std::shared_lock lock(mutex_);
    if (data_version_ == master.data_version) return {};
  }
  std::erase_if(table, [](const auto& group) { return !check_group_name(group.first); });
  if (table.size() > budget_.total()) {
    return Error{ResponseCode::SystemError, "the master has " + std::to_string(table.size()) +
                                                " consumer groups, more than " +
                                                std::to_string(budget_.total())};
  }
  TextMap<SubscriptionGroupConfig> groups;
  for (auto& [name, group] : table) {
    group.group_name = name;
    groups.emplace(name, std::move(group));
  }
  spdlog::info("consumer groups follow the master's: {}", groups.size());
  {
    const std::unique_lock lock(mutex_);
    groups_.swap(groups);
    makers_.clear();
    budget_.clear();
    budget_.charge(Budget::nobody, groups_.size());
    data_version_ = master.data_version;
  }
  saved_.changed();
  return {};
}

bool SubscriptionGroupManager::disable_consume(std::string_view group) {
  {
    const std::unique_lock lock(mutex_);
    const auto found = groups_.find(group);
    if (found == groups_.end() || !found->second.consume_enable) return false;
    found->second.consume_enable = false;
    data_version_.next(clock_.now_ms());
  }
  saved_.changed();
  return true;
}

bool SubscriptionGroupManager::remove(std::string_view group) {
  {
    const std::unique_lock lock(mutex_);
    const auto found = groups_.find(group);
    if (found == groups_.end()) return false;
    groups_.erase(found);
    const auto maker = makers_.find(group);
    budget_.give_back(maker == makers_.end() ? Budget::nobody : maker->second);
    if (maker != makers_.end()) makers_.erase(maker);
    data_version_.next(clock_.now_ms());
  }
  spdlog::info("consumer group {} removed", group);
  saved_.changed();
  return true;
}

std::size_t SubscriptionGroupManager::size() const {
  const std::shared_lock lock(mutex_);
  return groups_.size();
}

void SubscriptionGroupManager::add_figures(FigureTable& table) const {
  table.add({.name = "consumerGroupCount",
             .unit = "groups",
             .help = "consumer groups",
             .use = in_state_line},
            [this]() -> FigureValue { return static_cast<std::int64_t>(size()); });
}

SubscriptionGroupWrapper SubscriptionGroupManager::snapshot() const {
  SubscriptionGroupWrapper wrapper;
  {
    const std::shared_lock lock(mutex_);
    wrapper.data_version = data_version_;
  }
  // New groups of heartbeats and pulls wait meanwhile.
  const auto config_of = [](const auto& entry) { return entry.second; };
  for (SubscriptionGroupConfig& group : copy_in_steps(mutex_, groups_, config_of)) {
    std::string name = group.group_name;
    wrapper.subscription_group_table.emplace(std::move(name), std::move(group));
  }
  return wrapper;
}

Result<void> SubscriptionGroupManager::write_file() const {
  return write_file_atomically(file_, dump_json_pretty(nlohmann::json(snapshot())));
}

}  // namespace rocketmq::broker
