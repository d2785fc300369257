#include "file_cleaner.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <ctime>
#include <string_view>
#include <utility>

#include "file_names.hpp"
#include "rocketmq/common/shared_log.hpp"
#include "rocketmq/common/text.hpp"

namespace rocketmq::store {
namespace {

constexpr int files_per_round_max = 10;

double percent(std::int32_t ratio) { return ratio / 100.0; }

}  // namespace

FileCleaner::FileCleaner(FileSystem& file_system, const StoreConfig& config, const Clock& clock,
                         CommitLog& log, ConsumeQueueStore& queues, IndexStore* index,
                         const DispatchService& dispatch, WriteGate& gate,
                         SpaceAllowance& allowance)
    : file_system_(file_system),
      config_(config),
      clock_(clock),
      log_(log),
      queues_(queues),
      index_(index),
      dispatch_(dispatch),
      gate_(gate),
      allowance_(allowance) {}

void FileCleaner::look_at_disk() {
  const std::lock_guard lock(look_mutex_);
  const auto log_disk = file_system_.disk_space(log_.files().directory());
  const auto queue_disk = file_system_.disk_space(config_.store_path_root_dir);
  if (!log_disk || !queue_disk) {
    if (std::exchange(is_usage_known_, false))
      store_log().error("disk usage: {}", (log_disk ? queue_disk : log_disk).error().text);
    return;
  }
  if (!std::exchange(is_usage_known_, true)) store_log().info("disk usage: it is known again");
  commit_log_ratio_ = log_disk->used_ratio();
  consume_queue_ratio_ = queue_disk->used_ratio();
  const DiskSpace& fuller = commit_log_ratio_ < consume_queue_ratio_ ? *queue_disk : *log_disk;
  const double fullest = fuller.used_ratio();
  if (fullest > percent(config_.disk_space_warning_level_ratio)) {
    if (!gate_.is_closed_for(WriteGate::Reason::DiskFull))
      store_log().error(
          "physic disk maybe full soon: {:.1f} % are used; the store takes no messages",
          fullest * 100);
    gate_.close(WriteGate::Reason::DiskFull,
                "the disk of the store is full: more than " +
                    std::to_string(config_.disk_space_warning_level_ratio) + " % are used");
  } else if (gate_.is_closed_for(WriteGate::Reason::DiskFull)) {
    store_log().info("the disk has space again; the store takes messages");
    gate_.open(WriteGate::Reason::DiskFull);
  }
  const bool was_slowing = allowance_.is_slowing();
  allowance_.look(fuller, percent(config_.disk_space_warning_level_ratio), log_.committed_offset(),
                  clock_.steady_now());
  if (allowance_.is_slowing() && !was_slowing) {
    store_log().warn(
        "the disk of the store is nearly full: {:.1f} % are used; sends are slowed down",
        fullest * 100);
  } else if (was_slowing && !allowance_.is_slowing()) {
    store_log().info("the disk has space again; sends are no longer slowed down");
  }
}

bool FileCleaner::is_hour_to_delete() const {
  const std::time_t seconds = clock_.now_ms() / 1000;
  std::tm local{};
  ::localtime_r(&seconds, &local);
  const std::string configured = config_.delete_when.get();
  std::string_view hours = configured;
  while (!hours.empty()) {
    const auto end = std::min(hours.find(';'), hours.size());
    const auto hour = parse_number(trim(hours.substr(0, end)));
    hours.remove_prefix(std::min(end + 1, hours.size()));
    if (hour && *hour == local.tm_hour) return true;
  }
  return false;
}

int FileCleaner::remove_commit_log_files(bool at_once) {
  int count = 0;
  while (count < files_per_round_max) {
    const auto files = log_.files().files();
    if (files.size() < 2) break;
    const auto& first = files.front();
    // Not before it is flushed and in the queues.
    if (first->end() > std::min(log_.flushed_offset(), dispatch_.dispatched_offset())) break;
    const auto status = file_system_.status(first->path());
    if (!status) {
      store_log().error("{}", status.error().text);
      break;
    }
    const std::int64_t reserved_ms = config_.file_reserved_time_hours * 3'600'000LL;
    if (!at_once && clock_.now_ms() < status->modified_ms + reserved_ms) break;
    const auto removed = log_.files().remove_first();
    if (!removed) {
      store_log().error("disk space will be full soon, but delete file failed. {}",
                        removed.error().text);
      break;
    }
    store_log().info("deleted {}", first->path().string());
    ++count;
  }
  return count;
}

bool FileCleaner::follow_commit_log() {
  const std::int64_t min_offset = log_.min_offset();
  if (min_offset == followed_min_offset_) return false;
  const auto queue_files = queues_.remove_files_below(min_offset);
  if (!queue_files) {
    store_log().error("{}", queue_files.error().text);
    return true;
  }
  int count = *queue_files;
  if (index_ != nullptr) {
    const auto index_files = index_->remove_files_below(min_offset);
    if (!index_files) {
      store_log().error("{}", index_files.error().text);
      return true;
    }
    count += *index_files;
  }
  followed_min_offset_ = min_offset;
  return count > 0;
}

bool FileCleaner::tick(bool may_delete) {
  log_.files().release_removed();
  look_at_disk();
  if (gate_.is_closed_for(WriteGate::Reason::OutOfSpace)) {
    store_log().info("trying to write again");
    log_.retry_after_out_of_space();
  }
  const bool is_asked_to_delete = delete_expired_.exchange(false);
  const bool is_asked_to_clean = clean_queues_.exchange(false);
  if (!may_delete && !is_asked_to_delete && !is_asked_to_clean) return false;
  const double fullest = std::max(commit_log_ratio_.load(), consume_queue_ratio_.load());
  const int max_ratio = std::clamp(config_.disk_max_used_space_ratio.get(), 10, 95);
  const bool at_once = config_.clean_file_forcibly_enable &&
                       fullest > percent(config_.disk_space_clean_forcibly_ratio);
  const bool is_time = at_once || fullest > percent(max_ratio) || is_hour_to_delete();
  if (is_asked_to_delete || (may_delete && is_time)) {
    if (remove_commit_log_files(may_delete && at_once) > 0) look_at_disk();
  }
  if (is_asked_to_clean) followed_min_offset_ = -1;
  return follow_commit_log();
}

}  // namespace rocketmq::store
