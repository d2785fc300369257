#include "index_store.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <ctime>

#include "file_names.hpp"
#include "rocketmq/common/shared_log.hpp"

namespace rocketmq::store {
namespace {

/// yyyyMMddHHmmssSSS in local time, as a number.
std::int64_t name_of_time(std::int64_t now_ms) {
  const std::time_t seconds = now_ms / 1000;
  std::tm local{};
  ::localtime_r(&seconds, &local);
  std::array<char, 16> text{};
  std::strftime(text.data(), text.size(), "%Y%m%d%H%M%S", &local);
  return parse_number(text.data()).value_or(0) * 1000 + now_ms % 1000;
}

}  // namespace

IndexStore::IndexStore(FileSystem& file_system, const Clock& clock, std::filesystem::path directory,
                       IndexFile::Geometry geometry)
    : file_system_(file_system),
      clock_(clock),
      directory_(std::move(directory)),
      geometry_(geometry) {}

Result<void> IndexStore::drop(const std::filesystem::path& path) const {
  store_log().info("index file {} is made again from the log", path.string());
  if (const auto removed = file_system_.remove(path); !removed) return to_error(removed.error());
  return {};
}

bool IndexStore::is_plausible(const IndexFile::Header& header, const IndexFile* before,
                              bool is_last) const {
  if (header.count > geometry_.entries || header.end_timestamp_ms < 0) return false;
  if (!is_last && header.count < geometry_.entries) return false;
  if (header.count > 1 && (header.end_timestamp_ms < header.begin_timestamp_ms ||
                           header.end_physical_offset < header.begin_physical_offset))
    return false;
  // Times say nothing about the order: the clock may have been set back.
  return before == nullptr || header.begin_physical_offset >= before->header().end_physical_offset;
}

Result<std::vector<IndexStore::NamedFile>> IndexStore::list_files() const {
  const auto entries = file_system_.list(directory_);
  if (!entries && !entries.error().is_missing_file()) return to_error(entries.error());
  std::vector<NamedFile> files;
  if (!entries) return files;
  for (const auto& entry : *entries) {
    const auto number = parse_number(entry.name);
    if (entry.is_directory || !number) {
      report_foreign(directory_ / entry.name);
    } else {
      files.push_back({*number, directory_ / entry.name});
    }
  }
  return files;
}

/// Null when the file is not whole, or its head cannot be read.
Result<IndexStore::FilePtr> IndexStore::open_whole(const std::filesystem::path& path) const {
  const auto status = file_system_.status(path);
  if (!status) return to_error(status.error());
  if (status->size_bytes != geometry_.bytes()) {
    store_log().error("index file {} has {} bytes of {}", path.string(), status->size_bytes,
                      geometry_.bytes());
    return FilePtr{};
  }
  auto file = IndexFile::open(file_system_, path, geometry_, false);
  if (file) return FilePtr(std::move(*file));
  if (file.error().number != EIO) return to_error(file.error());
  store_log().error("{}", file.error().text);
  return FilePtr{};
}

bool IndexStore::is_trusted(const NamedFile& named, IndexFile& file, const IndexFile* before,
                            bool is_last, const LoadRules& rules) const {
  using Trust = LoadRules::Trust;
  const auto cut_back = [&] {
    const auto cut = file.cut_back_to(rules.state.header);
    if (!cut) store_log().error("{}", cut.error().text);
    return cut.has_value();
  };
  const IndexFile::Header header = file.header();
  const bool is_newest_known = rules.state.file_number == named.number;
  if (rules.trust == Trust::UpToState && is_newest_known)
    return rules.state.header.count > 1 && cut_back();
  if (!is_plausible(header, before, is_last)) return false;
  if (rules.trust == Trust::FullFiles)
    return header.count >= geometry_.entries &&
           header.end_timestamp_ms <= rules.end_timestamp_max_ms;
  if (!is_newest_known || header == rules.state.header) return true;
  store_log().error("index file {}: its head is damaged", named.path.string());
  return cut_back();
}

Result<std::optional<std::int64_t>> IndexStore::load(const LoadRules& rules) {
  using Trust = LoadRules::Trust;
  const auto found = list_files();
  if (!found) return found.error();
  const bool by_state = rules.trust == Trust::UpToState;
  const auto known = std::count_if(found->begin(), found->end(), [&](const NamedFile& named) {
    return named.number <= rules.state.file_number;
  });
  bool whole = rules.trust != Trust::FullFiles;
  // Behind a file that is made again, the others follow: entries stand in the log's order.
  bool is_broken = whole && rules.state.file_count > known;
  std::vector<FilePtr> kept;
  for (const NamedFile& named : *found) {
    if (by_state && named.number > rules.state.file_number) {
      if (const auto gone = drop(named.path); !gone) return gone.error();
      continue;
    }
    FilePtr file;
    if (!is_broken) {
      auto opened = open_whole(named.path);
      if (!opened) return opened.error();
      file = std::move(*opened);
    }
    const bool is_last = &named == &found->back();
    if (file &&
        is_trusted(named, *file, kept.empty() ? nullptr : kept.back().get(), is_last, rules)) {
      kept.push_back(std::move(file));
      continue;
    }
    const bool had_nothing = file && by_state && named.number == rules.state.file_number &&
                             rules.state.header.count <= 1;
    is_broken = is_broken || !had_nothing;
    if (const auto gone = drop(named.path); !gone) return gone.error();
  }
  if (rules.state.file_number != 0 && rules.state.header.count > 1 &&
      (kept.empty() ||
       parse_number(kept.back()->path().filename().string()) != rules.state.file_number)) {
    whole = false;
  }
  whole = whole && !is_broken;
  const std::unique_lock lock(mutex_);
  files_ = std::move(kept);
  use_newest_file();
  if (whole) return std::optional<std::int64_t>{};
  return std::optional<std::int64_t>{std::max<std::int64_t>(end_physical_offset_, 0)};
}

IoResult<IndexStore::FilePtr> IndexStore::file_for_insert() {
  if (current_ && !current_->is_full()) return current_;
  std::int64_t number = name_of_time(clock_.now_ms());
  if (current_) {
    // Names have to grow, also when the clock goes back.
    const auto last = parse_number(current_->path().filename().string());
    number = std::max(number, last.value_or(0) + 1);
  }
  if (const auto made = file_system_.make_directories(directory_); !made) return made.error();
  auto file = IndexFile::open(file_system_, directory_ / std::to_string(number), geometry_, true);
  if (!file) return file.error();
  if (current_) {
    const IndexFile::Header last = current_->header();
    if (const auto set = (*file)->set_header({.begin_timestamp_ms = last.end_timestamp_ms,
                                              .end_timestamp_ms = last.end_timestamp_ms,
                                              .begin_physical_offset = last.end_physical_offset,
                                              .end_physical_offset = last.end_physical_offset});
        !set)
      return set.error();
  }
  const std::unique_lock lock(mutex_);
  current_ = std::move(*file);
  files_.push_back(current_);
  return current_;
}

IoResult<void> IndexStore::insert(std::int32_t key_hash, std::int64_t physical_offset,
                                  std::int64_t store_timestamp_ms) {
  auto file = file_for_insert();
  if (!file) {
    fall_behind(physical_offset, file.error());
    return file.error();
  }
  const auto inserted = (*file)->insert(key_hash, physical_offset, store_timestamp_ms);
  if (inserted) {
    end_physical_offset_ = physical_offset;
    return {};
  }
  const bool is_damaged = inserted.error().number == EIO;
  fall_behind(is_damaged ? std::min(give_up_newest_file(), physical_offset) : physical_offset,
              inserted.error());
  return inserted;
}

void IndexStore::fall_behind(std::int64_t physical_offset, const IoError& reason) {
  const std::int64_t from = behind_ ? std::min(behind_->from, physical_offset) : physical_offset;
  behind_ = Behind{from, reason};
}

/// Deletes the newest file. Returns the first record that had entries in it.
std::int64_t IndexStore::give_up_newest_file() {
  const FilePtr damaged = current_;
  store_log().error("index file {} is damaged: it is made again from the log",
                    damaged->path().string());
  {
    const std::unique_lock lock(mutex_);
    files_.pop_back();
    synced_full_ = std::min(synced_full_, files_.size());
    use_newest_file();
  }
  if (const auto removed = file_system_.remove(damaged->path()); !removed)
    store_log().error("{}", removed.error().text);
  const IndexFile::Header header = damaged->header();
  return header.count > 1 ? header.begin_physical_offset : header.end_physical_offset;
}

/// Under mutex_.
void IndexStore::use_newest_file() {
  current_ = files_.empty() ? nullptr : files_.back();
  end_physical_offset_ = -1;
  if (!current_) return;
  const IndexFile::Header header = current_->header();
  end_physical_offset_ =
      header.count > 1 ? header.end_physical_offset : header.begin_physical_offset;
}

IndexStore::State IndexStore::state() const {
  if (!current_) return {};
  return {parse_number(current_->path().filename().string()).value_or(0), current_->header(),
          std::ssize(files())};
}

std::vector<IndexStore::FilePtr> IndexStore::files() const {
  const std::shared_lock lock(mutex_);
  return files_;
}

void IndexStore::report_unreadable(const IndexFile& file) const {
  // One line for a file, however many ask for its keys.
  const std::int64_t number = parse_number(file.path().filename().string()).value_or(0);
  if (last_unreadable_.exchange(number) != number)
    store_log().error("index file {}: the disk cannot read it; some keys are not found",
                      file.path().string());
}

IndexStore::Found IndexStore::query(std::int32_t key_hash, std::size_t count_max,
                                    const IndexFile::Wanted& wanted) const {
  Found found;
  const std::vector<FilePtr> all = files();
  if (!all.empty()) {
    const IndexFile::Header newest = all.back()->header();
    found.last_update_timestamp_ms = newest.end_timestamp_ms;
    found.last_update_physical_offset = newest.end_physical_offset;
  }
  for (auto file = all.rbegin(); file != all.rend() && found.physical_offsets.size() < count_max;
       ++file) {
    if ((*file)->may_hold(wanted) &&
        !(*file)->query(key_hash, wanted, count_max, found.physical_offsets)) {
      report_unreadable(**file);
    }
  }
  return found;
}

IoResult<std::int64_t> IndexStore::flush() {
  std::vector<FilePtr> all;
  std::size_t first = 0;
  {
    const std::shared_lock lock(mutex_);
    all = files_;
    first = synced_full_;
  }
  std::int64_t newest_full_end_ms = 0;
  std::size_t full = 0;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const bool is_full = all[i]->is_full();
    if (i >= first) {
      if (const auto synced = all[i]->sync(); !synced) return synced.error();
    }
    if (is_full) {
      newest_full_end_ms = all[i]->header().end_timestamp_ms;
      full = i + 1;
    }
  }
  if (first < all.size()) {
    if (const auto synced = file_system_.sync_directory(directory_); !synced) return synced.error();
  }
  const std::unique_lock lock(mutex_);
  // Files may have been deleted meanwhile: counting too few only syncs one twice.
  synced_full_ = std::min(full, files_.size() - std::min(files_.size(), all.size() - full));
  return newest_full_end_ms;
}

IoResult<int> IndexStore::remove_files_below(std::int64_t commit_log_min_offset) {
  int count = 0;
  for (;;) {
    FilePtr first;
    {
      const std::unique_lock lock(mutex_);
      if (files_.size() < 2 ||
          files_.front()->header().end_physical_offset >= commit_log_min_offset)
        return count;
      first = files_.front();
      files_.erase(files_.begin());
      if (synced_full_ > 0) --synced_full_;
    }
    if (const auto removed = file_system_.remove(first->path()); !removed) return removed.error();
    ++count;
  }
}

}  // namespace rocketmq::store
