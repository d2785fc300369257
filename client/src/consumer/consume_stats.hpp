#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace rocketmq::client {

/// The figures of one topic as GET_CONSUMER_RUNNING_INFO reports them: rates per second and times
/// in ms over the last minute, failures over the last hour.
struct TopicFigures {
  double pull_rt_ms = 0;
  double pull_tps = 0;
  double consume_rt_ms = 0;
  double consume_ok_tps = 0;
  double consume_failed_tps = 0;
  std::int64_t consume_failed = 0;
};

/// Counts what a consumer does with one topic. Safe on any thread; adding takes no lock.
class TopicStats {
 public:
  void add_pull(std::int64_t took_ms, std::int64_t messages);
  void add_consumed(std::int64_t took_ms, std::int64_t succeeded, std::int64_t failed);

  /// Keeps the counts as they are now; to be called every `sample_period_ms`.
  void sample(std::int64_t now_ms);
  TopicFigures figures(std::int64_t now_ms) const;

  static constexpr std::int64_t sample_period_ms = 10'000;

 private:
  /// All counts since the beginning.
  struct Counts {
    std::int64_t time_ms = 0;
    std::int64_t pulls = 0;
    std::int64_t pull_ms = 0;
    std::int64_t pulled = 0;
    std::int64_t calls = 0;
    std::int64_t call_ms = 0;
    std::int64_t succeeded = 0;
    std::int64_t failed = 0;
  };
  Counts counts(std::int64_t now_ms) const;

  std::atomic<std::int64_t> pulls_{0};
  std::atomic<std::int64_t> pull_ms_{0};
  std::atomic<std::int64_t> pulled_{0};
  std::atomic<std::int64_t> calls_{0};
  std::atomic<std::int64_t> call_ms_{0};
  std::atomic<std::int64_t> succeeded_{0};
  std::atomic<std::int64_t> failed_{0};
  mutable std::mutex mutex_;
  std::deque<Counts> samples_;  // guarded by mutex_; oldest first, one hour at most
};

/// The topics' counts of one consumer. Safe on any thread. One entry per topic ever consumed.
class ConsumeStats {
 public:
  std::shared_ptr<TopicStats> of(const std::string& topic);
  TopicFigures figures(const std::string& topic, std::int64_t now_ms) const;
  void sample(std::int64_t now_ms);

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<TopicStats>> topics_;  // guarded by mutex_
};

}  // namespace rocketmq::client
