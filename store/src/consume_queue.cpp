#include "consume_queue.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "file_names.hpp"
#include "rocketmq/common/bytes.hpp"
#include "rocketmq/common/message_record.hpp"
#include "rocketmq/common/shared_log.hpp"

namespace rocketmq::store {
namespace {

std::uint64_t next_queue_serial() {
  static std::atomic<std::uint64_t> last{0};
  return ++last;
}

}  // namespace

ConsumeQueueUnit ConsumeQueueUnit::decode(const char* at) {
  return {load_be<std::int64_t>(at), load_be<std::int32_t>(at + 8), load_be<std::int64_t>(at + 12)};
}

void ConsumeQueueUnit::encode(char* at) const {
  store_be(at, physical_offset);
  store_be(at + 8, size);
  store_be(at + 12, tags_code);
}

ConsumeQueue::ConsumeQueue(ConsumeQueueShared& shared, std::string topic, std::int32_t queue_id)
    : shared_(shared),
      topic_(std::move(topic)),
      queue_id_(queue_id),
      serial_(next_queue_serial()) {}

std::filesystem::path ConsumeQueue::directory() const {
  return shared_.root / topic_ / std::to_string(queue_id_);
}

std::int64_t ConsumeQueue::base_of(std::int64_t queue_offset) const {
  const std::int64_t at = queue_offset * ConsumeQueueUnit::bytes;
  return at - at % shared_.file_bytes;
}

std::int64_t ConsumeQueue::next_file_offset(std::int64_t queue_offset) const {
  return (base_of(queue_offset) + shared_.file_bytes) / ConsumeQueueUnit::bytes;
}

IoResult<std::shared_ptr<File>> ConsumeQueue::file_of(std::int64_t base, bool create) const {
  return shared_.open_files.open(
      {serial_, base}, [this] { return directory(); }, create ? shared_.file_bytes : 0);
}

std::int64_t ConsumeQueue::physical_end() const {
  const std::lock_guard lock(mutex_);
  return physical_end_;
}

std::int64_t ConsumeQueue::first_unit() const {
  const std::lock_guard lock(mutex_);
  return first_base_ / ConsumeQueueUnit::bytes;
}

QueueCount ConsumeQueue::appended() const {
  const std::lock_guard lock(mutex_);
  return appended_;
}

void ConsumeQueue::begin_at(std::int64_t queue_offset) {
  first_base_ = base_of(queue_offset);
  const std::int64_t first = first_base_ / ConsumeQueueUnit::bytes;
  tail_.clear();
  set_over_limit(0);
  tail_begin_ = synced_ = first;
  written_ = first;
  physical_end_ = 0;
  max_.store(first, std::memory_order_release);
  min_.store(first, std::memory_order_release);
}

void ConsumeQueue::push_to_tail(const ConsumeQueueUnit& unit) {
  const std::size_t at = tail_.size();
  tail_.resize(at + ConsumeQueueUnit::bytes);
  unit.encode(tail_.data() + at);
  physical_end_ = std::max(physical_end_, unit.physical_end());
  max_.store(max_.load(std::memory_order_relaxed) + 1, std::memory_order_release);
}

IoResult<void> ConsumeQueue::add_to_tail(const ConsumeQueueUnit& unit) {
  const std::int64_t limit = shared_.tail_units_max.load(std::memory_order_relaxed);
  {
    const std::lock_guard lock(mutex_);
    if (tail_units() < limit) {
      push_to_tail(unit);
      return {};
    }
  }
  // Only this thread makes it longer.
  if (const auto made = make_room_in_tail(limit); !made) return made;
  const std::lock_guard lock(mutex_);
  push_to_tail(unit);
  return {};
}

IoResult<void> ConsumeQueue::make_room_in_tail(std::int64_t limit) {
  const std::lock_guard files_lock(files_mutex_);
  const std::int64_t over = over_limit_.load(std::memory_order_relaxed);
  // A disk that had no room for them is not asked for each unit.
  const bool is_worth_a_try = over % limit == 0;
  if (is_worth_a_try) {
    const auto written = write_out_locked();
    if (written) {
      // The newer half stays, for consumers that read along.
      const std::lock_guard lock(mutex_);
      trim_tail(limit / 2);
      return {};
    }
    const std::lock_guard lock(shared_.failure_mutex);
    shared_.failure = written.error();
    if (!written.error().is_out_of_space() ||
        shared_.units_over_limit >= ConsumeQueueShared::units_over_limit_max)
      return written;
  } else if (shared_.units_over_limit >= ConsumeQueueShared::units_over_limit_max) {
    const std::lock_guard lock(shared_.failure_mutex);
    return *shared_.failure;
  }
  const std::lock_guard lock(mutex_);
  set_over_limit(over + 1);
  return {};
}

/// Keeps that many of the newest units, and all that are not written.
void ConsumeQueue::trim_tail(std::int64_t units) {
  const std::int64_t dropped = std::min(tail_units() - units, written_.load() - tail_begin_);
  if (dropped > 0) {
    tail_.erase(tail_.begin(), tail_.begin() + dropped * ConsumeQueueUnit::bytes);
    tail_begin_ += dropped;
  }
  set_over_limit(0);
}

void ConsumeQueue::set_over_limit(std::int64_t units) {
  shared_.units_over_limit += units - over_limit_.exchange(units);
}

IoResult<ConsumeQueue::Appended> ConsumeQueue::append(const ConsumeQueueUnit& unit,
                                                      std::int64_t queue_offset) {
  {
    const std::lock_guard lock(mutex_);
    if (unit.physical_end() <= physical_end_) return Appended::AlreadyBuilt;
    if (queue_offset == max_.load(std::memory_order_relaxed) &&
        tail_units() < shared_.tail_units_max.load(std::memory_order_relaxed)) [[likely]] {
      push_to_tail(unit);
      ++appended_.messages;
      appended_.bytes += unit.size;
      return Appended::Yes;
    }
  }
  const std::int64_t max = max_.load(std::memory_order_relaxed);
  if (queue_offset < max) [[unlikely]] {
    if (queue_offset != 0) {
      store_log().error(
          "{} queue {}: the record at {} says it is entry {}, but the queue has {} already; it is "
          "left out",
          topic_, queue_id_, unit.physical_offset, queue_offset, max);
      return Appended::Refused;
    }
    if (const auto begun = begin_again(unit); !begun) return begun.error();
  }
  return append_in_steps(unit, queue_offset);
}

/// A record says that it is entry 0 of a queue that has others: the queue was deleted.
IoResult<void> ConsumeQueue::begin_again(const ConsumeQueueUnit& unit) {
  store_log().warn("{} queue {} begins again at the record at {}", topic_, queue_id_,
                   unit.physical_offset);
  const std::lock_guard files_lock(files_mutex_);
  if (const auto removed_all = remove_files_locked(); !removed_all) return removed_all;
  const std::lock_guard lock(mutex_);
  begin_at(0);
  return {};
}

IoResult<ConsumeQueue::Appended> ConsumeQueue::append_in_steps(const ConsumeQueueUnit& unit,
                                                               std::int64_t queue_offset) {
  const std::int64_t max = max_.load(std::memory_order_relaxed);
  if (queue_offset > max) [[unlikely]] {
    const bool first_of_queue = max == 0;
    ++shared_.gaps;
    // Missing entries had records, and those lay in front of this one. A number that promises more
    // of them than fit there is damaged.
    const std::int64_t room = unit.physical_offset - (first_of_queue ? 0 : physical_end());
    if (queue_offset - max > room / static_cast<std::int64_t>(message_record::fixed_bytes_v4)) {
      store_log().error(
          "{} queue {}: the record at {} says it is entry {} of a queue of {}; it is left out",
          topic_, queue_id_, unit.physical_offset, queue_offset, max);
      return Appended::Refused;
    }
    if (first_of_queue) {
      const std::scoped_lock lock(files_mutex_, mutex_);
      begin_at(queue_offset);
    } else {
      store_log().error("{} queue {}: the records of the entries {} to {} are missing", topic_,
                        queue_id_, max, queue_offset - 1);
    }
    while (max_.load(std::memory_order_relaxed) < queue_offset) {
      if (const auto added = add_to_tail(ConsumeQueueUnit::pre_blank()); !added)
        return added.error();
    }
    if (first_of_queue) min_.store(queue_offset, std::memory_order_release);
  }
  if (const auto added = add_to_tail(unit); !added) return added.error();
  const std::lock_guard lock(mutex_);
  ++appended_.messages;
  appended_.bytes += unit.size;
  return Appended::Yes;
}

std::int64_t ConsumeQueue::read(std::int64_t queue_offset, std::int64_t count_max, char* into,
                                bool only_from_memory) const {
  std::int64_t base = 0;
  std::int64_t count = 0;
  {
    const std::lock_guard lock(mutex_);
    const std::int64_t end = std::min(max_.load(), next_file_offset(queue_offset));
    count = std::min(count_max, end - queue_offset);
    if (count <= 0 || queue_offset < 0) return 0;
    if (queue_offset >= tail_begin_) {
      std::memcpy(into, tail_.data() + (queue_offset - tail_begin_) * ConsumeQueueUnit::bytes,
                  static_cast<std::size_t>(count * ConsumeQueueUnit::bytes));
      return count;
    }
    count = std::min(count, tail_begin_ - queue_offset);
    base = base_of(queue_offset);
    if (base < first_base_) return 0;
  }
  // Units before the tail are on disk and do not change any more.
  const auto bytes = static_cast<std::size_t>(count * ConsumeQueueUnit::bytes);
  const std::int64_t position = queue_offset * ConsumeQueueUnit::bytes - base;
  if (only_from_memory) {
    // To open a file may take the disk as long as to read it.
    const auto open = shared_.open_files.find({serial_, base});
    if (open == nullptr) return not_in_memory;
    const auto got = open->read_cached(into, bytes, position);
    if (!got) return read_failed;
    const std::int64_t units = static_cast<std::int64_t>(*got) / ConsumeQueueUnit::bytes;
    return units == 0 ? not_in_memory : units;
  }
  const auto file = file_of(base, false);
  if (!file) return file.error().is_missing_file() ? 0 : read_failed;
  const auto got = (*file)->read_at(into, bytes, position);
  if (!got) return read_failed;
  return static_cast<std::int64_t>(*got) / ConsumeQueueUnit::bytes;
}

ConsumeQueueUnit ConsumeQueue::unit_at(std::int64_t queue_offset) const {
  std::array<char, ConsumeQueueUnit::bytes> raw{};
  return read(queue_offset, 1, raw.data()) == 1 ? ConsumeQueueUnit::decode(raw.data())
                                                : ConsumeQueueUnit{};
}

IoResult<void> ConsumeQueue::replace(std::int64_t queue_offset, const ConsumeQueueUnit& unit) {
  std::array<char, ConsumeQueueUnit::bytes> raw{};
  unit.encode(raw.data());
  const std::lock_guard files_lock(files_mutex_);
  {
    const std::lock_guard lock(mutex_);
    if (queue_offset < min_.load() || queue_offset >= max_.load()) return {};
    if (queue_offset >= tail_begin_)
      std::memcpy(tail_.data() + (queue_offset - tail_begin_) * ConsumeQueueUnit::bytes, raw.data(),
                  raw.size());
    if (queue_offset >= written_.load()) return {};
  }
  const std::int64_t base = base_of(queue_offset);
  const auto file = file_of(base, false);
  if (!file) return file.error();
  const auto done =
      (*file)->write_at({raw.data(), raw.size()}, queue_offset * ConsumeQueueUnit::bytes - base);
  if (!done) return done.error();
  return {};
}

IoResult<void> ConsumeQueue::write_out() {
  const std::lock_guard files_lock(files_mutex_);
  const auto written = write_out_locked();
  const std::lock_guard lock(mutex_);
  if (written && over_limit_ > 0) {
    trim_tail(shared_.tail_units_max.load(std::memory_order_relaxed) / 2);
    tail_.shrink_to_fit();
  }
  return written;
}

IoResult<void> ConsumeQueue::write_out_locked() {
  // A copy is written, so that readers and append() need not wait for the disk.
  constexpr std::int64_t units_in_one_write = 4'096;
  std::vector<char> copy;
  const std::int64_t max = max_.load();
  while (written_.load() < max) {
    const std::int64_t begin = written_.load();
    const std::int64_t base = base_of(begin);
    const std::int64_t end = std::min({max, next_file_offset(begin), begin + units_in_one_write});
    const auto file = file_of(base, true);
    if (!file) return file.error();
    {
      const std::lock_guard lock(mutex_);
      const auto first = tail_.begin() + (begin - tail_begin_) * ConsumeQueueUnit::bytes;
      copy.assign(first, first + (end - begin) * ConsumeQueueUnit::bytes);
    }
    std::string_view bytes(copy.data(), copy.size());
    std::int64_t position = begin * ConsumeQueueUnit::bytes - base;
    while (!bytes.empty()) {
      const auto done = (*file)->write_at(bytes, position);
      if (!done) return done.error();
      bytes.remove_prefix(*done);
      position += static_cast<std::int64_t>(*done);
    }
    written_ = end;
  }
  return {};
}

ConsumeQueue::Dirty ConsumeQueue::take_dirty() {
  const std::lock_guard lock(mutex_);
  const Dirty dirty{base_of(synced_), written_.load() * ConsumeQueueUnit::bytes};
  const bool any = synced_ < written_.load();
  synced_ = written_.load();
  return any ? dirty : Dirty{};
}

IoResult<void> ConsumeQueue::sync(const Dirty& dirty) {
  for (std::int64_t base = dirty.first_base; base < dirty.end; base += shared_.file_bytes) {
    const auto file = file_of(base, false);
    if (!file && file.error().is_missing_file()) continue;  // expired meanwhile
    if (!file) return file.error();
    if (const auto synced = (*file)->sync(); !synced) return synced;
  }
  return {};
}

void ConsumeQueue::release_memory() {
  const std::lock_guard lock(mutex_);
  if (written_.load() != max_.load()) return;
  tail_begin_ = max_.load();
  std::vector<char>().swap(tail_);
  set_over_limit(0);
}

}  // namespace rocketmq::store
