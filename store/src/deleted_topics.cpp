#include "deleted_topics.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "rocketmq/common/crc32.hpp"
#include "rocketmq/common/shared_log.hpp"
#include "rocketmq/common/text.hpp"

namespace rocketmq::store {
namespace {

/// The file is written again when it has this many lines that later ones have overruled.
constexpr std::size_t overruled_lines_max = 1'000;

std::string line_of(std::string_view topic, std::int64_t end) {
  const std::string text = std::to_string(end) + " " + std::string(topic);
  return text + " " + std::to_string(masked_crc32(text)) + "\n";
}

std::optional<std::pair<std::string_view, std::int64_t>> parse_line(std::string_view line) {
  const auto first = line.find(' ');
  const auto last = line.rfind(' ');
  if (first == std::string_view::npos || last == first) return std::nullopt;
  const auto end = whole_number<std::int64_t>(line.substr(0, first));
  const auto crc = whole_number<std::int32_t>(line.substr(last + 1));
  if (!end || *end < 0 || crc != masked_crc32(line.substr(0, last))) return std::nullopt;
  return std::pair(line.substr(first + 1, last - first - 1), *end);
}

IoResult<void> write_all(File& file, std::string_view bytes, std::int64_t position) {
  while (!bytes.empty()) {
    const auto written = file.write_at(bytes, position);
    if (!written) return written.error();
    bytes.remove_prefix(*written);
    position += static_cast<std::int64_t>(*written);
  }
  return file.sync();
}

}  // namespace

void DeletedTopics::load() {
  const std::lock_guard file_lock(file_mutex_);
  const auto content = read();
  if (!content) {
    if (content.error().is_missing_file()) return;
    store_log().error("deleted topics may come back: {}", content.error().text);
    file_bytes_ = -1;
    return;
  }
  file_bytes_ = std::ssize(*content);
  Ends ends;
  std::string_view rest = *content;
  while (!rest.empty()) {
    const auto end_of_line = std::min(rest.find('\n'), rest.size());
    const std::string_view line = rest.substr(0, end_of_line);
    rest.remove_prefix(std::min(end_of_line + 1, rest.size()));
    ++lines_;
    const auto deletion = parse_line(line);
    if (!deletion) {
      // The last line may be torn: its deletion was not acknowledged then. A new line must not
      // continue it.
      store_log().warn("{}: line {} is damaged and is left out", file_.string(), lines_);
      file_bytes_ = -1;
      continue;
    }
    std::int64_t& known = ends[std::string(deletion->first)];
    known = std::max(known, deletion->second);
  }
  set_ends(std::move(ends));
}

IoResult<std::string> DeletedTopics::read() const {
  const auto file = file_system_.open(file_, OpenMode::ReadExisting);
  if (!file) return file.error();
  const auto size = (*file)->size();
  if (!size) return size.error();
  std::string content(static_cast<std::size_t>(*size), '\0');
  const auto got = (*file)->read_at(content.data(), content.size(), 0);
  if (!got) return got.error();
  content.resize(*got);
  return content;
}

void DeletedTopics::settle(std::int64_t log_begin, std::int64_t log_end) {
  const std::lock_guard file_lock(file_mutex_);
  bool is_changed = drop_useless(log_begin) || file_bytes_ < 0;
  Ends ends = ends_;
  for (auto& [topic, end] : ends) {
    if (end <= log_end) continue;
    end = log_end;
    is_changed = true;
  }
  if (!is_changed) return;
  set_ends(std::move(ends));
  rewrite_or_remove();
}

void DeletedTopics::forget_all() {
  const std::lock_guard file_lock(file_mutex_);
  if (ends_.empty()) return;
  set_ends({});
  rewrite_or_remove();
}

void DeletedTopics::rewrite_or_remove() {
  const auto written = rewrite();
  if (written) return;
  store_log().error("deleted topics may come back after a crash: {}", written.error().text);
  file_bytes_ = -1;
  if (const auto removed = file_system_.remove(file_); !removed)
    store_log().error("{}", removed.error().text);
}

IoResult<void> DeletedTopics::add(std::string_view topic, std::int64_t log_end,
                                  std::int64_t log_begin) {
  const std::lock_guard file_lock(file_mutex_);
  {
    const std::unique_lock lock(mutex_);
    std::int64_t& known = ends_.try_emplace(std::string(topic)).first->second;
    known = std::max(known, log_end);
    last_end_.store(std::max(last_end_.load(), log_end), std::memory_order_release);
  }
  const bool is_small =
      lines_ <= ends_.size() + overruled_lines_max && ends_.size() <= deletions_max;
  if (file_bytes_ >= 0 && is_small) return append(line_of(topic, log_end));
  (void)drop_useless(log_begin);
  return rewrite();
}

std::int64_t DeletedTopics::end_of(std::string_view topic) const {
  if (last_end_.load(std::memory_order_acquire) == 0) return 0;
  const std::shared_lock lock(mutex_);
  const auto found = ends_.find(topic);
  return found == ends_.end() ? 0 : found->second;
}

bool DeletedTopics::drop_useless(std::int64_t log_begin) {
  Ends ends = ends_;
  std::erase_if(ends, [log_begin](const auto& entry) { return entry.second <= log_begin; });
  if (ends.size() > deletions_max) {
    // A tenth, so that it is not done again for the next one.
    std::vector<std::int64_t> positions;
    positions.reserve(ends.size());
    for (const auto& [topic, end] : ends) positions.push_back(end);
    const auto oldest_kept = positions.begin() + deletions_max / 10;
    std::nth_element(positions.begin(), oldest_kept, positions.end());
    store_log().warn(
        "more than {} deleted topics: the oldest are forgotten, and may come back when queues are "
        "lost",
        deletions_max);
    std::erase_if(ends, [&](const auto& entry) { return entry.second < *oldest_kept; });
  }
  if (ends.size() == ends_.size()) return false;
  set_ends(std::move(ends));
  return true;
}

void DeletedTopics::set_ends(Ends ends) {
  std::int64_t last = 0;
  for (const auto& [topic, end] : ends) last = std::max(last, end);
  const std::unique_lock lock(mutex_);
  ends_ = std::move(ends);
  last_end_.store(last, std::memory_order_release);
}

IoResult<void> DeletedTopics::rewrite() {
  std::string content;
  for (const auto& [topic, end] : ends_) content += line_of(topic, end);
  const std::filesystem::path temporary = file_.string() + ".tmp";
  if (const auto removed = file_system_.remove(temporary); !removed) return removed;
  auto file = file_system_.open(temporary, OpenMode::CreateOrOpen);
  if (!file) return file.error();
  if (const auto written = write_all(**file, content, 0); !written) return written;
  if (const auto renamed = file_system_.rename(temporary, file_); !renamed) return renamed;
  file_bytes_ = std::ssize(content);
  lines_ = ends_.size();
  return file_system_.sync_directory(file_.parent_path());
}

IoResult<void> DeletedTopics::append(std::string_view line) {
  const bool is_first = file_bytes_ == 0;
  auto file = file_system_.open(file_, OpenMode::CreateOrOpen);
  if (!file) return file.error();
  if (const auto written = write_all(**file, line, file_bytes_); !written) return written;
  file_bytes_ += std::ssize(line);
  ++lines_;
  if (is_first) return file_system_.sync_directory(file_.parent_path());
  return {};
}

}  // namespace rocketmq::store
