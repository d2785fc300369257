#include "groups/consumer_offset_manager.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <cstdint>
#include <utility>

#include "limits.hpp"
#include "rocketmq/common/atomic_file.hpp"
#include "rocketmq/common/log_limiter.hpp"
#include "rocketmq/common/names.hpp"
#include "rocketmq/common/text.hpp"
#include "slave/slave_version.hpp"

namespace rocketmq::broker {
namespace {

/// One line of the file.
struct SavedOffset {
  std::int64_t queue_id;
  std::int64_t offset;
};
struct SavedOffsets {
  std::vector<std::pair<std::string, std::vector<SavedOffset>>> queues;
};

bool read_json(JsonReader& in, SavedOffsets& saved) {
  auto& table = saved.queues;
  table.clear();
  return in.object([&](std::string_view member) {
    if (!json_name_is(member, "offsetTable")) return in.skip();
    return in.object([&](std::string_view name) {
      auto& queues = table.emplace_back(std::string(name), std::vector<SavedOffset>()).second;
      return in.numbered([&](std::int64_t queue_id) {
        return in.read_required(queues.emplace_back(SavedOffset{queue_id, 0}).offset);
      });
    });
  });
}

/// What was left out of a table.
struct Ignored {
  static constexpr std::size_t examples_max = 100;
  std::size_t count = 0;
  std::vector<std::string> examples;

