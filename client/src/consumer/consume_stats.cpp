#include "consumer/consume_stats.hpp"

#include <algorithm>

namespace rocketmq::client {
namespace {

constexpr std::int64_t minute_ms = 60'000;
constexpr std::int64_t hour_ms = 3'600'000;

double per_second(std::int64_t count, std::int64_t ms) {
  return ms <= 0 ? 0.0 : static_cast<double>(count) * 1000.0 / static_cast<double>(ms);
}

double mean(std::int64_t sum, std::int64_t count) {
  return count <= 0 ? 0.0 : static_cast<double>(sum) / static_cast<double>(count);
}

}  // namespace

void TopicStats::add_pull(std::int64_t took_ms, std::int64_t messages) {
  pulls_.fetch_add(1, std::memory_order_relaxed);
  pull_ms_.fetch_add(took_ms, std::memory_order_relaxed);
  pulled_.fetch_add(messages, std::memory_order_relaxed);
}

void TopicStats::add_consumed(std::int64_t took_ms, std::int64_t succeeded, std::int64_t failed) {
  calls_.fetch_add(1, std::memory_order_relaxed);
  call_ms_.fetch_add(took_ms, std::memory_order_relaxed);
  succeeded_.fetch_add(succeeded, std::memory_order_relaxed);
  if (failed > 0) failed_.fetch_add(failed, std::memory_order_relaxed);
}

TopicStats::Counts TopicStats::counts(std::int64_t now_ms) const {
  constexpr auto relaxed = std::memory_order_relaxed;
  return {now_ms,
          pulls_.load(relaxed),
          pull_ms_.load(relaxed),
          pulled_.load(relaxed),
          calls_.load(relaxed),
          call_ms_.load(relaxed),
          succeeded_.load(relaxed),
          failed_.load(relaxed)};
}

void TopicStats::sample(std::int64_t now_ms) {
  const std::scoped_lock lock(mutex_);
  samples_.push_back(counts(now_ms));
  while (samples_.front().time_ms < now_ms - hour_ms) samples_.pop_front();
}

TopicFigures TopicStats::figures(std::int64_t now_ms) const {
  const Counts now = counts(now_ms);
  const std::scoped_lock lock(mutex_);
  if (samples_.empty()) return {};
  const auto a_minute_ago =
      std::find_if(samples_.begin(), samples_.end(), [&](const Counts& sample) {
        return sample.time_ms >= now_ms - minute_ms - sample_period_ms;
      });
  const Counts& begin = a_minute_ago == samples_.end() ? samples_.back() : *a_minute_ago;
  const std::int64_t span_ms = now.time_ms - begin.time_ms;
  return {.pull_rt_ms = mean(now.pull_ms - begin.pull_ms, now.pulls - begin.pulls),
          .pull_tps = per_second(now.pulled - begin.pulled, span_ms),
          .consume_rt_ms = mean(now.call_ms - begin.call_ms, now.calls - begin.calls),
          .consume_ok_tps = per_second(now.succeeded - begin.succeeded, span_ms),
          .consume_failed_tps = per_second(now.failed - begin.failed, span_ms),
          .consume_failed = now.failed - samples_.front().failed};
}

std::shared_ptr<TopicStats> ConsumeStats::of(const std::string& topic) {
  const std::scoped_lock lock(mutex_);
  auto& stats = topics_[topic];
  if (stats == nullptr) stats = std::make_shared<TopicStats>();
  return stats;
}

TopicFigures ConsumeStats::figures(const std::string& topic, std::int64_t now_ms) const {
  const std::scoped_lock lock(mutex_);
  const auto found = topics_.find(topic);
  return found == topics_.end() ? TopicFigures{} : found->second->figures(now_ms);
}

void ConsumeStats::sample(std::int64_t now_ms) {
  const std::scoped_lock lock(mutex_);
  for (const auto& [topic, stats] : topics_) stats->sample(now_ms);
}

}  // namespace rocketmq::client
