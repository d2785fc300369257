#include "filters/filter_table.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
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
  if (auto room = check_room(found, entry->is_installed, entry->sender); !room) return room;
  count(*entry);
  if (found == entries_.end()) {
    entries_.emplace(std::move(key), std::move(entry));
  } else {
    replaced = std::exchange(found->second, std::move(entry));
    discount(*replaced);
  }
  return {};
}

Result<void> FilterTable::check_room(std::string_view topic, std::string_view group,
                                     std::uint64_t sender) const {
  const std::string key = filter_key(topic, group);
  const std::lock_guard lock(mutex_);
  return check_room(entries_.find(key), false, sender);
}

Result<void> FilterTable::check_room(Entries::const_iterator present, bool is_installed,
                                     std::uint64_t sender) const {
  const bool replaces_same_kind =
      present != entries_.end() && present->second->is_installed == is_installed;
  if (replaces_same_kind && present->second->sender == sender) return {};
  const Count& held = is_installed ? installed_ : uploaded_;
  const std::string kind = is_installed ? " uses of installed filters" : " uploaded filters";
  if (!replaces_same_kind && held.all >= limits_.filters_max) {
    return Error{ResponseCode::SystemError, "this filter server holds " +
                                                std::to_string(limits_.filters_max) + kind +
                                                " and takes no further one (filtersMax)"};
  }
  const auto of_sender = held.of_senders.find(sender);
  const std::size_t of_sender_max = std::max<std::size_t>(limits_.filters_max / 2, 1);
  if (of_sender == held.of_senders.end() || of_sender->second < of_sender_max) return {};
  return Error{ResponseCode::SystemError, "this filter server holds " +
                                              std::to_string(of_sender_max) + kind +
                                              " of your address, which is its share (filtersMax)"};
}

void FilterTable::count(const RegisteredFilter& entry) {
  Count& held = entry.is_installed ? installed_ : uploaded_;
  ++held.all;
  ++held.of_senders[entry.sender];
}

void FilterTable::discount(const RegisteredFilter& entry) {
  Count& held = entry.is_installed ? installed_ : uploaded_;
  --held.all;
  const auto of_sender = held.of_senders.find(entry.sender);
  if (--of_sender->second == 0) held.of_senders.erase(of_sender);
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
      discount(*entry->second);
      gone.push_back(std::move(entry->second));
      entry = entries_.erase(entry);
    }
  }
  if (gone.empty()) return;
  const RegisteredFilter& first = *gone.front();
  spdlog::info(
      "filter {} of group {} on topic {} and {} others are forgotten: no consumer has "
      "used them",
      first.class_name, first.group, first.topic, gone.size() - 1);
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
