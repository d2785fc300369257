#include "filters/filter_table.hpp"

#include <spdlog/spdlog.h>

#include <utility>

#include "filters/filter_key.hpp"

namespace rocketmq::filtersrv {

std::int64_t FilterTable::now_ms() const {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             clock_.coarse_steady_now().time_since_epoch())
      .count();
}

RegisteredFilterPtr FilterTable::find(std::string_view topic, std::string_view group) {
  const std::string key = filter_key(topic, group);
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(key);
  if (found == entries_.end()) return nullptr;
  found->second->used_ms = now_ms();
  return found->second;
}

bool FilterTable::holds(std::string_view topic, std::string_view group, std::string_view class_name,
                        std::int32_t crc) {
  const auto entry = find(topic, group);
  return entry != nullptr && entry->class_name == class_name && entry->crc == crc;
}

Result<void> FilterTable::put(RegisteredFilterPtr entry) {
  std::string key = filter_key(entry->topic, entry->group);
  entry->used_ms = now_ms();
  RegisteredFilterPtr replaced;  // ends outside the lock: a filter may own a process
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(key);
  if (found != entries_.end()) {
    replaced = std::exchange(found->second, std::move(entry));
    return {};
  }
  if (entries_.size() >= limits_.filters_max) return full();
  entries_.emplace(std::move(key), std::move(entry));
  return {};
}

Result<void> FilterTable::check_room(std::string_view topic, std::string_view group) const {
  const std::string key = filter_key(topic, group);
  const std::lock_guard lock(mutex_);
  if (entries_.size() < limits_.filters_max || entries_.contains(key)) return {};
  return full();
}

Error FilterTable::full() const {
  return {ResponseCode::SystemError, "this filter server holds " +
                                         std::to_string(limits_.filters_max) +
                                         " filters and takes no further one"};
}

void FilterTable::tick() {
  const std::int64_t oldest = now_ms() - limits_.idle_max.count();
  std::vector<RegisteredFilterPtr> gone;
  {
    const std::lock_guard lock(mutex_);
    for (auto entry = entries_.begin(); entry != entries_.end();) {
      if (entry->second->used_ms > oldest) {
        ++entry;
        continue;
      }
      gone.push_back(std::move(entry->second));
      entry = entries_.erase(entry);
    }
  }
  for (const auto& entry : gone) {
    spdlog::info("filter {} of group {} on topic {} is forgotten: no consumer has used it",
                 entry->class_name, entry->group, entry->topic);
  }
}

std::size_t FilterTable::size() const {
  const std::lock_guard lock(mutex_);
  return entries_.size();
}

std::vector<RegisteredFilterPtr> FilterTable::all() const {
  const std::lock_guard lock(mutex_);
  std::vector<RegisteredFilterPtr> all;
  for (const auto& [key, entry] : entries_) all.push_back(entry);
  return all;
}

}  // namespace rocketmq::filtersrv
