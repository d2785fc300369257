#include "topics/topic_config_manager.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>
#include <vector>

#include "limits.hpp"
#include "rocketmq/common/atomic_file.hpp"
#include "rocketmq/common/copy_in_steps.hpp"
#include "rocketmq/common/fastjson.hpp"
#include "rocketmq/common/log_limiter.hpp"
#include "rocketmq/common/names.hpp"
#include "rocketmq/common/sys_flag.hpp"
#include "rocketmq/common/text.hpp"
#include "rocketmq/net/admission.hpp"

namespace rocketmq::broker {
namespace {

TopicConfig make_topic(std::string_view name, std::int32_t queue_nums, std::int32_t perm,
                       std::int32_t topic_sys_flag = 0) {
  return {.topic_name = std::string(name),
          .read_queue_nums = queue_nums,
          .write_queue_nums = queue_nums,
          .perm = perm,
          .topic_sys_flag = topic_sys_flag};
}

/// Topics that a slave takes from its master under one hold of the lock.
constexpr std::size_t followed_at_once = 1'000;

/// False for a topic that no broker can have: a table comes from another machine.
bool is_possible(const std::string& name, const TopicConfig& config) {
  const auto is_count = [](std::int32_t queues) {
    return queues >= 0 && queues <= limits::queues_per_topic_max;
  };
  if (is_valid_name(name) && is_count(config.read_queue_nums) && is_count(config.write_queue_nums))
    return true;
  static LogLimiter limiter;
  if (const auto held_back = limiter.admit()) {
    spdlog::warn(
        "a topic of the master cannot be: {}, {} read queues, {} write queues (and {} "
        "such before)",
        printable(name, name_bytes_max), config.read_queue_nums, config.write_queue_nums,
        *held_back);
  }
  return false;
}

}  // namespace

// Numbers of queues have a few digits more or less.
std::size_t json_bytes_of(const TopicConfig& config) {
  constexpr std::size_t around_names =
      std::string_view(
          "\"\":{\"order\":false,\"perm\":6,\"readQueueNums\":16,\"topicFilterType\":"
          "\"SINGLE_TAG\",\"topicName\":\"\",\"topicSysFlag\":0,"
          "\"writeQueueNums\":16},")
          .size();
  return around_names + 2 * config.topic_name.size();
}

bool is_of_group(std::string_view topic) { return is_retry_topic(topic) || is_dlq_topic(topic); }

Error no_such_topic(std::string_view topic) {
  return {ResponseCode::TopicNotExist,
          "topic[" + std::string(topic) + "] not exist, apply first please!"};
}

TopicShape TopicConfigManager::shape_from(const Topic& topic) {
  return {.read_queue_nums = topic.config.read_queue_nums,
          .write_queue_nums = topic.config.write_queue_nums,
          .perm = topic.config.perm,
          .topic_sys_flag = topic.config.topic_sys_flag,
          .order = topic.config.order,
          .change = topic.change};
}

TopicConfigManager::TopicConfigManager(const BrokerConfig& config, const Clock& clock,
                                       std::filesystem::path file)
    : config_(config),
      clock_(clock),
      file_(std::move(file)),
      count_budget_("topics", "topics on one broker", static_cast<std::size_t>(config.topics_max)),
      bytes_budget_("topicTableBytes", "bytes of the topic table", limits::topic_table_bytes_max),
      ordinary_("ordinaryTopics", "topics but those of groups",
                std::numeric_limits<std::size_t>::max()),
      saved_(file_.string(), clock, [this] { return write_file(); }),
      waits_(clock, config.register_broker_timeout_ms),
      new_topics_(clock) {}

Result<void> TopicConfigManager::load(DamagedTable damaged) {
  TopicConfigSerializeWrapper wrapper;
  const auto loaded = load_table_file(file_, "topicConfigTable", damaged,
                                      [&](JsonReader& in) { return read_json(in, wrapper); });
  if (!loaded) return loaded.error();
  was_loaded_ = *loaded;
  if (!was_loaded_) return {};
  const std::unique_lock lock(mutex_);
  for (auto& [name, topic] : wrapper.topic_config_table) {
    // A name becomes a directory: a file from elsewhere is no reason to trust it.
    if (auto checked = check_name("topic", name); !checked) {
      spdlog::warn("{}: ignored: {}", file_.string(), checked.error().remark);
      continue;
    }
    topic.topic_name = name;
    put(name, std::move(topic));
  }
  data_version_ = wrapper.data_version;
  return {};
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
      make_topic(reply_topic(), 1, open),
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
      if (!added) begin_change();
      put(name, std::move(topic));
      note_change_of(name);
      added = true;
    }
  }
  if (added) saved_.changed();
  return saved_.flush();
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
  return found->second.config;
}

