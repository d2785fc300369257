// The figures of the broker as a whole, one row each.
#include <array>
#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

#include "rocketmq/common/version.hpp"
#include "rocketmq/protocol/remoting_command.hpp"
#include "stats/runtime_figures.hpp"

namespace rocketmq::broker {

/// How the rows read what belongs to RuntimeFigures.
struct RuntimeFigureRows {
  using Now = RuntimeFigures::Now;

  static FigureValue boot_time(const Now& now) { return now.of.boot_ms_; }
  static FigureValue log_capacity(const Now& now) {
    return capacity_text(now.of.store_config_.commit_log_path());
  }
  static FigureValue earliest_message(const Now& now) {
    const auto earliest = now.of.reader_.message_at(now.store.commit_log_min_offset);
    return earliest ? earliest->record.store_timestamp_ms : std::int64_t{-1};
  }
  static FigureValue accepts_sends_from(const Now& now) {
    return std::int64_t{now.of.config_.start_accept_send_request_time_stamp_ms};
  }
  static FigureValue longest_get(const Now& now) {
    return std::int64_t{now.of.stats_.longest_get().count()};
  }
  static FigureValue sends_max(const Now& now) {
    return std::int64_t{now.of.config_.send_thread_pool_queue_capacity};
  }
  static FigureValue pulls_max(const Now& now) {
    return std::int64_t{now.of.config_.pull_thread_pool_queue_capacity};
  }
  static FigureValue reads_waiting(const Now& now) {
    return static_cast<std::int64_t>(now.of.read_pool_.queue_size());
  }
  static FigureValue reads_max(const Now& now) {
    return static_cast<std::int64_t>(now.of.read_pool_.queue_capacity());
  }

