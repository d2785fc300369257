// The tutorial's filter class (5.6): a broker, a filter server beside it, and our consumer.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <set>
#include <string>

#include "client_cluster.hpp"

namespace rocketmq::test {

inline constexpr const char* topic = "TopicFilter7";
inline constexpr const char* expression =
    "#rmq-filter sql92\n"
    "SequenceId IS NOT NULL AND SequenceId % 3 = 0 AND SequenceId > 10";
inline constexpr const char* class_name = "com.example.MessageFilterImpl";

/// What the filter lets through of the messages `from` to `to` - 1.
inline std::set<std::string> wanted(int from, int to) {
  std::set<std::string> bodies;
  for (int id = from; id < to; ++id) {
    if (id % 3 == 0 && id > 10) bodies.insert("m" + std::to_string(id));
  }
  return bodies;
}

inline std::set<std::string> bodies(const TestConsumer& consumer) {
  const auto all = consumer.inbox.bodies();
  return {all.begin(), all.end()};
}

class FilterServerCluster : public testing::Test {
 protected:
  /// Registers with the name server far less often than a test waits.
  FilterServerCluster() : cluster_(1, "registerNameServerPeriod=60000\n") {}

  /// False when the filter server has said why not and ended.
  bool has_started(const std::string& more_keys) {
    const auto file = cluster_.home().write(
        "filter.conf", "connectWhichBroker=" + cluster_.broker_address(0) +
                           "\nfilterServerIP=127.0.0.1\nbindAddress=127.0.0.1\n" + more_keys);
    filter_server_ = cluster_.run("mqfiltersrv", {"-c", file.string()});
    return filter_server_->wait_for_line("The Filter Server boot success, 127.0.0.1:").has_value();
  }
  std::string why_not() const { return filter_server_->output() + filter_server_->error_output(); }
  void start_filter_server(const std::string& more_keys = {}) {
    ASSERT_TRUE(has_started(more_keys)) << why_not();
  }
  void send(int from, int to) {
    DefaultMQProducer producer("ProducerGroupName");
    producer.setNamesrvAddr(cluster_.name_server());
    producer.start();
    for (int id = from; id < to; ++id) {
      Message message(topic, "TagA", "OrderID001", "m" + std::to_string(id));
      message.putUserProperty("SequenceId", std::to_string(id));
      producer.send(message);
    }
  }
  std::unique_ptr<TestConsumer> consume(
      const std::string& source, const std::string& group = "ConsumerGroupNamecc4",
      const std::function<void(DefaultMQPushConsumer&)>& configure = {},
      const std::string& name = class_name) {
    return std::make_unique<TestConsumer>(cluster_.name_server(), group, topic, "*",
                                          [&](DefaultMQPushConsumer& consumer) {
                                            consumer.subscribe(topic, name, source);
                                            consumer.setPollNameServerInterval(1'000);
                                            if (configure) configure(consumer);
                                          });
  }

  Cluster cluster_;
  std::unique_ptr<Process> filter_server_;
};

}  // namespace rocketmq::test
