#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <sstream>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "rocketmq/daemon/metrics.hpp"

namespace rocketmq {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

/// Names of labels, by the words in a figure's key; those of release 5 where it has one.
constexpr std::array<std::pair<std::string_view, std::string_view>, 5> label_names{{
    {"TOPIC", "topic"},
    {"GROUP", "consumer_group"},
    {"QUEUE", "queue_id"},
    {"LEVEL", "level"},
    {"POOL", "processor"},
}};

/// Metrics of figures: the names of release 5 where it has the metric, else of the RocketMQ
/// exporter. Of a rate, three names begin with the text here and end with the seconds.
constexpr std::pair<std::string_view, std::string_view> metric_names[]{
    {"bootTimestamp", "rocketmq_brokeruntime_boot_timestamp"},
    {"startAcceptSendRequestTimeStamp", "rocketmq_brokeruntime_start_accept_sendrequest_time"},
    {"putMessageTimesTotal", "rocketmq_brokeruntime_putmessage_times_total"},
    {"putMessageFailedTimes", "rocketmq_brokeruntime_putmessage_failed_times_total"},
    {"putMessageSizeTotal", "rocketmq_brokeruntime_put_message_size_total"},
    {"putMessageAverageSize", "rocketmq_brokeruntime_put_message_average_size"},
    {"putTps", "rocketmq_brokeruntime_put_tps"},
    {"putMessageEntireTimeMax", "rocketmq_brokeruntime_putmessage_entire_time_max"},
    {"putMessageDistributeTime", "rocketmq_brokeruntime_putmessage_distribute_time"},
    {"putLatency99", "rocketmq_brokeruntime_put_latency_99"},
    {"putLatency999", "rocketmq_brokeruntime_put_latency_999"},
    {"msgPutTotalYesterdayMorning", "rocketmq_brokeruntime_msg_puttotal_yesterdaymorning"},
    {"msgPutTotalTodayMorning", "rocketmq_brokeruntime_msg_puttotal_todaymorning"},
    {"msgPutTotalTodayNow", "rocketmq_brokeruntime_msg_put_total_today_now"},
    {"getTransferedTps", "rocketmq_brokeruntime_gettransfered_tps"},
    {"getFoundTps", "rocketmq_brokeruntime_getfound_tps"},
    {"getMissTps", "rocketmq_brokeruntime_getmiss_tps"},
    {"getTotalTps", "rocketmq_brokeruntime_gettotal_tps"},
    {"getMessageEntireTimeMax", "rocketmq_brokeruntime_getmessage_entire_time_max"},
    {"msgGetTotalYesterdayMorning", "rocketmq_brokeruntime_msg_gettotal_yesterdaymorning"},
    {"msgGetTotalTodayMorning", "rocketmq_brokeruntime_msg_gettotal_todaymorning"},
    {"msgGetTotalTodayNow", "rocketmq_brokeruntime_msg_gettotal_today_now"},
    {"commitLogMinOffset", "rocketmq_brokeruntime_commitlog_minoffset"},
    {"commitLogMaxOffset", "rocketmq_brokeruntime_commitlog_maxoffset"},
    {"dispatchBehindBytes", "rocketmq_storage_dispatch_behind_bytes"},
    {"remainHowManyDataToFlush", "rocketmq_storage_flush_behind_bytes"},
    {"commitLogDiskRatio", "rocketmq_brokeruntime_commitlog_disk_ratio"},
    {"consumeQueueDiskRatio", "rocketmq_brokeruntime_consumequeue_disk_ratio"},
    {"earliestMessageTimeStamp", "rocketmq_brokeruntime_earliest_message_timestamp"},
    {"queryThreadPoolQueueSize", "rocketmq_brokeruntime_query_threadpoolqueue_size"},
    {"queryThreadPoolQueueCapacity", "rocketmq_brokeruntime_query_threadpool_queue_capacity"},
    {"topicCount", "rocketmq_topic_number"},
    {"consumerGroupCount", "rocketmq_consumer_group_number"},
    {"setAsideMessages", "rocketmq_set_aside_messages_total"},
    {"brokerNameCount", "rocketmq_broker_name_number"},
    {"brokerCount", "rocketmq_broker_number"},
    {"registerThreadPoolQueueSize", "rocketmq_register_threadpoolqueue_size"},
    {"departureThreadPoolQueueSize", "rocketmq_departure_threadpoolqueue_size"},
    {"slowRequests", "rocketmq_slow_requests_total"},
    {"connectionCount", "rocketmq_connection_number"},
    {"fastConnectionCount", "rocketmq_fast_connection_number"},
    {"connectionsMax", "rocketmq_connection_limit"},
    {"connectionBufferBytes", "rocketmq_connection_buffer_bytes"},
    {"heldPullCount", "rocketmq_held_pull_number"},
    {"queueLockCount", "rocketmq_locked_queue_number"},
    {"adminThreadPoolQueueSize", "rocketmq_admin_threadpoolqueue_size"},
    {"TOPIC_PUT_NUMS", "rocketmq_messages_in_total"},
    {"TOPIC_PUT_SIZE", "rocketmq_throughput_in_total"},
    {"GROUP_GET_NUMS", "rocketmq_messages_out_total"},
    {"GROUP_GET_SIZE", "rocketmq_throughput_out_total"},
    {"SNDBCK_PUT_NUMS", "rocketmq_send_back_nums_total"},
};

/// Empty when the figure has no metric.
std::string_view metric_of(const Figure& figure) {
  const auto* const found =
      std::find_if(std::begin(metric_names), std::end(metric_names),
                   [&figure](const auto& row) { return row.first == figure.name; });
  return found == std::end(metric_names) ? std::string_view() : found->second;
}

/// Cuts the text up to the next '@' off.
std::string_view take_part(std::string_view& text) {
  const std::string_view part = text.substr(0, text.find('@'));
  text.remove_prefix(std::min(part.size() + 1, text.size()));
  return part;
}

/// Prometheus takes UTF-8 only.
std::string label_value(std::string_view text) {
  std::string value(text);
  std::replace_if(
      value.begin(), value.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x80; },
      '?');
  return value;
}