  static std::string capacity_text(const std::filesystem::path& path) {
    std::error_code failure;
    const auto space = std::filesystem::space(path, failure);
    if (failure) return "Total : 0, Free : 0.";
    const auto gibibytes = [](std::uintmax_t bytes) {
      std::array<char, 64> text{};
      std::snprintf(text.data(), text.size(), "%.1f GiB",
                    static_cast<double>(bytes) / (1'024.0 * 1'024.0 * 1'024.0));
      return std::string(text.data());
    };
    return "Total : " + gibibytes(space.capacity) + ", Free : " + gibibytes(space.available) + ".";
  }
};

namespace {
namespace runtime_rows {

using Now = RuntimeFigures::Now;
using Rows = RuntimeFigureRows;
using enum FigureKind;

std::string running_text(std::chrono::seconds running) {
  const std::int64_t seconds = running.count();
  return "[ " + std::to_string(seconds / 86'400) + " days, " +
         std::to_string(seconds / 3'600 % 24) + " hours, " + std::to_string(seconds / 60 % 60) +
         " minutes, " + std::to_string(seconds % 60) + " seconds ]";
}

double average_size(const store::StoreFigures& figures) {
  return figures.put_messages > 0
             ? static_cast<double>(figures.put_bytes) / static_cast<double>(figures.put_messages)
             : 0.0;
}

std::vector<FigureClass> put_time_classes(const store::PutTimes& times) {
  using std::chrono::milliseconds;
  struct Class {
    std::string_view name;
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
  std::vector<FigureClass> counts;
  for (std::size_t i = 0; i < classes.size(); ++i) {
    const auto to = i + 1 < classes.size() ? std::chrono::microseconds(classes[i + 1].from)
                                           : std::chrono::microseconds::max();
    counts.push_back({classes[i].name, times.between(classes[i].from, to)});
  }
  return counts;
}

double percentile_ms(const store::PutTimes& times, double share) {
  return static_cast<double>(times.percentile(share).count()) / 1'000.0;
}

/// Tools look for the key; here nothing of the kind exists.
FigureValue zero(const Now&) { return std::int64_t{0}; }

// clang-format off
constexpr FigureRow<Now> rows[] = {
    // name                                      kind          unit          meaning                                                      shown in          decimals, suffix   read
    {{"brokerVersion",                           Text,         "",           "ordinal of the release whose requests are served",          in_runtime_info}, [](const Now&) -> FigureValue { return std::int64_t{remoting::version::own}; }},
    {{"brokerVersionDesc",                       Text,         "",           "name of that release, as tools read it, and the own version", in_runtime_info}, [](const Now&) -> FigureValue { return "V4_9_8_cpp_" + std::string(version()); }},
    {{"bootTimestamp",                           Gauge,        "ms",         "time of the start",                                         in_runtime_info}, Rows::boot_time},
    {{"runtime",                                 Text,         "",           "time since the start",                                      in_runtime_info}, [](const Now& now) -> FigureValue { return running_text(now.running); }},
    {{"brokerActive",                            Text,         "",           "always true: tools of 5.x look for it",                     in_runtime_info}, [](const Now&) -> FigureValue { return "true"; }},
    {{"startAcceptSendRequestTimeStamp",         Gauge,        "ms",         "time before which no send is accepted; 0: none",            in_runtime_info}, Rows::accepts_sends_from},

    {{"putMessageTimesTotal",                    Counter,      "messages",   "messages put",                                              in_both},         [](const Now& now) -> FigureValue { return now.store.put_messages; }},
    {{"putMessageFailedTimes",                   Counter,      "messages",   "messages that the store refused",                           in_both},         [](const Now& now) -> FigureValue { return now.store.put_failures; }},
    {{"slaveLagWaits",                           Counter,      "messages",   "messages that waited because a slave in step was asyncSlaveLagMax behind", in_state_line}, [](const Now& now) -> FigureValue { return now.store.paced_puts; }},
    {{"putMessageSizeTotal",                     Counter,      "bytes",      "bytes put",                                                 in_runtime_info}, [](const Now& now) -> FigureValue { return now.store.put_bytes; }},
    {{"putMessageAverageSize",                   Gauge,        "bytes",      "average size of a message put",                             in_runtime_info, 1}, [](const Now& now) -> FigureValue { return average_size(now.store); }},
    {{"putTps",                                  Rate,         "messages/s", "messages put",                                              in_runtime_info}, [](const Now& now) -> FigureValue { return now.put; }},
    {{"putMessageEntireTimeMax",                 Gauge,        "ms",         "longest put",                                               in_runtime_info}, [](const Now& now) -> FigureValue { return std::int64_t{now.store.put_times.longest.count()}; }},
    {{"putMessageDistributeTime",                Distribution, "puts",       "puts of the last minute, by how long they took",            in_runtime_info}, [](const Now& now) -> FigureValue { return put_time_classes(now.put_times); }},
    {{"putLatency99",                            Gauge,        "ms",         "time within which 99 % of the puts of the last minute were done",   in_runtime_info, 2}, [](const Now& now) -> FigureValue { return percentile_ms(now.put_times, 0.99); }},
    {{"putLatency999",                           Gauge,        "ms",         "time within which 99.9 % of the puts of the last minute were done", in_runtime_info, 2}, [](const Now& now) -> FigureValue { return percentile_ms(now.put_times, 0.999); }},
    {{"msgPutTotalYesterdayMorning",             Counter,      "messages",   "messages put before yesterday began",                       in_runtime_info}, [](const Now& now) -> FigureValue { return now.totals.put_yesterday_morning; }},
    {{"msgPutTotalTodayMorning",                 Counter,      "messages",   "messages put before today began",                           in_runtime_info}, [](const Now& now) -> FigureValue { return now.totals.put_today_morning; }},
    {{"msgPutTotalTodayNow",                     Counter,      "messages",   "messages put until now",                                    in_runtime_info}, [](const Now& now) -> FigureValue { return now.store.put_messages; }},

    {{"getMessages",                             Counter,      "messages",   "messages that clients read",                                in_state_line},   [](const Now& now) -> FigureValue { return now.store.get_messages; }},
    {{"getTransferedTps",                        Rate,         "messages/s", "messages that clients read",                                in_runtime_info}, [](const Now& now) -> FigureValue { return now.get; }},
    {{"getTransferredTps",                       Rate,         "messages/s", "the same in the spelling of 5.x",                           in_runtime_info}, [](const Now& now) -> FigureValue { return now.get; }},
    {{"getFoundTps",                             Rate,         "reads/s",    "reads of clients that found messages",                      in_runtime_info}, [](const Now& now) -> FigureValue { return now.found; }},
    {{"getMissTps",                              Rate,         "reads/s",    "reads of clients that found none",                          in_runtime_info}, [](const Now& now) -> FigureValue { return now.missed; }},
    {{"getTotalTps",                             Rate,         "reads/s",    "reads of clients",                                          in_runtime_info}, [](const Now& now) -> FigureValue { return now.found_or_missed; }},
    {{"getMessageEntireTimeMax",                 Gauge,        "ms",         "longest read",                                              in_runtime_info}, Rows::longest_get},
    {{"msgGetTotalYesterdayMorning",             Counter,      "messages",   "messages read before yesterday began",                      in_runtime_info}, [](const Now& now) -> FigureValue { return now.totals.get_yesterday_morning; }},
    {{"msgGetTotalTodayMorning",                 Counter,      "messages",   "messages read before today began",                          in_runtime_info}, [](const Now& now) -> FigureValue { return now.totals.get_today_morning; }},
    {{"msgGetTotalTodayNow",                     Counter,      "messages",   "messages read until now",                                   in_runtime_info}, [](const Now& now) -> FigureValue { return now.store.get_messages; }},

    {{"commitLogMinOffset",                      Gauge,        "bytes",      "position where the log begins",                             in_both},         [](const Now& now) -> FigureValue { return now.store.commit_log_min_offset; }},
    {{"commitLogMaxOffset",                      Gauge,        "bytes",      "position where the log ends",                               in_both},         [](const Now& now) -> FigureValue { return now.store.commit_log_max_offset; }},
    {{"dispatchBehindBytes",                     Gauge,        "bytes",      "end of the log that no queue has yet",                      in_both},         [](const Now& now) -> FigureValue { return now.store.commit_log_max_offset - now.store.dispatched_offset; }},
    {{"remainHowManyDataToFlush",                Gauge,        "bytes",      "end of the log that is not on the disk yet",                in_both, 0, " B"}, [](const Now& now) -> FigureValue { return now.store.commit_log_max_offset - now.store.flushed_offset; }},
    {{"commitLogDiskRatio",                      Gauge,        "ratio",      "how full the disk of the log is",                           in_runtime_info, 6}, [](const Now& now) -> FigureValue { return now.store.commit_log_disk_ratio; }},
    {{"consumeQueueDiskRatio",                   Gauge,        "ratio",      "how full the disk of the queues is",                        in_runtime_info, 6}, [](const Now& now) -> FigureValue { return now.store.consume_queue_disk_ratio; }},
    {{"commitLogDirCapacity",                    Text,         "",           "size and free space of the disk of the log",                in_runtime_info}, Rows::log_capacity},
    {{"earliestMessageTimeStamp",                Gauge,        "ms",         "time of the first message in the log; -1: none",            in_runtime_info}, Rows::earliest_message},
    {{"storeState",                              Text,         "",           "why the store refuses messages, or that it takes them",     in_state_line},   [](const Now& now) -> FigureValue { return now.store.writable ? std::string("takes messages") : now.store.refusal; }},

    // Sends and pulls run on the connections' own threads: there is no queue in which they could
    // wait. Tools divide by the capacities.
    {{"sendThreadPoolQueueSize",                 Gauge,        "requests",   "always 0: sends wait in no queue",                          in_runtime_info}, zero},
    {{"sendThreadPoolQueueCapacity",             Gauge,        "requests",   "sendThreadPoolQueueCapacity",                               in_runtime_info}, Rows::sends_max},
    {{"sendThreadPoolQueueHeadWaitTimeMills",    Gauge,        "ms",         "always 0",                                                  in_runtime_info}, zero},
    {{"pullThreadPoolQueueSize",                 Gauge,        "requests",   "always 0: pulls wait in no queue",                          in_runtime_info}, zero},
    {{"pullThreadPoolQueueCapacity",             Gauge,        "requests",   "pullThreadPoolQueueCapacity",                               in_runtime_info}, Rows::pulls_max},
    {{"pullThreadPoolQueueHeadWaitTimeMills",    Gauge,        "ms",         "always 0",                                                  in_runtime_info}, zero},
    {{"litePullThreadPoolQueueSize",             Gauge,        "requests",   "always 0",                                                  in_runtime_info}, zero},
    {{"litePullThreadPoolQueueCapacity",         Gauge,        "requests",   "pullThreadPoolQueueCapacity",                               in_runtime_info}, Rows::pulls_max},
    {{"litePullThreadPoolQueueHeadWaitTimeMills", Gauge,       "ms",         "always 0",                                                  in_runtime_info}, zero},
    {{"queryThreadPoolQueueSize",                Gauge,        "requests",   "requests that wait for the pool `read`",                    in_runtime_info}, Rows::reads_waiting},
    {{"queryThreadPoolQueueCapacity",            Gauge,        "requests",   "queryThreadPoolQueueCapacity",                              in_runtime_info}, Rows::reads_max},
    {{"queryThreadPoolQueueHeadWaitTimeMills",   Gauge,        "ms",         "always 0",                                                  in_runtime_info}, zero},
    {{"EndTransactionQueueSize",                 Gauge,        "requests",   "the same as queryThreadPoolQueueSize: they share the pool", in_runtime_info}, Rows::reads_waiting},
    {{"EndTransactionThreadPoolQueueCapacity",   Gauge,        "requests",   "queryThreadPoolQueueCapacity",                              in_runtime_info}, Rows::reads_max},
    {{"pageCacheLockTimeMills",                  Gauge,        "ms",         "always 0",                                                  in_runtime_info}, zero},
    {{"remainTransientStoreBufferNumbs",         Gauge,        "buffers",    "always 0",                                                  in_runtime_info}, zero},
    {{"dispatchMaxBuffer",                       Gauge,        "bytes",      "always 0",                                                  in_runtime_info}, zero},
};
// clang-format on

}  // namespace runtime_rows
}  // namespace

void RuntimeFigures::add_figures(FigureTable& table) const {
  table.add_group([this] { return now(); }, runtime_rows::rows);
}

}  // namespace rocketmq::broker
