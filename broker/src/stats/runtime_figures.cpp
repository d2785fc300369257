#include "stats/runtime_figures.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>
#include <filesystem>

#include "rocketmq/common/version.hpp"
#include "rocketmq/protocol/remoting_command.hpp"

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

std::string decimals(const char* format, double value) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), format, value);
  return text.data();
}

std::string capacity_text(const std::filesystem::path& path) {
  std::error_code failure;
  const auto space = std::filesystem::space(path, failure);
  if (failure) return "Total : 0, Free : 0.";
  const auto gibibytes = [](std::uintmax_t bytes) {
    return decimals("%.1f GiB", static_cast<double>(bytes) / (1'024.0 * 1'024.0 * 1'024.0));
  };
  return "Total : " + gibibytes(space.capacity) + ", Free : " + gibibytes(space.available) + ".";
}

}  // namespace

RuntimeFigures::RuntimeFigures(const BrokerSettings& settings, const Clock& clock,
                               const store::MessageStore& store, const BrokerStatsManager& stats,
                               const WorkerPool& read_pool)
    : config_(settings.broker),
      store_config_(settings.store),
      clock_(clock),
      store_(store),
      stats_(stats),
      read_pool_(read_pool),
      boot_ms_(clock.now_ms()) {
  samples_.push_back(take_sample());
  totals_.day = local_day(boot_ms_);
}

RuntimeFigures::Sample RuntimeFigures::take_sample() const {
  return {clock_.steady_now(), store_.figures()};
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

std::string RuntimeFigures::rates(const Sample& now,
                                  std::int64_t (*count_of)(const StoreFigures&)) const {
  std::string text;
  for (const auto span :
       {std::chrono::seconds(10), std::chrono::seconds(60), std::chrono::seconds(600)}) {
    const Sample& from = sample_before(now.at, span);
    const double seconds = std::chrono::duration<double>(now.at - from.at).count();
    const auto count = static_cast<double>(count_of(now.figures) - count_of(from.figures));
    text += (text.empty() ? "" : " ") + decimals("%.3f", seconds > 0 ? count / seconds : 0.0);
  }
  return text;
}

std::string RuntimeFigures::runtime_text() const {
  const std::int64_t seconds = (clock_.now_ms() - boot_ms_) / 1'000;
  return "[ " + std::to_string(seconds / 86'400) + " days, " +
         std::to_string(seconds / 3'600 % 24) + " hours, " + std::to_string(seconds / 60 % 60) +
         " minutes, " + std::to_string(seconds % 60) + " seconds ]";
}

void RuntimeFigures::add_store_figures(const StoreFigures& figures,
                                       std::map<std::string, std::string>& out) const {
  out["commitLogMinOffset"] = std::to_string(figures.commit_log_min_offset);
  out["commitLogMaxOffset"] = std::to_string(figures.commit_log_max_offset);
  out["dispatchBehindBytes"] =
      std::to_string(figures.commit_log_max_offset - figures.dispatched_offset);
  out["remainHowManyDataToFlush"] =
      std::to_string(figures.commit_log_max_offset - figures.flushed_offset) + " B";
  out["commitLogDiskRatio"] = decimals("%.6f", figures.commit_log_disk_ratio);
  out["consumeQueueDiskRatio"] = decimals("%.6f", figures.consume_queue_disk_ratio);
  out["commitLogDirCapacity"] = capacity_text(store_config_.commit_log_path());
  out["putMessageTimesTotal"] = std::to_string(figures.put_messages);
  out["putMessageFailedTimes"] = std::to_string(figures.put_failures);
  out["putMessageSizeTotal"] = std::to_string(figures.put_bytes);
  out["putMessageEntireTimeMax"] = std::to_string(figures.put_times.longest.count());
  const double average = figures.put_messages > 0 ? static_cast<double>(figures.put_bytes) /
                                                        static_cast<double>(figures.put_messages)
                                                  : 0.0;
  out["putMessageAverageSize"] = decimals("%.1f", average);
}

void RuntimeFigures::add_put_times(const store::PutTimes& last_minute,
                                   std::map<std::string, std::string>& out) {
  using std::chrono::milliseconds;
  struct Class {
    const char* name;
    milliseconds from;
  };
  constexpr std::array<Class, 13> classes{{{"[<=0ms]", milliseconds(0)},
                                           {"[0~10ms]", milliseconds(1)},
                                           {"[10~50ms]", milliseconds(10)},
                                           {"[50~100ms]", milliseconds(50)},
                                           {"[100~200ms]", milliseconds(100)},
                                           {"[200~500ms]", milliseconds(200)},
                                           {"[500ms~1s]", milliseconds(500)},
                                           {"[1~2s]", milliseconds(1'000)},
                                           {"[2~3s]", milliseconds(2'000)},
                                           {"[3~4s]", milliseconds(3'000)},
                                           {"[4~5s]", milliseconds(4'000)},
                                           {"[5~10s]", milliseconds(5'000)},
                                           {"[10s~]", milliseconds(10'000)}}};
  std::string text;
  for (std::size_t i = 0; i < classes.size(); ++i) {
    const auto to = i + 1 < classes.size() ? std::chrono::microseconds(classes[i + 1].from)
                                           : std::chrono::microseconds::max();
    text += std::string(classes[i].name) + ":" +
            std::to_string(last_minute.between(classes[i].from, to)) + " ";
  }
  out["putMessageDistributeTime"] = text;
  const auto latency = [&](double share) {
    return decimals("%.2f", static_cast<double>(last_minute.percentile(share).count()) / 1'000.0);
  };
  out["putLatency99"] = latency(0.99);
  out["putLatency999"] = latency(0.999);
}

std::map<std::string, std::string> RuntimeFigures::table() const {
  const Sample now = take_sample();
  std::map<std::string, std::string> out;
  out["brokerVersion"] = std::to_string(remoting::version::own);
  // What the release would be called whose requests this broker serves, as tools read it, and ours.
  out["brokerVersionDesc"] = "V4_9_8_cpp_" + std::string(version());
  out["bootTimestamp"] = std::to_string(boot_ms_);
  out["runtime"] = runtime_text();
  add_store_figures(now.figures, out);
  {
    const std::lock_guard lock(mutex_);
    out["putTps"] = rates(now, [](const StoreFigures& f) { return f.put_messages; });
    out["getTransferedTps"] = rates(now, [](const StoreFigures& f) { return f.get_messages; });
    out["getTransferredTps"] = out["getTransferedTps"];
    out["getFoundTps"] = rates(now, [](const StoreFigures& f) { return f.get_found; });
    out["getMissTps"] = rates(now, [](const StoreFigures& f) { return f.get_missed; });
    out["getTotalTps"] =
        rates(now, [](const StoreFigures& f) { return f.get_found + f.get_missed; });
    add_put_times(now.figures.put_times.since(
                      sample_before(now.at, std::chrono::seconds(60)).figures.put_times),
                  out);
    out["msgPutTotalYesterdayMorning"] = std::to_string(totals_.put_yesterday_morning);
    out["msgPutTotalTodayMorning"] = std::to_string(totals_.put_today_morning);
    out["msgPutTotalTodayNow"] = std::to_string(now.figures.put_messages);
    out["msgGetTotalYesterdayMorning"] = std::to_string(totals_.get_yesterday_morning);
    out["msgGetTotalTodayMorning"] = std::to_string(totals_.get_today_morning);
    out["msgGetTotalTodayNow"] = std::to_string(now.figures.get_messages);
  }
  // Sends and pulls run on the connections' own threads: there is no queue in which they could
  // wait. Tools divide by the capacities.
  for (const char* key : {"sendThreadPoolQueueSize", "sendThreadPoolQueueHeadWaitTimeMills",
                          "pullThreadPoolQueueSize", "pullThreadPoolQueueHeadWaitTimeMills",
                          "litePullThreadPoolQueueSize", "litePullThreadPoolQueueHeadWaitTimeMills",
                          "queryThreadPoolQueueHeadWaitTimeMills", "pageCacheLockTimeMills",
                          "remainTransientStoreBufferNumbs", "dispatchMaxBuffer"}) {
    out[key] = "0";
  }
  out["sendThreadPoolQueueCapacity"] = std::to_string(config_.send_thread_pool_queue_capacity);
  out["pullThreadPoolQueueCapacity"] = std::to_string(config_.pull_thread_pool_queue_capacity);
  out["litePullThreadPoolQueueCapacity"] = out["pullThreadPoolQueueCapacity"];
  const auto earliest = store_.message_at(now.figures.commit_log_min_offset);
  out["earliestMessageTimeStamp"] =
      std::to_string(earliest ? earliest->record.store_timestamp_ms : -1);
  out["startAcceptSendRequestTimeStamp"] =
      std::to_string(config_.start_accept_send_request_time_stamp_ms);
  out["getMessageEntireTimeMax"] = std::to_string(stats_.longest_get().count());
  out["queryThreadPoolQueueSize"] = std::to_string(read_pool_.queue_size());
  out["queryThreadPoolQueueCapacity"] = std::to_string(read_pool_.queue_capacity());
  // The ends of transactions wait for the threads that read from disk.
  out["EndTransactionQueueSize"] = out["queryThreadPoolQueueSize"];
  out["EndTransactionThreadPoolQueueCapacity"] = out["queryThreadPoolQueueCapacity"];
  return out;
}

}  // namespace rocketmq::broker