/// Collects the series of one table.
class Families {
 public:
  Families(const MetricLabels& labels, std::size_t series_max) : series_max_(series_max) {
    for (const auto& [name, value] : labels) base_.push_back({name, value});
  }

  void add(const Figure& figure, std::string_view key, const FigureValue& value) {
    const std::string_view metric = metric_of(figure);
    if (metric.empty()) return;
    if (const auto* whole = std::get_if<std::int64_t>(&value)) {
      add_series(figure, metric, key, {}, static_cast<double>(*whole));
    } else if (const auto* number = std::get_if<double>(&value)) {
      add_series(figure, metric, key, {}, *number);
    } else if (const auto* rates = std::get_if<FigureRates>(&value)) {
      const std::string name(metric);
      add_series(figure, name + "10", key, {}, rates->last_10_s);
      add_series(figure, name + "60", key, {}, rates->last_60_s);
      add_series(figure, name + "600", key, {}, rates->last_600_s);
    } else if (const auto* classes = std::get_if<std::vector<FigureClass>>(&value)) {
      for (const FigureClass& one : *classes)
        add_series(figure, metric, key, {{"class", std::string(one.name)}},
                   static_cast<double>(one.count));
    }  // a text is no metric
  }

  std::vector<MetricFamily> take() && {
    if (left_out_ > 0) {
      MetricFamily& family = families_.emplace_back();
      family.name = "rocketmq_metrics_series_left_out";
      family.help = "time series beyond metricsOtelCardinalityLimit";
      family.type = MetricType::Gauge;
      family.metric.emplace_back().label = base_;
      family.metric.back().gauge.value = static_cast<double>(left_out_);
    }
    return std::move(families_);
  }

 private:
  void add_series(const Figure& figure, std::string_view name, std::string_view key,
                  std::vector<ClientMetric::Label> more, double value) {
    MetricFamily& family = family_of(figure, name);
    if (family.metric.size() >= series_max_) {
      ++left_out_;
      return;
    }
    ClientMetric& series = family.metric.emplace_back();
    series.label = base_;
    std::string_view words = figure.key;
    while (!words.empty()) {
      const std::string_view word = take_part(words);
      const auto known =
          std::find_if(label_names.begin(), label_names.end(),
                       [word](const auto& candidate) { return candidate.first == word; });
      if (known == label_names.end()) continue;
      series.label.push_back({std::string(known->second), label_value(take_part(key))});
    }
    series.label.insert(series.label.end(), std::make_move_iterator(more.begin()),
                        std::make_move_iterator(more.end()));
    // Of both kinds only the one of the family's type is printed.
    series.counter.value = value;
    series.gauge.value = value;
  }

  /// The series of a figure come one after the other, or in turns of a few names.
  MetricFamily& family_of(const Figure& figure, std::string_view name) {
    const auto found = std::find_if(families_.rbegin(), families_.rend(),
                                    [name](const auto& family) { return family.name == name; });
    if (found != families_.rend()) return *found;
    MetricFamily& family = families_.emplace_back();
    family.name = name;
    family.help = figure.help;
    if (!figure.unit.empty()) family.help += " (" + std::string(figure.unit) + ")";
    family.type = figure.kind == FigureKind::Counter ? MetricType::Counter : MetricType::Gauge;
    return family;
  }

  const std::size_t series_max_;
  std::vector<ClientMetric::Label> base_;
  std::vector<MetricFamily> families_;
  std::size_t left_out_ = 0;
};

}  // namespace

std::string metrics_text(const FigureTable& figures, const MetricLabels& labels,
                         std::size_t series_max) {
  Families families(labels, series_max);
  const FigureTable::Reader reader = [&families](const Figure& figure, std::string_view key,
                                                 const FigureValue& value) {
    families.add(figure, key, value);
  };
  figures.read(in_both, reader);
  figures.read(elsewhere, reader);
  std::ostringstream text;
  prometheus::TextSerializer().Serialize(text, std::move(families).take());
  return std::move(text).str();
}

}  // namespace rocketmq
