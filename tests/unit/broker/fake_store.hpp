#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "rocketmq/common/bytes.hpp"
#include "rocketmq/common/message_properties.hpp"
#include "rocketmq/common/names.hpp"
#include "rocketmq/common/tags.hpp"
#include "rocketmq/store/delay_levels.hpp"
#include "rocketmq/store/message_store.hpp"

namespace rocketmq::broker::test {

/// A store in memory that dispatches immediately: what the broker does with a store can be seen
/// without files and threads.
class FakeStore final : public store::MessageStore {
 public:
  explicit FakeStore(const Clock& clock) : clock_(clock) {}

  /// Outcome of the following puts; anything but Ok stores nothing.
  store::PutStatus next_status = store::PutStatus::Ok;
  /// Outcome of single puts, asked when next_status is Ok.
  std::function<store::PutStatus(const store::MessageToPut&)> outcome_of;
  std::int64_t max_message_size = 4 * 1024 * 1024;
  /// What is_in_memory answers.
  bool in_memory = true;
  /// Returned as suggest_pulling_from_slave.
  bool far_behind = false;
  /// Gets that may not wait for the disk find nothing.
  bool on_disk = false;
  /// Calls of units().
  mutable int unit_looks = 0;

  struct Stored {
    std::string topic;
    std::int32_t queue_id = 0;
    std::string bytes;
    MessageRecord record() const {
      return message_record::decode(bytes, message_record::Check::None).value();
    }
    std::string property(std::string_view name) const {
      return std::string(find_property(record().properties, name).value_or(""));
    }
  };
  const std::deque<Stored>& log() const { return log_; }
  /// Messages of one topic, in the order in which they were put.
  std::vector<const Stored*> messages_of(std::string_view topic) const {
    std::vector<const Stored*> found;
    for (const auto& stored : log_) {
      if (stored.topic == topic) found.push_back(&stored);
    }
    return found;
  }
  /// Damages one entry of a queue: it no longer tells which message it was.
  void damage(const std::string& topic, std::int32_t queue_id, std::int64_t offset) {
    queues_[{topic, queue_id}].units[static_cast<std::size_t>(offset)].is_damaged = true;
  }
  /// Makes the first entries of a queue unavailable, as expiry does.
  void expire_before(const std::string& topic, std::int32_t queue_id, std::int64_t offset) {
    queues_[{topic, queue_id}].min_offset = offset;
  }

  Result<void> start(store::BrokerRole) override { return {}; }
  store::BrokerRole role() const override { return store::BrokerRole::AsyncMaster; }
  void shutdown() override {}

  store::LogBounds log_bounds() const override { return {}; }
  std::int64_t log_file_bytes() const override { return 1; }
  store::LogRange read_log(std::int64_t, std::size_t, std::int64_t) const override { return {}; }
  std::optional<std::int64_t> load_log(std::int64_t, std::size_t) const override { return {}; }
  std::unique_ptr<Follower> follow_log(std::function<void()>) override { return nullptr; }
  void slaves_at(std::span<std::int64_t>) override {}
  std::int64_t replica_end() const override { return 0; }
  Result<void> append_at(std::int64_t, std::string_view) override {
    return Error{ResponseCode::ServiceNotAvailable, "not a slave"};
  }

  using MessageWriter::put;
  using MessageWriter::put_batch;
  void put(const store::MessageToPut& message, store::PutBatch*, store::PutCallback done) override {
    store::PutResult result;
    result.status = status_of_put(message);
    if (result.is_stored()) {
      append(message, message.body, result);
    } else {
      result.remark = store::to_string(result.status);
    }
    done(result);
  }

