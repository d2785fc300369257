#include "producer/broker_latency.hpp"

#include <algorithm>
#include <array>
#include <tuple>
#include <vector>

namespace rocketmq::client {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr milliseconds failed_latency{30'000};

/// A send that took `latency` or longer keeps its broker unavailable for `pause`.
struct Step {
  milliseconds latency;
  milliseconds pause;
};
constexpr std::array<Step, 5> steps{{{milliseconds(15'000), seconds(600)},
                                     {milliseconds(3'000), seconds(180)},
                                     {milliseconds(2'000), seconds(120)},
                                     {milliseconds(1'000), seconds(60)},
                                     {milliseconds(550), seconds(30)}}};

milliseconds pause_after(milliseconds latency) {
  for (const Step& step : steps) {
    if (latency >= step.latency) return step.pause;
  }
  return milliseconds(0);
}

}  // namespace

void BrokerLatency::record(const std::string& broker, milliseconds latency, bool failed, Time now) {
  const milliseconds counted = failed ? failed_latency : latency;
  const std::scoped_lock lock(mutex_);
  entries_[broker] = {counted, now + pause_after(counted)};
}

bool BrokerLatency::is_available(const std::string& broker, Time now) const {
  const std::scoped_lock lock(mutex_);
  const auto found = entries_.find(broker);
  return found == entries_.end() || found->second.available_from <= now;
}

std::optional<std::string> BrokerLatency::pick_better(Time now) {
  const std::scoped_lock lock(mutex_);
  if (entries_.empty()) return std::nullopt;
  std::vector<const std::pair<const std::string, Entry>*> sorted;
  for (const auto& entry : entries_) sorted.push_back(&entry);
  const auto worth = [now](const auto* entry) {
    const Entry& known = entry->second;
    return std::make_tuple(known.available_from > now, known.latency, known.available_from);
  };
  std::sort(sorted.begin(), sorted.end(),
            [&](const auto* a, const auto* b) { return worth(a) < worth(b); });
  const std::size_t half = std::max<std::size_t>(sorted.size() / 2, 1);
  return sorted[next_++ % half]->first;
}

void BrokerLatency::forget(const std::string& broker) {
  const std::scoped_lock lock(mutex_);
  entries_.erase(broker);
}

}  // namespace rocketmq::client