  void add(std::string_view name, std::string_view why) {
    if (++count <= examples_max)
      examples.push_back(printable(name, 2 * name_bytes_max) + " ignored: " + std::string(why));
  }
};

Ignored take(ConsumerOffsetManager& offsets, const SavedOffsets& saved) {
  Ignored ignored;
  for (const auto& [name, queues] : saved.queues) {
    const std::string_view whole = name;
    const std::size_t at = whole.find('@');
    if (at == std::string::npos || !is_valid_name(whole.substr(0, at)) ||
        !check_group_name(whole.substr(at + 1))) {
      ignored.add(name, "not a topic and a group");
      continue;
    }
    for (const auto& [queue_id, offset] : queues) {
      const OffsetKey key{
          .group = whole.substr(at + 1),
          .topic = whole.substr(0, at),
          .queue_id = static_cast<std::int32_t>(std::clamp<std::int64_t>(queue_id, -1, INT32_MAX))};
      if (auto taken = offsets.commit(key, offset); !taken) ignored.add(name, taken.error().remark);
    }
  }
  return ignored;
}

}  // namespace

ConsumerOffsetManager::ConsumerOffsetManager(std::filesystem::path file, std::size_t entries_max)
    : file_(std::move(file)),
      budget_("consumerOffsets", "consumer offsets on one broker", entries_max),
      saved_(file_.string(), [this] { return write_file_atomically(file_, to_json()); }) {}

Result<void> ConsumerOffsetManager::load(DamagedTable damaged) {
  SavedOffsets saved;
  const auto loaded = load_table_file(file_, "offsetTable", damaged,
                                      [&](JsonReader& in) { return read_json(in, saved); });
  if (!loaded) return loaded.error();
  const auto ignored = take(*this, saved);
  for (const std::string& what : ignored.examples) spdlog::warn("{}: {}", file_.string(), what);
  saved_.is_as_saved();
  return {};
}

Result<void> ConsumerOffsetManager::follow(std::string_view json) {
  const auto saved = parse_json_object<SavedOffsets>("consumer offsets of the master", json);
  if (!saved) return saved.error();
  const auto ignored = take(*this, *saved);
  static LogLimiter limiter;
  if (ignored.count > 0 && limiter.admit())
    spdlog::warn("{} consumer offsets of the master cannot be: {} …", ignored.count,
                 ignored.examples.front());
  return {};
}

Result<void> ConsumerOffsetManager::commit(const OffsetKey& key, std::int64_t offset,
                                           Budget::Peer maker) {
  if (offset < 0 || key.queue_id < 0 || key.queue_id >= limits::queues_per_topic_max) {
    return Error{ResponseCode::SystemError,
                 "offset " + std::to_string(offset) + " of queue " + std::to_string(key.queue_id) +
                     " of topic " + std::string(key.topic) + " cannot be: both must be 0 or more"};
  }
  const TopicGroupView pair{key.topic, key.group};
  Part& part = part_of(pair);
  const std::lock_guard lock(part.mutex);
  auto found = part.offsets.find(pair);
  if (found != part.offsets.end()) {
    if (const auto queue = found->second.find(key.queue_id); queue != found->second.end()) {
      if (std::exchange(queue->second.offset, offset) != offset) saved_.changed();
      return {};
    }
  }
  if (auto taken = budget_.take(maker); !taken) return taken;
  if (found == part.offsets.end()) {
    found = part.offsets
                .emplace(TopicGroup{std::string(key.topic), std::string(key.group)}, QueueOffsets{})
                .first;
  }
  found->second.emplace(key.queue_id, Entry{offset, maker});
  saved_.changed();
  return {};
}

std::optional<std::int64_t> ConsumerOffsetManager::query(const OffsetKey& key) const {
  const TopicGroupView pair{key.topic, key.group};
  const Part& part = part_of(pair);
  const std::lock_guard lock(part.mutex);
  const auto found = part.offsets.find(pair);
  if (found == part.offsets.end()) return std::nullopt;
  const auto queue = found->second.find(key.queue_id);
  if (queue == found->second.end()) return std::nullopt;
  return queue->second.offset;
}

std::map<std::int32_t, std::int64_t> ConsumerOffsetManager::offsets_of(
    std::string_view group, std::string_view topic) const {
  const TopicGroupView pair{topic, group};
  const Part& part = part_of(pair);
  const std::lock_guard lock(part.mutex);
  const auto found = part.offsets.find(pair);
  if (found == part.offsets.end()) return {};
  std::map<std::int32_t, std::int64_t> offsets;
  for (const auto& [queue_id, entry] : found->second) offsets.emplace(queue_id, entry.offset);
  return offsets;
}

template <class Visit>
void ConsumerOffsetManager::for_each(const Visit& visit) const {
  for (const Part& part : parts_) {
    const std::lock_guard lock(part.mutex);
    for (const auto& [key, queues] : part.offsets) visit(key, queues);
  }
}

std::vector<std::string> ConsumerOffsetManager::topics_of(std::string_view group) const {
  std::vector<std::string> topics;
  for_each([&](const TopicGroup& key, const QueueOffsets&) {
    if (key.group == group) topics.push_back(key.topic);
  });
  std::sort(topics.begin(), topics.end());
  return topics;
}

std::map<std::string, std::vector<std::string>> ConsumerOffsetManager::topics_by_group() const {
  std::map<std::string, std::vector<std::string>> table;
  for_each(
      [&](const TopicGroup& key, const QueueOffsets&) { table[key.group].push_back(key.topic); });
  for (auto& [group, topics] : table) std::sort(topics.begin(), topics.end());
  return table;
}

std::vector<std::string> ConsumerOffsetManager::groups_of(std::string_view topic) const {
  std::vector<std::string> groups;
  for_each([&](const TopicGroup& key, const QueueOffsets&) {
    if (key.topic == topic) groups.push_back(key.group);
  });
  std::sort(groups.begin(), groups.end());
  return groups;
}

template <class IsGone>
void ConsumerOffsetManager::remove_if(const IsGone& is_gone) {
  for (Part& part : parts_) {
    const std::lock_guard lock(part.mutex);
    std::erase_if(part.offsets, [&](const auto& entry) {
      if (!is_gone(entry.first)) return false;
      for (const auto& [queue_id, gone] : entry.second) budget_.give_back(gone.maker);
      saved_.changed();
      return true;
    });
  }
}

void ConsumerOffsetManager::remove_group(std::string_view group) {
  remove_if([group](const TopicGroup& key) { return key.group == group; });
}

void ConsumerOffsetManager::remove_topic(std::string_view topic) {
  remove_if([topic](const TopicGroup& key) { return key.topic == topic; });
}

std::string ConsumerOffsetManager::to_json() const {
  std::string text = "{\n\t";
  append_table(text);
  return text + "\n}";
}

std::string ConsumerOffsetManager::to_json_for_slave(std::int64_t now_ms) const {
  std::string text = "{\"dataVersion\":";
  text += version_for_slave(now_ms, ++given_to_slaves_) + ",\n\t";
  append_table(text);
  return text + "\n}";
}

void ConsumerOffsetManager::append_table(std::string& text) const {
  // Written by hand, because commits wait meanwhile: names that passed check_name need no escapes.
  text.append("\"offsetTable\":{");
  text.reserve(text.size() + 64 + budget_.used() * 64);
  const char* between_groups = "\n\t\t\"";
  for_each([&](const TopicGroup& key, const QueueOffsets& queues) {
    text.append(between_groups).append(key.topic).append("@").append(key.group).append("\":{");
    between_groups = ",\n\t\t\"";
    const char* between_queues = "\"";
    for (const auto& [queue_id, entry] : queues) {
      text.append(between_queues)
          .append(std::to_string(queue_id))
          .append("\":")
          .append(std::to_string(entry.offset));
      between_queues = ",\"";
    }
    text.append("}");
  });
  text.append("\n\t}");
}

}  // namespace rocketmq::broker