std::size_t TopicConfigManager::size() const {
  const std::shared_lock lock(mutex_);
  return topics_.size();
}

TopicConfigSerializeWrapper TopicConfigManager::snapshot() const { return whole_table().topics; }

TopicConfigManager::Changes TopicConfigManager::whole_table() const {
  Changes changes{.is_whole_table = true};
  {
    const std::shared_lock lock(mutex_);
    changes.topics.data_version = data_version_;
    changes.change = change_;
  }
  // New topics of sends wait meanwhile.
  const auto config_of = [](const auto& entry) { return entry.second.config; };
  for (TopicConfig& topic : copy_in_steps(mutex_, topics_, config_of)) {
    std::string name = topic.topic_name;
    changes.topics.topic_config_table.emplace(std::move(name), std::move(topic));
  }
  return changes;
}

TopicConfigManager::Changes TopicConfigManager::changes_since(std::uint64_t change) const {
  {
    const std::shared_lock lock(mutex_);
    if (change >= forgotten_change_) {
      Changes changes{.topics = {.data_version = data_version_}, .change = change_};
      const auto later = std::upper_bound(
          recent_.begin(), recent_.end(), change,
          [](std::uint64_t number, const auto& recent) { return number < recent.first; });
      for (auto recent = later; recent != recent_.end(); ++recent) {
        const auto found = topics_.find(recent->second);
        if (found != topics_.end())
          changes.topics.topic_config_table.insert_or_assign(found->first, found->second.config);
      }
      return changes;
    }
  }
  return whole_table();
}

std::size_t TopicConfigManager::json_bytes() const {
  const std::shared_lock lock(mutex_);
  return json_bytes_;
}

void TopicConfigManager::add_figures(FigureTable& table) const {
  table.add({.name = "topicCount", .unit = "topics", .help = "topics", .use = in_both},
            [this]() -> FigureValue { return static_cast<std::int64_t>(size()); });
  table.add({.name = "topicsNotMade",
             .kind = FigureKind::Counter,
             .unit = "topics",
             .help = "new topics of sends that were refused: autoCreateTopicsMax and "
                     "autoCreateTopicsPerMinute",
             .use = in_runtime_info},
            [this]() -> FigureValue {
              return static_cast<std::int64_t>(topics_refused_.load(std::memory_order_relaxed));
            });
  table.add({.name = "topicTableBytes",
             .unit = "bytes",
             .help = "size of the topic table as JSON",
             .use = in_runtime_info},
            [this]() -> FigureValue { return static_cast<std::int64_t>(json_bytes()); });
  table.add({.name = "topicTableBytesMax",
             .unit = "bytes",
             .help = "size from which no topic is made by itself",
             .use = in_runtime_info},
            []() -> FigureValue { return std::int64_t{limits::topic_table_bytes_max}; });
}

std::uint64_t TopicConfigManager::change() const {
  const std::shared_lock lock(mutex_);
  return change_;
}

void TopicConfigManager::touch_all() {
  {
    const std::unique_lock lock(mutex_);
    begin_change();
    forgotten_change_ = change_;
    recent_.clear();
  }
  announce();
}

void TopicConfigManager::begin_change() {
  ++change_;
  data_version_.next(clock_.now_ms());
}

TopicConfigManager::Topic& TopicConfigManager::put(std::string name, TopicConfig config,
                                                   Budget::Peer maker) {
  const auto [place, is_new] = topics_.try_emplace(std::move(name));
  if (is_new) {
    const std::size_t bytes = json_bytes_of(config);
    json_bytes_ += bytes;
    count_budget_.charge(maker);
    bytes_budget_.charge(maker, bytes);
    if (!is_of_group(place->first)) ordinary_.charge(maker);
    place->second.maker = maker;
    // Later changes leave it: clients know the topic, and what they send must not wait.
    place->second.change = change_;
  }
  place->second.config = std::move(config);
  if (json_bytes_ > limits::topic_table_bytes_warned && !std::exchange(warned_of_size_, true)) {
    spdlog::error(
        "the topic table has {} topics and {} bytes as JSON; from {} bytes on no topic is made by "
        "itself any more: delete topics that nothing uses, or switch autoCreateTopicEnable off",
        topics_.size(), json_bytes_, limits::topic_table_bytes_max);
  }
  return place->second;
}