  void put_batch(const store::MessageToPut& message, store::PutBatch*,
                 store::PutCallback done) override {
    store::PutResult result;
    result.status = next_status;
    std::string_view entries = message.body;
    while (result.is_stored() && !entries.empty()) {
      const auto body_bytes = load_be<std::int32_t>(entries.data() + 16);
      append(message, entries.substr(20, static_cast<std::size_t>(body_bytes)), result);
      entries.remove_prefix(static_cast<std::size_t>(load_be<std::int32_t>(entries.data())));
    }
    done(result);
  }

  bool write(store::PutBatch&) override { return true; }
  void finish(std::span<store::PendingPut>, std::chrono::steady_clock::time_point) override {}

  store::GetResult get(const store::GetRequest& request) const override {
    store::GetResult result;
    const auto found = queues_.find({std::string(request.topic), request.queue_id});
    if (found == queues_.end()) return result;
    const Queue& queue = found->second;
    result.min_offset = queue.min_offset;
    result.max_offset = static_cast<std::int64_t>(queue.units.size());
    result.next_begin_offset = request.queue_offset;
    result.status = status_of(result, request.queue_offset);
    if (result.status != store::GetStatus::Found) {
      if (result.status == store::GetStatus::OffsetTooSmall)
        result.next_begin_offset = result.min_offset;
      if (result.status == store::GetStatus::OffsetOverflowBadly)
        result.next_begin_offset =
            deleted_before(request.topic) > 0 ? result.min_offset : result.max_offset;
      return result;
    }
    result.status = store::GetStatus::NoMatchedMessage;
    result.stopped_at_disk = on_disk && request.only_from_memory;
    if (result.stopped_at_disk) return result;
    constexpr std::int64_t looks_max = 800;
    for (auto at = request.queue_offset; at < result.max_offset; ++at) {
      if (std::ssize(result.records) >= request.count_max) break;
      if (at - request.queue_offset >= looks_max) break;
      const Unit& unit = queue.units[static_cast<std::size_t>(at)];
      result.next_begin_offset = at + 1;
      if (unit.is_damaged) continue;
      if (request.filter != nullptr && !takes(*request.filter, unit)) {
        if (!request.filter->ends_get()) continue;
        result.next_begin_offset = at;
        break;
      }
      result.status = store::GetStatus::Found;
      result.records.push_back(log_[unit.at].bytes);
      result.bytes += log_[unit.at].bytes.size();
      result.bytes_behind =
          end_ - log_[unit.at].record().physical_offset - std::ssize(log_[unit.at].bytes);
    }
    result.suggest_pulling_from_slave = far_behind;
    return result;
  }

  store::QueueBounds queue_bounds(std::string_view topic, std::int32_t queue_id) const override {
    const auto found = queues_.find({std::string(topic), queue_id});
    if (found == queues_.end()) return {};
    return {found->second.min_offset, static_cast<std::int64_t>(found->second.units.size())};
  }
  /// The first entry that is not older, as there is nothing to search for in so few.
  std::int64_t offset_by_timestamp(std::string_view topic, std::int32_t queue_id,
                                   std::int64_t timestamp_ms) const override {
    const auto bounds = queue_bounds(topic, queue_id);
    for (auto at = bounds.min_offset; at < bounds.max_offset; ++at) {
      if (store_time_of(topic, queue_id, at) >= timestamp_ms) return at;
    }
    return std::max<std::int64_t>(bounds.max_offset - 1, 0);
  }
  std::int64_t store_time_of(std::string_view topic, std::int32_t queue_id,
                             std::int64_t queue_offset) const override {
    const auto bounds = queue_bounds(topic, queue_id);
    if (queue_offset < bounds.min_offset || queue_offset >= bounds.max_offset) return -1;
    const auto& queue = queues_.at({std::string(topic), queue_id});
    return log_[queue.units[static_cast<std::size_t>(queue_offset)].at].record().store_timestamp_ms;
  }
  std::vector<store::QueueUnit> units(std::string_view topic, std::int32_t queue_id,
                                      std::int64_t queue_offset,
                                      std::int32_t count_max) const override {
    ++unit_looks;
    std::vector<store::QueueUnit> found;
    const auto bounds = queue_bounds(topic, queue_id);
    for (auto at = queue_offset; at < bounds.max_offset && std::ssize(found) < count_max; ++at) {
      const auto& unit =
          queues_.at({std::string(topic), queue_id}).units[static_cast<std::size_t>(at)];
      if (unit.is_damaged) {
        found.push_back({.size = std::numeric_limits<std::int32_t>::max()});
        continue;
      }
      found.push_back({log_[unit.at].record().physical_offset,
                       static_cast<std::int32_t>(log_[unit.at].bytes.size()), unit.tags_code});
    }
    return found;
  }
  std::optional<bool> is_in_memory(std::string_view, std::int32_t, std::int64_t,
                                   bool only_from_memory) const override {
    if (on_disk && only_from_memory) return std::nullopt;
    return in_memory;
  }

