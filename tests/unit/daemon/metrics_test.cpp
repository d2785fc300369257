#include "rocketmq/daemon/metrics.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "http_get.hpp"
#include "rocketmq/common/config_table.hpp"

namespace rocketmq {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

/// Some figures of each kind.
struct MetricsTest : testing::Test {
  MetricsTest() {
    figures.add({.name = "putMessageTimesTotal",
                 .kind = FigureKind::Counter,
                 .unit = "messages",
                 .help = "messages put",
                 .use = in_runtime_info},
                [this]() -> FigureValue { return ++reads; });
    figures.add({.name = "putTps",
                 .kind = FigureKind::Rate,
                 .help = "puts a second",
                 .use = in_runtime_info},
                []() -> FigureValue {
                  return FigureRates{1.5, 2, 3};
                });
    figures.add({.name = "putMessageDistributeTime",
                 .kind = FigureKind::Distribution,
                 .help = "puts by time",
                 .use = in_both},
                []() -> FigureValue {
                  return std::vector<FigureClass>{{"<=0ms", 7}, {"0~10ms", 8}};
                });
    figures.add({.name = "brokerVersionDesc", .help = "a text", .use = in_runtime_info},
                []() -> FigureValue { return std::string("1.0"); });
    figures.add_family({.name = "GROUP_GET_NUMS", .help = "lag", .key = "TOPIC@GROUP"},
                       [](const FigureTable::FamilyReader& reader) {
                         reader("Orders@g\xC3\xA4", std::int64_t{5});
                         reader("Orders@h", std::int64_t{6});
                         reader("Orders@i", std::int64_t{7});
                       });
  }

  FigureTable figures;
  std::int64_t reads = 0;
  SystemClock clock;
  MetricsConfig config{.exporter = MetricsConfig::Exporter::Prom, .port = 0};
};

TEST_F(MetricsTest, AreTheFiguresThatHaveOneInTheTextFormOfPrometheus) {
  const std::string shown = metrics_text(figures, {{"cluster", "c"}, {"node_id", "b"}}, 10);
  EXPECT_THAT(
      shown,
      AllOf(HasSubstr(
                "# HELP rocketmq_brokeruntime_putmessage_times_total messages put (messages)\n"),
            HasSubstr("# TYPE rocketmq_brokeruntime_putmessage_times_total counter\n"),
            HasSubstr(
                "rocketmq_brokeruntime_putmessage_times_total{cluster=\"c\",node_id=\"b\"} 1\n")));
  EXPECT_THAT(
      shown, AllOf(HasSubstr("# TYPE rocketmq_brokeruntime_put_tps10 gauge\n"),
                   HasSubstr("rocketmq_brokeruntime_put_tps10{cluster=\"c\",node_id=\"b\"} 1.5\n"),
                   HasSubstr("rocketmq_brokeruntime_put_tps600{cluster=\"c\",node_id=\"b\"} 3\n")));
  EXPECT_THAT(shown, HasSubstr("node_id=\"b\",class=\"0~10ms\"} 8\n"));
  EXPECT_THAT(shown, HasSubstr("node_id=\"b\",topic=\"Orders\",consumer_group=\"h\"} 6\n"));
  EXPECT_THAT(shown, HasSubstr("consumer_group=\"g??\"} 5\n")) << "only ASCII";
  EXPECT_THAT(shown, Not(HasSubstr("1.0")));
}

TEST_F(MetricsTest, HaveNoMoreSeriesThanTheLimitAndSayHowManyAreLeftOut) {
  const std::string shown = metrics_text(figures, {}, 2);
  EXPECT_THAT(shown,
              AllOf(HasSubstr("consumer_group=\"h\""), Not(HasSubstr("consumer_group=\"i\"")),
                    HasSubstr("rocketmq_metrics_series_left_out 1\n")));
}

TEST_F(MetricsTest, AreServedAtOnePathOnly) {
  config.labels = "instance:one";
  MetricsServer server(config, {{"node_type", "broker"}}, figures, clock);
  ASSERT_TRUE(server.start());
  EXPECT_THAT(
      test::http_get(server.port(), "/metrics"),
      AllOf(StartsWith("HTTP/1.1 200"), HasSubstr("Content-Type: text/plain; version=0.0.4"),
            HasSubstr("rocketmq_brokeruntime_putmessage_times_total{instance=\"one\",node_type="
                      "\"broker\"} ")));
  EXPECT_THAT(test::http_get(server.port(), "/metrics?x=1"), StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(test::http_get(server.port(), "/"), StartsWith("HTTP/1.1 404"));
  EXPECT_THAT(
      test::http_answer(server.port(), "POST /metrics HTTP/1.1\r\nContent-Length: 0\r\n\r\n"),
      StartsWith("HTTP/1.1 405"));
  EXPECT_EQ(test::http_answer(server.port(), "nonsense\r\n\r\n"), "");
  EXPECT_EQ(test::http_answer(server.port(), std::string(100'000, 'x')), "");
  EXPECT_THAT(test::http_get(server.port(), "/metrics"), StartsWith("HTTP/1.1 200"));
}

TEST_F(MetricsTest, AreReadOnceForAllThatAskAtATime) {
  ManualClock stopped;
  MetricsServer server(config, {}, figures, stopped);
  ASSERT_TRUE(server.start());
  for (int i = 0; i < 5; ++i)
    EXPECT_THAT(test::http_get(server.port(), "/metrics"), HasSubstr("times_total 1\n"));
  stopped.advance(MetricsServer::text_kept);
  EXPECT_THAT(test::http_get(server.port(), "/metrics"), HasSubstr("times_total 2\n"));
}

TEST_F(MetricsTest, AreNotServedUnlessConfigured) {
  MetricsServer server({}, {}, figures, clock);
  EXPECT_TRUE(server.start());
  EXPECT_EQ(server.port(), 0);
}

TEST_F(MetricsTest, RefuseAnAddressThatIsTaken) {
  MetricsServer first(config, {}, figures, clock);
  ASSERT_TRUE(first.start());
  MetricsConfig same = config;
  same.port = first.port();
  MetricsServer second(same, {}, figures, clock);
  const auto refused = second.start();
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().remark,
              AllOf(HasSubstr(std::to_string(first.port())), HasSubstr("in use")));
}

TEST(MetricsKeys, AreThoseOfRelease5AndOffByDefault) {
  MetricsConfig config;
  ConfigTable table;
  add_metrics_keys(table, config);
  EXPECT_EQ(config.exporter, MetricsConfig::Exporter::Disable);
  EXPECT_TRUE(table.set("metricsExporterType", "PROM"));
  EXPECT_FALSE(table.set("metricsExporterType", "OTLP_GRPC"));
  EXPECT_TRUE(table.set("metricsPromExporterPort", "5557"));
  EXPECT_TRUE(table.set("metricsPromExporterHost", "0.0.0.0"));
  EXPECT_TRUE(table.set("metricsLabel", "instance_id:a,uid:7"));
  EXPECT_FALSE(table.set("metricsLabel", "no colon"));
  EXPECT_FALSE(table.set("metricsLabel", "1st:x"));
  EXPECT_TRUE(table.set("metricsOtelCardinalityLimit", "10"));
  for (const ConfigKey& key : table.keys()) EXPECT_FALSE(key.remotely_changeable) << key.name;
}

}  // namespace
}  // namespace rocketmq