void TopicConfigManager::erase(std::string_view name) {
  const auto found = topics_.find(name);
  if (found == topics_.end()) return;
  const std::size_t bytes = json_bytes_of(found->second.config);
  json_bytes_ -= bytes;
  count_budget_.give_back(found->second.maker);
  bytes_budget_.give_back(found->second.maker, bytes);
  if (!is_of_group(found->first)) ordinary_.give_back(found->second.maker);
  warned_of_size_ = warned_of_size_ && json_bytes_ > limits::topic_table_bytes_warned;
  topics_.erase(found);
}

void TopicConfigManager::note_change_of(std::string_view name) {
  recent_.emplace_back(change_, name);
  if (recent_.size() > limits::topic_changes_max) {
    forgotten_change_ = recent_.front().first;
    recent_.pop_front();
  }
}

DataVersion TopicConfigManager::data_version() const {
  const std::shared_lock lock(mutex_);
  return data_version_;
}

Result<TopicShape> TopicConfigManager::find_or_create_for_send(std::string_view topic,
                                                               std::string_view default_topic,
                                                               std::int32_t queue_nums,
                                                               std::int32_t topic_sys_flag,
                                                               const Endpoint* sender) {
  if (const auto known = shape_of(topic)) return *known;
  const Budget::Peer maker = sender == nullptr ? Budget::nobody : net::address_key(*sender);
  const auto base = find(default_topic);
  const bool switched_off =
      default_topic == names::auto_create_topic && !config_.auto_create_topic_enable;
  if (base && perm::is_inherited(base->perm) && !switched_off) {
    if (auto allowed = check_may_create(topic, sender, maker); !allowed) return allowed.error();
    const std::int32_t queues =
        std::clamp(std::min(queue_nums, base->write_queue_nums), 1, limits::queues_per_topic_max);
    TopicConfig made = make_topic(topic, queues, base->perm & ~perm::inherit, topic_sys_flag);
    made.topic_filter_type = base->topic_filter_type;
    return add(std::move(made), maker);
  }
  if (is_retry_topic(topic))
    return add(make_topic(topic, 1, perm::read_write, topic_sys_flag), maker);
  return no_such_topic(topic);
}

/// The bounds of topics that are made by themselves, for a sender that could not make them by
/// request.
Result<void> TopicConfigManager::check_may_create(std::string_view topic, const Endpoint* sender,
                                                  Budget::Peer maker) {
  if (sender == nullptr || (!config_.acl_enable && config_.administrators.contains(*sender)))
    return {};
  std::string why;
  const auto topics_max = static_cast<std::size_t>(config_.auto_create_topics_max);
  const auto per_minute_max = static_cast<std::size_t>(config_.auto_create_topics_per_minute);
  const std::size_t topics = ordinary_.used();
  const std::size_t own = ordinary_.used_by(maker);
  if (topics >= topics_max) {
    why = "the broker has " + std::to_string(topics_max) + " topics (autoCreateTopicsMax)";
  } else if (own >= topics_max - topics) {
    why = sender->ip_text() + " has made " + std::to_string(own) +
          " topics, and the others are left for other addresses (autoCreateTopicsMax)";
  } else if (!new_topics_.admit(*sender, per_minute_max)) {
    why =
        "sends have made as many topics in this minute as autoCreateTopicsPerMinute allows, or "
        "allows " +
        sender->ip_text();
  } else {
    return {};
  }
  topics_refused_.fetch_add(1, std::memory_order_relaxed);
  static LogLimiter limiter;
  if (const auto held_back = limiter.admit()) {
    spdlog::warn("topic {} is not made for {}: {} (and {} such before)", topic, sender->text(), why,
                 *held_back);
  }
  return Error{ResponseCode::SystemError,
               "topic " + std::string(topic) + " is not made by itself: " + why};
}