  std::optional<store::StoredMessage> message_at(std::int64_t physical_offset) const override {
    for (const auto& stored : log_) {
      if (stored.record().physical_offset != physical_offset) continue;
      return store::StoredMessage{stored.record(), stored.bytes, nullptr};
    }
    return std::nullopt;
  }
  /// By unique key only.
  store::QueryResult query(std::string_view topic, std::string_view key, std::int32_t count_max,
                           std::int64_t, std::int64_t) const override {
    return query_behind(topic, key, count_max, -1);
  }
  store::QueryResult query_behind(std::string_view topic, std::string_view key,
                                  std::int32_t count_max,
                                  std::int64_t physical_offset) const override {
    store::QueryResult result;
    for (const auto* stored : messages_of(topic)) {
      if (std::ssize(result.messages) == count_max) break;
      if (dispatches_late && stored->record().physical_offset >= dispatched_end_) break;
      if (stored->property(property::unique_key) != key) continue;
      if (stored->record().physical_offset <= physical_offset) continue;
      result.messages.push_back({stored->record(), stored->bytes, nullptr});
    }
    return result;
  }

  void on_message_arriving(std::function<void(const store::MessageArrival&)> listener) override {
    listener_ = std::move(listener);
  }
  void wait_until_dispatched() override { dispatched_end_ = end_; }
  std::int64_t max_physical_offset() const override { return end_; }
  /// Queries know only what was put before somebody last waited for the dispatch.
  bool dispatches_late = false;
  std::vector<store::QueueId> queues() const override {
    std::vector<store::QueueId> ids;
    for (const auto& [id, queue] : queues_) ids.push_back({id.first, id.second});
    return ids;
  }
  void delete_topic(std::string_view topic) override {
    std::erase_if(queues_, [&](const auto& entry) { return entry.first.first == topic; });
    deleted_before_[std::string(topic)] = end_;
  }
  std::int64_t deleted_before(std::string_view topic) const override {
    const auto found = deleted_before_.find(std::string(topic));
    return found == deleted_before_.end() ? 0 : found->second;
  }
  void delete_expired_files() override { ++deletions_asked; }
  void clean_queues() override { ++cleanings_asked; }
  int deletions_asked = 0;
  int cleanings_asked = 0;
  store::StoreFigures figures() const override {
    store::StoreFigures figures;
    figures.put_messages = std::ssize(log_);
    figures.commit_log_max_offset = figures.dispatched_offset = end_;
    return figures;
  }
  std::vector<std::pair<store::QueueId, store::QueueCount>> queue_counts() const override {
    std::vector<std::pair<store::QueueId, store::QueueCount>> counts;
    for (const auto& [id, queue] : queues_) {
      store::QueueCount count{.messages = std::ssize(queue.units)};
      for (const auto& unit : queue.units) count.bytes += std::ssize(log_[unit.at].bytes);
      counts.push_back({{id.first, id.second}, count});
    }
    return counts;
  }

