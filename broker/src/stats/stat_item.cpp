#include "stats/stat_item.hpp"

namespace rocketmq::broker {

void StatWindow::push(const StatSample& sample) {
  if (samples_.size() == samples_max_) samples_.erase(samples_.begin());
  samples_.push_back(sample);
}

remoting::StatsFigure StatWindow::figure(const StatSample& now) const {
  if (samples_.empty()) return {};
  const StatSample& from = samples_.front();
  remoting::StatsFigure figure{.sum = now.value - from.value};
  const std::int64_t elapsed_ms = now.at_ms - from.at_ms;
  const std::int64_t times = now.times - from.times;
  const auto sum = static_cast<double>(figure.sum);
  if (elapsed_ms > 0) figure.per_second = sum * 1'000.0 / static_cast<double>(elapsed_ms);
  if (times > 0) figure.per_time = sum / static_cast<double>(times);
  return figure;
}

bool StatWindow::is_flat(const StatSample& now) const {
  return samples_.size() == samples_max_ && samples_.front().value == now.value;
}

void StatWindow::reset(const StatSample& now) {
  samples_.clear();
  samples_.push_back(now);
  samples_.shrink_to_fit();
}

StatItem::StatItem(std::int64_t begin_ms) : latest_{.at_ms = begin_ms} { rest(); }

void StatItem::sample(const StatSample& now, Due due) {
  latest_ = now;
  minute_.push(now);
  if (due.hour) hour_.push(now);
  if (due.day) day_.push(now);
}

void StatItem::rest() {
  minute_.reset(latest_);
  hour_.reset(latest_);
  day_.reset(latest_);
}

remoting::BrokerStatsData StatItem::data() const {
  return {.minute = minute_.figure(latest_),
          .hour = hour_.figure(latest_),
          .day = day_.figure(latest_)};
}

}  // namespace rocketmq::broker