Result<TopicShape> TopicConfigManager::find_or_create(std::string_view topic,
                                                      std::int32_t queue_nums,
                                                      std::int32_t topic_perm,
                                                      std::int32_t topic_sys_flag,
                                                      Budget::Peer maker) {
  if (const auto known = shape_of(topic)) return *known;
  return add(make_topic(topic, std::clamp(queue_nums, 1, limits::queues_per_topic_max), topic_perm,
                        topic_sys_flag),
             maker);
}

std::optional<TopicShape> TopicConfigManager::grow(std::string_view topic,
                                                   std::int32_t queue_nums) {
  const std::int32_t wanted = std::min(queue_nums, limits::queues_per_topic_max);
  const auto is_large_enough = [wanted](const TopicShape& shape) {
    return shape.queues_that_are_read() >= wanted;
  };
  if (const auto known = shape_of(topic); !known || is_large_enough(*known)) return known;
  TopicShape shape;
  {
    const std::unique_lock lock(mutex_);
    const auto found = topics_.find(topic);
    if (found == topics_.end()) return std::nullopt;
    if (is_large_enough(shape_from(found->second))) return shape_from(found->second);
    TopicConfig& config = found->second.config;
    config.read_queue_nums = std::max(config.read_queue_nums, wanted);
    config.write_queue_nums = std::max(config.write_queue_nums, wanted);
    begin_change();
    note_change_of(found->first);
    shape = shape_from(found->second);
  }
  spdlog::info("topic {} has {} queues now", topic, wanted);
  announce();
  return shape;
}

/// With mutex_ held. Topics of the broker itself find room where those of clients do not.
Result<void> TopicConfigManager::check_room_for(const TopicConfig& config, Budget::Peer maker) {
  const std::string& topic = config.topic_name;
  const auto refuse = [&](const Error& error) {
    return Error{error.code, error.remark + ", cannot make " + topic};
  };
  if (auto checked = count_budget_.may_take(maker); !checked) return refuse(checked.error());
  if (is_system_topic(topic)) return {};
  if (json_bytes_ >= limits::topic_table_bytes_max) {
    return Error{ResponseCode::SystemError,
                 "the topic table has reached " + std::to_string(json_bytes_) +
                     " bytes, topics are made by operators only, cannot make " + topic};
  }
  if (auto checked = bytes_budget_.may_take(maker, json_bytes_of(config)); !checked)
    return refuse(checked.error());
  return {};
}

Result<TopicShape> TopicConfigManager::add(TopicConfig config, Budget::Peer maker) {
  const std::string name = config.topic_name;
  TopicShape shape;
  {
    const std::unique_lock lock(mutex_);
    if (const auto known = topics_.find(name); known != topics_.end())
      return shape_from(known->second);
    if (auto checked = check_room_for(config, maker); !checked) return checked.error();
    begin_change();
    shape = shape_from(put(name, std::move(config), maker));
    note_change_of(name);
  }
  spdlog::info("new topic {}, {} queues, perm {}", name, shape.write_queue_nums, shape.perm);
  announce();
  return shape;
}

Result<std::uint64_t> TopicConfigManager::update_all(std::vector<TopicConfig> configs) {
  std::uint64_t change = 0;
  {
    const std::unique_lock lock(mutex_);
    std::set<std::string_view> added;
    for (const TopicConfig& config : configs) {
      if (!topics_.contains(config.topic_name)) added.insert(config.topic_name);
    }
    if (!added.empty() && topics_.size() + added.size() > count_budget_.total()) {
      return Error{ResponseCode::SystemError,
                   "no more than " + std::to_string(count_budget_.total()) +
                       " topics on one broker, cannot make " + std::string(*added.begin())};
    }
    begin_change();
    for (TopicConfig& config : configs) {
      spdlog::info("topic {} set: {} read queues, {} write queues, perm {}", config.topic_name,
                   config.read_queue_nums, config.write_queue_nums, config.perm);
      const std::string name = config.topic_name;
      put(name, std::move(config));
      note_change_of(name);
    }
    change = change_;
  }
  announce();
  return change;
}

