#include "topic_config_manager.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>
#include <vector>

#include "json_config_file.hpp"
#include "limits.hpp"
#include "rocketmq/common/names.hpp"
#include "rocketmq/common/sys_flag.hpp"

namespace rocketmq::broker {
namespace {

TopicShape shape_from(const TopicConfig& config) {
  return {.read_queue_nums = config.read_queue_nums,
          .write_queue_nums = config.write_queue_nums,
          .perm = config.perm,
          .topic_sys_flag = config.topic_sys_flag,
          .order = config.order};
}

TopicConfig make_topic(std::string_view name, std::int32_t queue_nums, std::int32_t perm,
                       std::int32_t topic_sys_flag = 0) {
  return {.topic_name = std::string(name),
          .read_queue_nums = queue_nums,
          .write_queue_nums = queue_nums,
          .perm = perm,
          .topic_sys_flag = topic_sys_flag};
}

}  // namespace

TopicConfigManager::TopicConfigManager(const BrokerConfig& config, const Clock& clock,
                                       std::filesystem::path file)
    : config_(config),
      clock_(clock),
      file_(std::move(file)),
      writer_(file_.string(), clock, [this] { return write_file(); }) {}

Result<void> TopicConfigManager::load() {
  return load_json_config(file_, [this](const nlohmann::json& content) {
    auto wrapper = content.get<TopicConfigSerializeWrapper>();
    const std::unique_lock lock(mutex_);
    for (auto& [name, topic] : wrapper.topic_config_table) {
      // A name becomes a directory: a file from elsewhere is no reason to trust it.
      if (auto checked = check_name("topic", name); !checked) {
        spdlog::warn("{}: ignored: {}", file_.string(), checked.error().remark);
        continue;
      }
      topic.topic_name = name;
      topics_.insert_or_assign(name, std::move(topic));
    }
    data_version_ = wrapper.data_version;
  });
}

Result<void> TopicConfigManager::create_system_topics() {
  constexpr std::int32_t open = perm::read_write;
  const auto named_perm = [](bool enabled) { return perm::inherit | (enabled ? open : 0); };
  std::vector<TopicConfig> wanted{
      make_topic(names::self_test_topic, 1, open),
      make_topic(names::benchmark_topic, 1'024, open),
      make_topic(config_.broker_cluster_name, 16, named_perm(config_.cluster_topic_enable)),
      make_topic(config_.broker_name, 1, named_perm(config_.broker_topic_enable)),
      make_topic(names::offset_moved_topic, 1, open),
      make_topic(names::schedule_topic, 18, open),
      make_topic(config_.broker_cluster_name + "_" + std::string(names::reply_topic_suffix), 1,
                 open),
  };
  if (config_.auto_create_topic_enable) {
    wanted.push_back(make_topic(names::auto_create_topic, config_.default_topic_queue_nums,
                                open | perm::inherit));
  }
  if (config_.trace_topic_enable)
    wanted.push_back(make_topic(config_.msg_trace_topic_name, 1, open));

  bool added = false;
  {
    const std::unique_lock lock(mutex_);
    for (auto& topic : wanted) {
      std::string name = topic.topic_name;
      // A broker named like its host may have dots in its name, which a topic may not have.
      if (!is_valid_name(name) || topics_.contains(name)) continue;
      topics_.emplace(std::move(name), std::move(topic));
      added = true;
    }
    if (added) data_version_.next(clock_.now_ms());
  }
  if (added) writer_.changed();
  return writer_.flush();
}

std::optional<TopicShape> TopicConfigManager::shape_of(std::string_view topic) const {
  const std::shared_lock lock(mutex_);
  const auto found = topics_.find(topic);
  if (found == topics_.end()) return std::nullopt;
  return shape_from(found->second);
}

std::optional<TopicConfig> TopicConfigManager::find(std::string_view topic) const {
  const std::shared_lock lock(mutex_);
  const auto found = topics_.find(topic);
  if (found == topics_.end()) return std::nullopt;
  return found->second;
}

std::size_t TopicConfigManager::size() const {
  const std::shared_lock lock(mutex_);
  return topics_.size();
}

TopicConfigSerializeWrapper TopicConfigManager::snapshot() const {
  TopicConfigSerializeWrapper wrapper;
  const std::shared_lock lock(mutex_);
  for (const auto& [name, topic] : topics_) wrapper.topic_config_table.emplace(name, topic);
  wrapper.data_version = data_version_;
  return wrapper;
}

DataVersion TopicConfigManager::data_version() const {
  const std::shared_lock lock(mutex_);
  return data_version_;
}

Result<TopicShape> TopicConfigManager::find_or_create_for_send(std::string_view topic,
                                                               std::string_view default_topic,
                                                               std::int32_t queue_nums,
                                                               std::int32_t topic_sys_flag) {
  if (const auto known = shape_of(topic)) return *known;
  const auto base = find(default_topic);
  const bool switched_off =
      default_topic == names::auto_create_topic && !config_.auto_create_topic_enable;
  if (base && perm::is_inherited(base->perm) && !switched_off) {
    const std::int32_t queues =
        std::clamp(std::min(queue_nums, base->write_queue_nums), 1, limits::queues_per_topic_max);
    TopicConfig made = make_topic(topic, queues, base->perm & ~perm::inherit, topic_sys_flag);
    made.topic_filter_type = base->topic_filter_type;
    return add(std::move(made));
  }
  if (is_retry_topic(topic)) return add(make_topic(topic, 1, perm::read_write, topic_sys_flag));
  return Error{ResponseCode::TopicNotExist,
               "topic[" + std::string(topic) + "] not exist, apply first please!"};
}

Result<TopicShape> TopicConfigManager::find_or_create(std::string_view topic,
                                                      std::int32_t queue_nums,
                                                      std::int32_t topic_perm,
                                                      std::int32_t topic_sys_flag) {
  if (const auto known = shape_of(topic)) return *known;
  return add(make_topic(topic, std::clamp(queue_nums, 1, limits::queues_per_topic_max), topic_perm,
                        topic_sys_flag));
}

Result<TopicShape> TopicConfigManager::add(TopicConfig config) {
  const std::string name = config.topic_name;
  TopicShape shape;
  {
    const std::unique_lock lock(mutex_);
    if (const auto known = topics_.find(name); known != topics_.end())
      return shape_from(known->second);
    if (topics_.size() >= limits::topics_max) {
      return Error{ResponseCode::SystemError, "no more than " + std::to_string(limits::topics_max) +
                                                  " topics on one broker, cannot make " + name};
    }
    shape = shape_from(topics_.emplace(name, std::move(config)).first->second);
    data_version_.next(clock_.now_ms());
  }
  spdlog::info("new topic {}, {} queues, perm {}", name, shape.write_queue_nums, shape.perm);
  announce();
  return shape;
}

Result<void> TopicConfigManager::update_all(std::vector<TopicConfig> configs) {
  {
    const std::unique_lock lock(mutex_);
    std::set<std::string_view> added;
    for (const TopicConfig& config : configs) {
      if (!topics_.contains(config.topic_name)) added.insert(config.topic_name);
    }
    if (!added.empty() && topics_.size() + added.size() > limits::topics_max) {
      return Error{ResponseCode::SystemError, "no more than " + std::to_string(limits::topics_max) +
                                                  " topics on one broker, cannot make " +
                                                  std::string(*added.begin())};
    }
    for (TopicConfig& config : configs) {
      spdlog::info("topic {} set: {} read queues, {} write queues, perm {}", config.topic_name,
                   config.read_queue_nums, config.write_queue_nums, config.perm);
      std::string name = config.topic_name;
      topics_.insert_or_assign(std::move(name), std::move(config));
    }
    data_version_.next(clock_.now_ms());
  }
  announce();
  return writer_.flush();
}

Result<bool> TopicConfigManager::remove(std::string_view topic) {
  {
    const std::unique_lock lock(mutex_);
    const auto found = topics_.find(topic);
    if (found == topics_.end()) return false;
    topics_.erase(found);
    data_version_.next(clock_.now_ms());
  }
  spdlog::info("topic {} removed", topic);
  announce();
  if (auto saved = writer_.flush(); !saved) return saved.error();
  return true;
}

void TopicConfigManager::apply_order_topics(
    const std::map<std::string, std::string>& order_topics) {
  bool changed = false;
  {
    const std::unique_lock lock(mutex_);
    for (auto& [name, topic] : topics_) {
      const bool order = order_topics.contains(name);
      if (topic.order == order) continue;
      topic.order = order;
      changed = true;
      spdlog::info("topic {} is {} an order topic", name, order ? "now" : "no longer");
    }
    if (changed) data_version_.next(clock_.now_ms());
  }
  if (changed) announce();
}

bool TopicConfigManager::is_system_topic(std::string_view topic) const {
  return rocketmq::is_system_topic(topic) || topic == config_.broker_name ||
         topic == config_.broker_cluster_name;
}

void TopicConfigManager::announce() {
  writer_.changed();
  if (on_change_) on_change_();
}

Result<void> TopicConfigManager::write_file() const {
  return save_json_config(file_, nlohmann::json(snapshot()));
}

}  // namespace rocketmq::broker
