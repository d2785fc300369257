#include "index_file.hpp"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <limits>

#include "mapped_read.hpp"
#include "rocketmq/common/bytes.hpp"
#include "rocketmq/common/saturating.hpp"

namespace rocketmq::store {
namespace {

constexpr std::int32_t reserve_step_entries = 400'000;

/// The shared fields are read while the dispatcher writes them: aligned, whole, and published in
/// order.
template <class T>
T load_shared(char* at) {
  const T raw = std::atomic_ref<T>(*reinterpret_cast<T*>(at)).load(std::memory_order_acquire);
  return load_be<T>(&raw);
}
template <class T>
void store_shared(char* at, T value) {
  T raw;
  store_be(&raw, value);
  std::atomic_ref<T>(*reinterpret_cast<T*>(at)).store(raw, std::memory_order_release);
}

/// Rounded down, also below zero.
std::int32_t whole_seconds(std::int64_t time_ms) {
  const std::int64_t seconds = time_ms / 1000 - (time_ms % 1000 < 0 ? 1 : 0);
  return static_cast<std::int32_t>(std::clamp<std::int64_t>(
      seconds, std::numeric_limits<std::int32_t>::min(), std::numeric_limits<std::int32_t>::max()));
}

}  // namespace

IoResult<std::unique_ptr<IndexFile>> IndexFile::open(FileSystem& file_system,
                                                     const std::filesystem::path& path,
                                                     Geometry geometry, bool create) {
  auto file = file_system.open(path, create ? OpenMode::CreateOrOpen : OpenMode::ReadWriteExisting);
  if (!file) return file.error();
  if (create) {
    if (const auto resized = (*file)->resize(geometry.bytes()); !resized) {
      file_system.remove(path);
      return resized.error();
    }
    // Slots are touched everywhere from the beginning; entries are reserved as they come.
    if (const auto reserved = (*file)->reserve(0, geometry.slots_end()); !reserved) {
      file_system.remove(path);
      return reserved.error();
    }
  }
  auto mapping = (*file)->map(geometry.bytes(), MapMode::ReadWrite);
  if (!mapping) return mapping.error();
  std::unique_ptr<IndexFile> opened(
      new IndexFile(path, geometry, std::move(*file), std::move(*mapping)));
  Header header;
  std::int32_t seconds_back = 0;
  if (!read_mapped([&] {
        header = opened->mapped_header();
        seconds_back = load_be<std::int32_t>(opened->entry_at(0));
      }))
    return opened->unusable();
  opened->publish(header);
  opened->seconds_back_ = seconds_back;
  return opened;
}

IndexFile::IndexFile(std::filesystem::path path, Geometry geometry, std::unique_ptr<File> file,
                     std::unique_ptr<FileMapping> mapping)
    : path_(std::move(path)),
      geometry_(geometry),
      file_(std::move(file)),
      mapping_(std::move(mapping)),
      data_(mapping_->data()) {}

IoError IndexFile::unusable() const {
  return {EIO, "cannot read or write a page of " + path_.string()};
}

IndexFile::Header IndexFile::header() const {
  constexpr auto acquire = std::memory_order_acquire;
  return {header_.begin_timestamp_ms.load(acquire),
          header_.end_timestamp_ms.load(acquire),
          header_.begin_physical_offset.load(acquire),
          header_.end_physical_offset.load(acquire),
          header_.used_slots.load(acquire),
          header_.count.load(acquire)};
}

void IndexFile::publish(const Header& header) {
  constexpr auto release = std::memory_order_release;
  header_.begin_timestamp_ms.store(header.begin_timestamp_ms, release);
  header_.end_timestamp_ms.store(header.end_timestamp_ms, release);
  header_.begin_physical_offset.store(header.begin_physical_offset, release);
  header_.end_physical_offset.store(header.end_physical_offset, release);
  header_.used_slots.store(header.used_slots, release);
  header_.count.store(header.count, release);
}

IndexFile::Header IndexFile::mapped_header() const {
  return {load_be<std::int64_t>(data_),      load_be<std::int64_t>(data_ + 8),
          load_be<std::int64_t>(data_ + 16), load_be<std::int64_t>(data_ + 24),
          load_be<std::int32_t>(data_ + 32), std::max(load_be<std::int32_t>(data_ + 36), 1)};
}

void IndexFile::write_mapped_header(const Header& header) {
  store_be(data_, header.begin_timestamp_ms);
  store_be(data_ + 8, header.end_timestamp_ms);
  store_be(data_ + 16, header.begin_physical_offset);
  store_be(data_ + 24, header.end_physical_offset);
  store_be(data_ + 32, header.used_slots);
  store_be(data_ + 36, header.count);
}

IoResult<void> IndexFile::set_header(const Header& header) {
  if (!read_mapped([&] { write_mapped_header(header); })) return unusable();
  publish(header);
  return {};
}

std::int32_t IndexFile::load_slot(std::int32_t slot) const {
  return load_shared<std::int32_t>(slot_at(slot));
}
void IndexFile::store_slot(std::int32_t slot, std::int32_t number) {
  store_shared(slot_at(slot), number);
}

IoResult<void> IndexFile::reserve_for(std::int32_t number) {
  if (number < reserved_entries_) return {};
  if (reserved_entries_ == 0) {
    // A file that another broker made is sparse: a full disk would end the process at the first
    // touch of a new page.
    if (const auto slots = file_->reserve(0, geometry_.slots_end()); !slots) return slots;
  }
  const std::int32_t end = geometry_.entries - number > reserve_step_entries
                               ? number + reserve_step_entries
                               : geometry_.entries;
  const auto reserved = file_->reserve(entry_at(number) - data_, 20LL * (end - number));
  if (reserved) reserved_entries_ = end;
  return reserved;
}

IoResult<void> IndexFile::insert(std::int32_t key_hash, std::int64_t physical_offset,
                                 std::int64_t store_timestamp_ms) {
  const Header now = header();
  if (const auto reserved = reserve_for(now.count); !reserved) return reserved;
  const std::int32_t slot = key_hash % geometry_.slots;
  const bool is_first = now.count <= 1;
  const std::int64_t time_ms = std::max<std::int64_t>(store_timestamp_ms, 0);
  const std::int32_t seconds =
      is_first ? 0 : whole_seconds(subtract_saturating(time_ms, now.begin_timestamp_ms));
  // The clock was set back, or the time is damaged, which no checksum covers: neither may hide the
  // keys of other entries.
  const std::int32_t back =
      is_first || time_ms >= now.end_timestamp_ms
          ? 0
          : whole_seconds(add_saturating(now.end_timestamp_ms - time_ms, std::int64_t{999}));
  const bool is_written = read_mapped([&] {
    std::int32_t previous = load_slot(slot);
    if (previous <= 0 || previous >= now.count) previous = 0;
    char* entry = entry_at(now.count);
    store_be(entry, key_hash);
    store_be(entry + 4, physical_offset);
    store_be(entry + 12, seconds);
    store_be(entry + 16, previous);
    if (back > seconds_back_.load(std::memory_order_relaxed)) {
      store_be(entry_at(0), back);
      seconds_back_.store(back, std::memory_order_release);
    }
    Header next = now;
    if (is_first) {
      next.begin_timestamp_ms = time_ms;
      next.begin_physical_offset = physical_offset;
    }
    if (previous == 0) next.used_slots = add_saturating(next.used_slots, 1);
    if (is_first || time_ms > now.end_timestamp_ms) next.end_timestamp_ms = time_ms;
    next.end_physical_offset = physical_offset;
    ++next.count;
    write_mapped_header(next);
    // The count before the slot: a reader takes a slot's number only when it is below the count.
    publish(next);
    store_slot(slot, now.count);
  });
  if (!is_written) return unusable();
  return {};
}

std::int64_t IndexFile::back_ms() const {
  const std::int32_t seconds = seconds_back_.load(std::memory_order_acquire);
  return 1000LL * (seconds >= 0 ? seconds : std::numeric_limits<std::int32_t>::max());
}

bool IndexFile::may_hold(const Wanted& wanted) const {
  const Header now = header();
  return now.count > 1 && now.end_physical_offset > wanted.behind_physical_offset &&
         now.end_timestamp_ms >= wanted.begin_ms &&
         subtract_saturating(now.begin_timestamp_ms, back_ms()) <= wanted.end_ms;
}

bool IndexFile::query(std::int32_t key_hash, const Wanted& wanted, std::size_t count_max,
                      std::vector<std::int64_t>& found) const {
  struct Entry {
    std::int32_t hash = 0;
    std::int64_t physical_offset = 0;
    std::int32_t seconds = 0;
    std::int32_t previous = 0;
  };
  std::int32_t number = 0;
  if (!read_mapped([&] { number = load_slot(key_hash % geometry_.slots); })) return false;
  const Header now = header();
  const std::int64_t back = back_ms();
  const std::int32_t count = std::min(now.count, geometry_.entries);
  while (number > 0 && number < count && found.size() < count_max) {
    const char* const at = entry_at(number);
    Entry entry;
    if (!read_mapped([&] {
          entry = {load_be<std::int32_t>(at), load_be<std::int64_t>(at + 4),
                   load_be<std::int32_t>(at + 12), load_be<std::int32_t>(at + 16)};
        }))
      return false;
    if (entry.physical_offset <= wanted.behind_physical_offset) return true;
    // Entries carry whole seconds: the second that holds `begin_ms` and the one that holds `end_ms`
    // both count.
    const std::int64_t time =
        add_saturating<std::int64_t>(now.begin_timestamp_ms, entry.seconds * 1000LL);
    const std::int64_t end_of_second = add_saturating<std::int64_t>(time, 999);
    if (add_saturating(end_of_second, back) < wanted.begin_ms) return true;
    if (entry.hash == key_hash && end_of_second >= wanted.begin_ms && time <= wanted.end_ms)
      found.push_back(entry.physical_offset);
    // Chains lead backwards; anything else is damage, and could be a circle.
    if (entry.previous >= number) return true;
    number = entry.previous;
  }
  return true;
}

void IndexFile::link_entries(Header& header) {
  for (std::int32_t number = 1; number < header.count; ++number) {
    char* entry = entry_at(number);
    const std::int32_t hash = load_be<std::int32_t>(entry);
    if (hash < 0) continue;  // damaged: in no chain
    const std::int32_t slot = hash % geometry_.slots;
    const std::int32_t previous = load_slot(slot);
    if (previous == 0) ++header.used_slots;
    store_be(entry + 16, previous);
    store_slot(slot, number);
  }
}

IoResult<void> IndexFile::cut_back_to(const Header& wanted) {
  Header header_after = wanted;
  header_after.count = std::clamp(wanted.count, 1, geometry_.entries);
  header_after.used_slots = 0;
  if (const auto zeroed = file_->zero(40, 4LL * geometry_.slots); !zeroed) return zeroed;
  if (const auto reserved = file_->reserve(40, 4LL * geometry_.slots); !reserved) return reserved;
  if (!read_mapped([&] { link_entries(header_after); })) return unusable();
  reserved_entries_ = 0;
  return set_header(header_after);
}

}  // namespace rocketmq::store