std::optional<std::uint64_t> TopicConfigManager::remove(std::string_view topic) {
  std::uint64_t change = 0;
  {
    const std::unique_lock lock(mutex_);
    if (!topics_.contains(topic)) return std::nullopt;
    erase(topic);
    begin_change();
    change = change_;
  }
  spdlog::info("topic {} removed", topic);
  announce();
  return change;
}

Result<std::vector<std::string>> TopicConfigManager::follow(TopicConfigSerializeWrapper master) {
  auto& table = master.topic_config_table;
  if (master.data_version == data_version()) return std::vector<std::string>();
  std::erase_if(table, [](const auto& topic) { return !is_possible(topic.first, topic.second); });
  if (table.size() > count_budget_.total()) {
    return Error{ResponseCode::SystemError, "the master has " + std::to_string(table.size()) +
                                                " topics, more than " +
                                                std::to_string(count_budget_.total())};
  }
  std::vector<std::string> removed;
  std::vector<TopicConfig*> differing;
  {
    const std::shared_lock lock(mutex_);
    for (const auto& [name, topic] : topics_) {
      if (!table.contains(name)) removed.push_back(name);
    }
    for (auto& [name, topic] : table) {
      topic.topic_name = name;
      const auto known = topics_.find(name);
      if (known == topics_.end() || known->second.config != topic) differing.push_back(&topic);
    }
  }
  // In steps: pulls look topics up meanwhile.
  for (std::size_t at = 0; at < removed.size();) {
    const std::unique_lock lock(mutex_);
    begin_change();
    for (const std::size_t end = std::min(at + followed_at_once, removed.size()); at < end; ++at)
      erase(removed[at]);
  }
  for (std::size_t at = 0; at < differing.size();) {
    const std::unique_lock lock(mutex_);
    begin_change();
    for (const std::size_t end = std::min(at + followed_at_once, differing.size()); at < end;
         ++at) {
      std::string name = differing[at]->topic_name;
      note_change_of(name);
      put(std::move(name), std::move(*differing[at]));
    }
  }
  {
    const std::unique_lock lock(mutex_);
    begin_change();
    data_version_ = master.data_version;
  }
  spdlog::info("topics follow the master's: {} new or changed, {} removed", differing.size(),
               removed.size());
  announce();
  return removed;
}

void TopicConfigManager::apply_order_topics(
    const std::map<std::string, std::string>& order_topics) {
  // The walk leaves sends their access; few topics change, and only then.
  std::vector<std::pair<std::string, bool>> differing;
  {
    const std::shared_lock lock(mutex_);
    for (const auto& [name, topic] : topics_) {
      const bool order = order_topics.contains(name);
      if (topic.config.order != order) differing.emplace_back(name, order);
    }
  }
  if (differing.empty()) return;
  {
    const std::unique_lock lock(mutex_);
    begin_change();
    for (const auto& [name, order] : differing) {
      const auto found = topics_.find(name);
      if (found == topics_.end()) continue;
      found->second.config.order = order;
      note_change_of(name);
    }
  }
  for (const auto& [name, order] : differing)
    spdlog::info("topic {} is {} an order topic", name, order ? "now" : "no longer");
  announce();
}

bool TopicConfigManager::is_system_topic(std::string_view topic) const {
  return rocketmq::is_system_topic(topic) || topic == config_.broker_name ||
         topic == config_.broker_cluster_name || topic == reply_topic() ||
         (config_.trace_topic_enable && topic == config_.msg_trace_topic_name);
}

std::set<std::string> TopicConfigManager::system_topics() const {
  const auto fixed = fixed_system_topics();
  std::set<std::string> names(fixed.begin(), fixed.end());
  names.insert({config_.broker_name, config_.broker_cluster_name, reply_topic()});
  const std::shared_lock lock(mutex_);
  for (const auto& [name, topic] : topics_) {
    if (is_system_topic(name)) names.insert(name);
  }
  return names;
}

std::string TopicConfigManager::reply_topic() const {
  return config_.broker_cluster_name + "_" + std::string(names::reply_topic_suffix);
}

void TopicConfigManager::announce() {
  saved_.changed();
  if (on_change_) on_change_();
}

Result<void> TopicConfigManager::write_file() const {
  return write_file_atomically(file_, dump_json_pretty(nlohmann::json(snapshot())));
}

}  // namespace rocketmq::broker
