// The ConsumeQueue's files: finding the end of a queue at start, cutting, and following the
// CommitLog's deletion.

#include <spdlog/spdlog.h>

#include <algorithm>
#include <cerrno>

#include "consume_queue.hpp"
#include "file_names.hpp"
#include "rocketmq/common/shared_log.hpp"

namespace rocketmq::store {

IoResult<std::vector<ConsumeQueueUnit>> ConsumeQueue::read_units(std::int64_t queue_offset,
                                                                 std::int64_t count) const {
  const std::int64_t base = base_of(queue_offset);
  const auto file = file_of(base, false);
  if (!file) return file.error();
  std::vector<char> raw(static_cast<std::size_t>(count * ConsumeQueueUnit::bytes));
  const auto got =
      (*file)->read_at(raw.data(), raw.size(), queue_offset * ConsumeQueueUnit::bytes - base);
  if (!got) return got.error();
  std::vector<ConsumeQueueUnit> units;
  for (std::size_t at = 0; at + ConsumeQueueUnit::bytes <= *got; at += ConsumeQueueUnit::bytes)
    units.push_back(ConsumeQueueUnit::decode(raw.data() + at));
  return units;
}

IoResult<ConsumeQueueUnit> ConsumeQueue::read_unit(std::int64_t queue_offset) const {
  const auto units = read_units(queue_offset, 1);
  if (!units) return units.error();
  return units->empty() ? ConsumeQueueUnit{} : units->front();
}

IoResult<ConsumeQueue::Listing> ConsumeQueue::list_files() {
  const auto entries = shared_.file_system.list(directory());
  if (!entries) return entries.error();
  std::vector<std::int64_t> found;
  for (const auto& entry : *entries) {
    const auto base = base_of_file_name(entry.name);
    if (entry.is_directory || !base) {
      report_foreign(directory() / entry.name);
    } else {
      found.push_back(*base);
    }
  }
  Listing listing;
  for (const std::int64_t base : found) {
    const auto path = directory() / file_name_of(base);
    const auto status = shared_.file_system.status(path);
    if (!status) return status.error();
    const bool is_last = base == found.back();
    if (is_last && status->size_bytes == 0) {
      // Killed between creating the file and giving it its length.
      if (const auto gone = shared_.file_system.remove(path); !gone) return gone.error();
      break;
    }
    const bool fits = base % shared_.file_bytes == 0 &&
                      (listing.bases.empty() || listing.bases.back() + shared_.file_bytes == base);
    if (fits && is_last && status->size_bytes < shared_.file_bytes) {
      store_log().error("{} has lost its end behind {} bytes", path.string(), status->size_bytes);
      const auto shortened = shared_.file_system.open(path, OpenMode::ReadWriteExisting);
      if (!shortened) return shortened.error();
      if (const auto whole = (*shortened)->resize(shared_.file_bytes); !whole) return whole.error();
      listing.is_lengthened = true;
    } else if (!fits || status->size_bytes != shared_.file_bytes) {
      listing.is_broken = true;
    }
    listing.bases.push_back(base);
  }
  return listing;
}

IoResult<void> ConsumeQueue::drop_files(const std::vector<std::int64_t>& bases) {
  store_log().error("{}: a file is missing, not whole, or cannot be read; made again from the log",
                    directory().string());
  for (const std::int64_t base : bases) {
    if (const auto gone = remove_file(base); !gone) return gone;
  }
  return {};
}

Result<void> ConsumeQueue::load(const LoadRules& rules, bool& damaged) {
  // There are no readers yet.
  const std::scoped_lock lock(files_mutex_, mutex_);
  auto listing = list_files();
  if (!listing) return to_error(listing.error());
  damaged = damaged || listing->is_lengthened || listing->is_broken;
  begin_at(0);
  if (listing->is_broken) {
    if (const auto dropped = drop_files(listing->bases); !dropped) return to_error(dropped.error());
    return {};
  }
  const auto found = find_end(rules, listing->bases);
  if (found) return {};
  if (found.error().number != EIO) return to_error(found.error());
  damaged = true;
  begin_at(0);
  if (const auto dropped = drop_files(listing->bases); !dropped) return to_error(dropped.error());
  return {};
}

IoResult<void> ConsumeQueue::find_end(const LoadRules& rules, std::vector<std::int64_t> bases) {
  const auto is_kept = [&](const ConsumeQueueUnit& unit) {
    return unit.is_valid() && (unit.is_pre_blank() || unit.physical_offset < rules.physical_end);
  };
  std::int64_t end = 0;
  ConsumeQueueUnit last;
  while (!bases.empty()) {
    const std::int64_t first = bases.back() / ConsumeQueueUnit::bytes;
    auto unit = read_unit(first);
    if (!unit) return unit.error();
    if (is_kept(*unit)) {
      last = *unit;
      std::int64_t low = first + 1;
      std::int64_t high = first + units_per_file();
      // Most queues are short: one read of a page often shows their end.
      const auto page = read_units(first, ConsumeQueueUnit::per_page);
      if (!page) return page.error();
      for (std::size_t i = 0; i < page->size(); ++i) {
        const std::int64_t offset = first + static_cast<std::int64_t>(i);
        if (!is_kept((*page)[i])) {
          high = std::max(low, offset);
          break;
        }
        last = (*page)[i];
        low = offset + 1;
      }
      while (low < high) {
        const std::int64_t middle = low + (high - low) / 2;
        unit = read_unit(middle);
        if (!unit) return unit.error();
        if (is_kept(*unit)) {
          last = *unit;
          low = middle + 1;
        } else {
          high = middle;
        }
      }
      end = low;
      break;
    }
    if (const auto gone = remove_file(bases.back()); !gone) return gone.error();
    bases.pop_back();
  }
  if (bases.empty()) return {};
  if (last.is_pre_blank()) {
    // Only filling is left: the first real record will make it again.
    for (const std::int64_t base : bases) {
      if (const auto gone = remove_file(base); !gone) return gone.error();
    }
    return {};
  }
  first_base_ = bases.front();
  tail_begin_ = synced_ = end;
  written_ = end;
  max_.store(end, std::memory_order_release);
  min_.store(first_base_ / ConsumeQueueUnit::bytes, std::memory_order_release);
  // A damaged size must not make the records that follow look built.
  physical_end_ = std::min(last.physical_end(), rules.physical_end);
  const std::int64_t used = end * ConsumeQueueUnit::bytes - bases.back();
  if (rules.zero_behind_end && used < shared_.file_bytes) {
    const auto file = file_of(bases.back(), false);
    if (!file) return file.error();
    return (*file)->zero(used, shared_.file_bytes - used);
  }
  return {};
}

IoResult<void> ConsumeQueue::truncate(std::int64_t queue_offset) {
  const std::lock_guard files_lock(files_mutex_);
  const std::int64_t max = max_.load();
  if (queue_offset >= max) return {};
  if (queue_offset <= first_base_ / ConsumeQueueUnit::bytes) {
    if (const auto gone = remove_files_locked(); !gone) return gone;
    const std::lock_guard lock(mutex_);
    begin_at(0);
    return {};
  }
  if (const auto written = write_out_locked(); !written) return written;
  const std::int64_t keep_base = base_of(queue_offset - 1);
  for (std::int64_t base = base_of(max - 1); base > keep_base; base -= shared_.file_bytes) {
    if (const auto gone = remove_file(base); !gone) return gone;
  }
  const auto file = file_of(keep_base, false);
  if (!file) return file.error();
  const std::int64_t used = queue_offset * ConsumeQueueUnit::bytes - keep_base;
  if (const auto zeroed = (*file)->zero(used, shared_.file_bytes - used); !zeroed) return zeroed;
  const auto last = read_unit(queue_offset - 1);
  if (!last) return last.error();
  const std::lock_guard lock(mutex_);
  tail_.clear();
  set_over_limit(0);
  tail_begin_ = queue_offset;
  written_ = queue_offset;
  synced_ = std::min(synced_, queue_offset);
  physical_end_ = last->physical_end();
  max_.store(queue_offset, std::memory_order_release);
  if (min_.load() > queue_offset) min_.store(queue_offset, std::memory_order_release);
  return {};
}

void ConsumeQueue::correct_min_offset(std::int64_t commit_log_min_offset) {
  const auto is_gone = [&](std::int64_t queue_offset) {
    // What is damaged, or cannot be read now, does not make the entries before it go.
    const ConsumeQueueUnit unit = unit_at(queue_offset);
    return unit.is_valid() && (unit.is_pre_blank() || unit.physical_offset < commit_log_min_offset);
  };
  std::int64_t low = min_offset();
  std::int64_t high = max_offset();
  if (low >= high || !is_gone(low)) return;
  while (low < high) {
    const std::int64_t middle = low + (high - low) / 2;
    if (is_gone(middle)) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  min_.store(low, std::memory_order_release);
}

IoResult<int> ConsumeQueue::remove_files_below(std::int64_t commit_log_min_offset) {
  const std::lock_guard files_lock(files_mutex_);
  for (int count = 0;; ++count) {
    const std::int64_t base = first_base_;
    const std::int64_t end = base + shared_.file_bytes;
    // The last file stays, so that the numbering survives.
    if (end >= max_.load() * ConsumeQueueUnit::bytes ||
        end > written_.load() * ConsumeQueueUnit::bytes)
      return count;
    const ConsumeQueueUnit last = unit_at(end / ConsumeQueueUnit::bytes - 1);
    if (!last.is_valid() || last.physical_offset >= commit_log_min_offset) return count;
    {
      // Before the file goes: readers are not sent to one that is missing.
      const std::lock_guard lock(mutex_);
      first_base_ = end;
      const std::int64_t first = end / ConsumeQueueUnit::bytes;
      if (min_.load() < first) min_.store(first, std::memory_order_release);
    }
    if (const auto gone = remove_file(base); !gone) {
      const std::lock_guard lock(mutex_);
      first_base_ = base;
      return gone.error();
    }
  }
}

IoResult<void> ConsumeQueue::remove_file(std::int64_t base) const {
  auto gone = shared_.file_system.remove(directory() / file_name_of(base));
  // Afterwards: a reader may have opened it meanwhile.
  shared_.open_files.forget({serial_, base});
  return gone;
}

IoResult<void> ConsumeQueue::remove_files() {
  const std::lock_guard files_lock(files_mutex_);
  if (const auto gone = remove_files_locked(); !gone) return gone;
  {
    const std::lock_guard lock(mutex_);
    begin_at(0);
  }
  auto gone = shared_.file_system.remove(directory());
  // Foreign files lie in it: it stays.
  if (!gone && (gone.error().number == ENOTEMPTY || gone.error().number == EEXIST)) return {};
  return gone;
}

IoResult<void> ConsumeQueue::remove_files_locked() {
  const std::int64_t end = written_.load() * ConsumeQueueUnit::bytes;
  std::int64_t last_base = first_base_;
  while (last_base + shared_.file_bytes < end) last_base += shared_.file_bytes;
  for (std::int64_t base = last_base; base >= first_base_; base -= shared_.file_bytes) {
    if (const auto gone = remove_file(base); !gone) return gone;
  }
  return {};
}

}  // namespace rocketmq::store