 private:
  struct Unit {
    std::size_t at = 0;
    std::int64_t tags_code = 0;
    bool is_damaged = false;
  };
  struct Queue {
    std::vector<Unit> units;
    std::int64_t min_offset = 0;
  };

  store::PutStatus status_of_put(const store::MessageToPut& message) const {
    using store::PutStatus;
    if (next_status != PutStatus::Ok) return next_status;
    if (message.properties.size() > properties_bytes_max) return PutStatus::PropertiesSizeExceeded;
    if (!message.is_copy && std::ssize(message.body) > max_message_size)
      return PutStatus::MessageIllegal;
    return outcome_of ? outcome_of(message) : PutStatus::Ok;
  }

  bool takes(const store::MessageFilter& filter, const Unit& unit) const {
    return filter.matches_tags_code(unit.tags_code) &&
           (!filter.needs_record() || filter.matches_record(log_[unit.at].record()));
  }

  static store::GetStatus status_of(const store::GetResult& bounds, std::int64_t offset) {
    if (bounds.max_offset == 0) return store::GetStatus::NoMessageInQueue;
    if (offset < bounds.min_offset) return store::GetStatus::OffsetTooSmall;
    if (offset == bounds.max_offset) return store::GetStatus::OffsetOverflowOne;
    if (offset > bounds.max_offset) return store::GetStatus::OffsetOverflowBadly;
    return store::GetStatus::Found;
  }

  void append(const store::MessageToPut& message, std::string_view body, store::PutResult& result) {
    Queue& queue = queues_[{std::string(message.topic), message.queue_id}];
    const MessageRecord record{.queue_id = message.queue_id,
                               .flag = message.flag,
                               .queue_offset = std::ssize(queue.units),
                               .physical_offset = end_,
                               .sys_flag = message.sys_flag,
                               .born_timestamp_ms = message.born_timestamp_ms,
                               .born_host = message.born_host,
                               .store_timestamp_ms = clock_.now_ms(),
                               .store_host = message.store_host,
                               .reconsume_times = message.reconsume_times,
                               .prepared_transaction_offset = message.prepared_transaction_offset,
                               .body = body,
                               .topic = message.topic,
                               .properties = message.properties};
    MessageRecord versioned = record;
    versioned.magic = message_record::magic_v1;
    std::string bytes(message_record::encoded_size(versioned), '\0');
    message_record::encode(versioned, bytes.data());
    if (result.size_bytes == 0) {
      result.physical_offset = end_;
      result.queue_offset = record.queue_offset;
    }
    result.batch_physical_offsets.push_back(end_);
    result.size_bytes += std::ssize(bytes);
    end_ += std::ssize(bytes);
    std::int64_t tags_code =
        tags_code_of(find_property(message.properties, property::tags).value_or(""));
    if (message.topic == names::schedule_topic) {
      const auto level =
          std::stoi(std::string(find_property(message.properties, property::delay_level).value()));
      tags_code = levels_.deliver_time_ms(level, clock_.now_ms());
    }
    queue.units.push_back({log_.size(), tags_code});
    log_.push_back({std::string(message.topic), message.queue_id, std::move(bytes)});
    if (listener_) {
      listener_({.topic = message.topic,
                 .queue_id = message.queue_id,
                 .queue_offset = record.queue_offset,
                 .tags_code = tags_code,
                 .properties = message.properties});
    }
  }

  const Clock& clock_;
  const store::DelayLevels levels_ =
      store::DelayLevels::parse(store::StoreConfig().message_delay_level).value();
  std::deque<Stored> log_;
  std::map<std::pair<std::string, std::int32_t>, Queue> queues_;
  std::map<std::string, std::int64_t> deleted_before_;
  std::int64_t end_ = 0;
  std::int64_t dispatched_end_ = 0;  // see dispatches_late
  std::function<void(const store::MessageArrival&)> listener_;
};

}  // namespace rocketmq::broker::test
