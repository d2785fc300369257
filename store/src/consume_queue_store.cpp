#include "consume_queue_store.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>

#include "file_names.hpp"
#include "rocketmq/common/descriptors.hpp"
#include "rocketmq/common/names.hpp"

namespace rocketmq::store {
namespace {

/// What all queues together may hold in memory: 32 MiB of units, but never fewer than 32 units a
/// queue.
constexpr std::int64_t tail_units_total = 32LL * 1024 * 1024 / ConsumeQueueUnit::bytes;
constexpr std::int64_t tail_units_least = 32;
constexpr std::int64_t tail_units_most = 1024;
/// More files than this are flushed by one sync of the file system.
constexpr std::size_t single_syncs_max = 64;

}  // namespace

bool is_safe_directory_name(std::string_view topic) {
  return !topic.empty() && topic != "." && topic != ".." &&
         topic.find('/') == std::string_view::npos && topic.find('\0') == std::string_view::npos;
}

ConsumeQueueStore::ConsumeQueueStore(FileSystem& file_system, std::filesystem::path root,
                                     std::int64_t file_bytes)
    : open_files_(file_system, share_descriptors(descriptor_limit()).queue_files),
      shared_{.file_system = file_system,
              .open_files = open_files_,
              .root = std::move(root),
              .file_bytes = file_bytes} {}

void ConsumeQueueStore::count_queue(int change) {
  const std::int64_t count = queue_count_ += change;
  shared_.tail_units_max = std::clamp(tail_units_total / std::max<std::int64_t>(count, 1),
                                      tail_units_least, tail_units_most);
}

Result<ConsumeQueueStore::Loaded> ConsumeQueueStore::load(const ConsumeQueue::LoadRules& rules) {
  Loaded loaded;
  shared_.gaps = 0;
  for (Table& table : tables_) {
    const std::unique_lock lock(table.mutex);
    table.queues.clear();
  }
  count_queue(static_cast<int>(-queue_count_.load()));
  {
    const std::lock_guard lock(flush_mutex_);
    to_flush_.clear();
  }
  const auto topics = shared_.file_system.list(shared_.root);
  if (!topics) {
    if (topics.error().is_missing_file()) return loaded;
    return to_error(topics.error());
  }
  for (const auto& topic : *topics) {
    if (!topic.is_directory) {
      report_foreign(shared_.root / topic.name);
    } else if (const auto done = load_topic(topic.name, rules, loaded); !done) {
      return done.error();
    }
  }
  return loaded;
}

Result<void> ConsumeQueueStore::load_topic(const std::string& topic,
                                           const ConsumeQueue::LoadRules& rules, Loaded& loaded) {
  const auto directory = shared_.root / topic;
  const auto queues = shared_.file_system.list(directory);
  if (!queues) {
    // What may not be looked into, and cannot be a topic, is the file system's own.
    if (is_valid_name(topic)) return to_error(queues.error());
    report_foreign(directory);
    return {};
  }
  for (const auto& entry : *queues) {
    const auto queue_id = parse_number(entry.name);
    if (!entry.is_directory || !queue_id || *queue_id > INT32_MAX) {
      report_foreign(directory / entry.name);
      continue;
    }
    const QueuePtr queue = find_or_make(topic, static_cast<std::int32_t>(*queue_id));
    if (const auto done = queue->load(rules, loaded.damaged); !done) return done;
  }
  return {};
}

ConsumeQueueStore::QueuePtr ConsumeQueueStore::find(std::string_view topic,
                                                    std::int32_t queue_id) const {
  const QueueIdView key{topic, queue_id};
  const Table& table = table_of(key);
  const std::shared_lock lock(table.mutex);
  const auto found = table.queues.find(key);
  return found == table.queues.end() ? nullptr : found->second;
}

ConsumeQueueStore::QueuePtr ConsumeQueueStore::find_or_make(std::string_view topic,
                                                            std::int32_t queue_id) {
  if (auto queue = find(topic, queue_id)) return queue;
  if (!is_safe_directory_name(topic) || queue_id < 0) return nullptr;
  Table& table = table_of({topic, queue_id});
  const std::unique_lock lock(table.mutex);
  const auto [place, is_new] = table.queues.try_emplace(QueueId{std::string(topic), queue_id});
  if (is_new) {
    place->second = std::make_shared<ConsumeQueue>(shared_, std::string(topic), queue_id);
    count_queue(+1);
  }
  return place->second;
}

std::vector<ConsumeQueueStore::QueuePtr> ConsumeQueueStore::all() const {
  std::vector<QueuePtr> queues;
  for (const Table& table : tables_) {
    const std::shared_lock lock(table.mutex);
    for (const auto& [key, queue] : table.queues) queues.push_back(queue);
  }
  return queues;
}

std::vector<ConsumeQueueStore::QueuePtr> ConsumeQueueStore::take_topic(std::string_view topic) {
  std::vector<QueuePtr> taken;
  for (Table& table : tables_) {
    const std::unique_lock lock(table.mutex);
    for (auto it = table.queues.begin(); it != table.queues.end();) {
      if (it->first.topic == topic) {
        taken.push_back(std::move(it->second));
        it = table.queues.erase(it);
        count_queue(-1);
      } else {
        ++it;
      }
    }
  }
  return taken;
}

IoResult<ConsumeQueue::Appended> ConsumeQueueStore::append(const QueuePtr& queue,
                                                           const ConsumeQueueUnit& unit,
                                                           std::int64_t queue_offset) {
  const auto appended = queue->append(unit, queue_offset);
  if (!queue->listed_for_flush.load(std::memory_order_relaxed) &&
      !queue->listed_for_flush.exchange(true)) {
    const std::lock_guard lock(flush_mutex_);
    to_flush_.push_back(queue);
  }
  return appended;
}

IoResult<void> ConsumeQueueStore::write_out(std::int64_t units_min) {
  std::vector<QueuePtr> queues;
  {
    const std::lock_guard lock(flush_mutex_);
    queues = to_flush_;
  }
  for (const QueuePtr& queue : queues) {
    if (queue->unwritten_units() < units_min) continue;
    if (const auto written = queue->write_out(); !written) return written;
  }
  return {};
}

std::optional<IoError> ConsumeQueueStore::failure() const {
  if (shared_.units_over_limit.load(std::memory_order_relaxed) == 0) return {};
  const std::lock_guard lock(shared_.failure_mutex);
  return shared_.failure;
}

void ConsumeQueueStore::write_out_overdue() {
  for (const QueuePtr& queue : all()) {
    if (queue->is_over_limit() && !queue->write_out()) return;
  }
}

IoResult<void> ConsumeQueueStore::flush() {
  std::vector<QueuePtr> queues;
  {
    const std::lock_guard lock(flush_mutex_);
    queues.swap(to_flush_);
  }
  const auto relist = [&](const IoError& error) {
    // What could not be flushed is tried again by the next flush.
    const std::lock_guard lock(flush_mutex_);
    for (const QueuePtr& queue : queues) {
      if (!queue->listed_for_flush.exchange(true)) to_flush_.push_back(queue);
    }
    return error;
  };
  // Queues that get units from here on are listed again.
  for (const QueuePtr& queue : queues) queue->listed_for_flush = false;
  for (const QueuePtr& queue : queues) {
    if (const auto written = queue->write_out(); !written) return relist(written.error());
  }
  if (queues.size() > single_syncs_max) {
    if (const auto synced = shared_.file_system.sync_all(shared_.root); !synced)
      return relist(synced.error());
    for (const QueuePtr& queue : queues) {
      queue->take_dirty();
      // So many queues are hardly all busy: those that are will fill their memory again.
      queue->release_memory();
    }
    return {};
  }
  for (const QueuePtr& queue : queues) {
    const ConsumeQueue::Dirty dirty = queue->take_dirty();
    if (dirty.end == 0) continue;
    if (const auto synced = queue->sync(dirty); !synced) return relist(synced.error());
    if (const auto synced = shared_.file_system.sync_directory(queue->directory());
        !synced && !synced.error().is_missing_file()) {
      return relist(synced.error());
    }
  }
  return {};
}

ConsumeQueueStore::Totals ConsumeQueueStore::totals() const {
  Totals totals;
  for (const Table& table : tables_) {
    const std::shared_lock lock(table.mutex);
    for (const auto& [key, queue] : table.queues) {
      const std::int64_t units = queue->max_offset();
      if (units == 0) continue;
      ++totals.queues;
      totals.units += units;
      totals.first_units += queue->first_unit();
    }
  }
  return totals;
}

std::vector<std::pair<QueueId, QueueCount>> ConsumeQueueStore::counts() const {
  std::vector<std::pair<QueueId, QueueCount>> counts;
  for (const Table& table : tables_) {
    const std::shared_lock lock(table.mutex);
    for (const auto& [key, queue] : table.queues) {
      const QueueCount appended = queue->appended();
      if (appended.messages > 0) counts.push_back({{key.topic, key.queue_id}, appended});
    }
  }
  return counts;
}

void ConsumeQueueStore::correct_min_offsets(std::int64_t commit_log_min_offset) {
  for (const QueuePtr& queue : all()) queue->correct_min_offset(commit_log_min_offset);
}

IoResult<int> ConsumeQueueStore::remove_files_below(std::int64_t commit_log_min_offset) {
  int count = 0;
  for (const QueuePtr& queue : all()) {
    const auto removed = queue->remove_files_below(commit_log_min_offset);
    if (!removed) return removed.error();
    count += *removed;
    queue->correct_min_offset(commit_log_min_offset);
  }
  return count;
}

IoResult<void> ConsumeQueueStore::remove_files(const std::vector<QueuePtr>& queues) {
  IoResult<void> outcome;
  for (const QueuePtr& queue : queues) {
    if (const auto removed = queue->remove_files(); !removed && outcome) outcome = removed;
  }
  if (!queues.empty()) {
    // Not empty when queues were begun meanwhile, or foreign files lie in it: it stays.
    (void)shared_.file_system.remove(shared_.root / queues.front()->topic());
  }
  return outcome;
}

}  // namespace rocketmq::store
