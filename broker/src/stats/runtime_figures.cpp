#include "stats/runtime_figures.hpp"

#include <algorithm>
#include <ctime>

namespace rocketmq::broker {
namespace {

using store::StoreFigures;

/// Samples of 600 s and one more to compare with.
constexpr std::size_t samples_max = 61;

std::int64_t local_day(std::int64_t now_ms) {
  const std::time_t seconds = now_ms / 1'000;
  std::tm local{};
  localtime_r(&seconds, &local);
  return (now_ms / 1'000 + local.tm_gmtoff) / 86'400;
}

}  // namespace

RuntimeFigures::RuntimeFigures(const BrokerSettings& settings, const Clock& clock,
                               const store::StoreAdministration& administration,
                               const store::MessageReader& reader, const BrokerStatsManager& stats,
                               const WorkerPool& read_pool)
    : config_(settings.broker),
      store_config_(settings.store),
      clock_(clock),
      administration_(administration),
      reader_(reader),
      stats_(stats),
      read_pool_(read_pool),
      boot_ms_(clock.now_ms()) {
  samples_.push_back(take_sample());
  totals_.day = local_day(boot_ms_);
}

RuntimeFigures::Sample RuntimeFigures::take_sample() const {
  return {clock_.steady_now(), administration_.figures()};
}

void RuntimeFigures::tick() {
  const Sample sample = take_sample();
  const std::int64_t day = local_day(clock_.now_ms());
  const std::lock_guard lock(mutex_);
  samples_.push_back(sample);
  if (samples_.size() > samples_max) samples_.pop_front();
  if (day == totals_.day) return;
  totals_.put_yesterday_morning = totals_.put_today_morning;
  totals_.get_yesterday_morning = totals_.get_today_morning;
  totals_.put_today_morning = sample.figures.put_messages;
  totals_.get_today_morning = sample.figures.get_messages;
  totals_.day = day;
}

const RuntimeFigures::Sample& RuntimeFigures::sample_before(
    std::chrono::steady_clock::time_point now, std::chrono::seconds span) const {
  const auto found = std::find_if(samples_.rbegin(), samples_.rend(),
                                  [&](const Sample& sample) { return now - sample.at >= span; });
  return found == samples_.rend() ? samples_.front() : *found;
}

FigureRates RuntimeFigures::rates(const Sample& now,
                                  std::int64_t (*count_of)(const StoreFigures&)) const {
  const auto over = [&](std::chrono::seconds span) {
    const Sample& from = sample_before(now.at, span);
    const double seconds = std::chrono::duration<double>(now.at - from.at).count();
    const auto count = static_cast<double>(count_of(now.figures) - count_of(from.figures));
    return seconds > 0 ? count / seconds : 0.0;
  };
  return {.last_10_s = over(std::chrono::seconds(10)),
          .last_60_s = over(std::chrono::seconds(60)),
          .last_600_s = over(std::chrono::seconds(600))};
}

RuntimeFigures::Now RuntimeFigures::now() const {
  const Sample sample = take_sample();
  const std::chrono::seconds running((clock_.now_ms() - boot_ms_) / 1'000);
  const std::lock_guard lock(mutex_);
  return {.of = *this,
          .store = sample.figures,
          .running = running,
          .totals = totals_,
          .put = rates(sample, [](const StoreFigures& f) { return f.put_messages; }),
          .get = rates(sample, [](const StoreFigures& f) { return f.get_messages; }),
          .found = rates(sample, [](const StoreFigures& f) { return f.get_found; }),
          .missed = rates(sample, [](const StoreFigures& f) { return f.get_missed; }),
          .found_or_missed =
              rates(sample, [](const StoreFigures& f) { return f.get_found + f.get_missed; }),
          .put_times = sample.figures.put_times.since(
              sample_before(sample.at, std::chrono::seconds(60)).figures.put_times)};
}

}  // namespace rocketmq::broker
