// The tutorial's filter class (5.6) with our client, through a filter server beside a broker, and
// what survives when one of them is restarted in the middle.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "client_cluster.hpp"

namespace rocketmq::test {
namespace {

using testing::HasSubstr;

constexpr const char* topic = "TopicFilter7";
constexpr const char* expression =
    "#rmq-filter sql92\n"
    "SequenceId IS NOT NULL AND SequenceId % 3 = 0 AND SequenceId > 10";
constexpr const char* class_name = "com.example.MessageFilterImpl";

std::set<std::string> wanted(int from, int to) {
  std::set<std::string> bodies;
  for (int id = from; id < to; ++id) {
    if (id % 3 == 0 && id > 10) bodies.insert("m" + std::to_string(id));
  }
  return bodies;
}

std::set<std::string> bodies(const TestConsumer& consumer) {
  const auto all = consumer.inbox.bodies();
  return {all.begin(), all.end()};
}

class FilterServerCluster : public testing::Test {
 protected:
  /// Registers with the name server far less often than a test waits.
  FilterServerCluster() : cluster_(1, "registerNameServerPeriod=60000\n") {}

  void start_filter_server(const std::string& more_keys = {}) {
    const auto file = cluster_.home().write(
        "filter.conf", "connectWhichBroker=" + cluster_.broker_address(0) +
                           "\nfilterServerIP=127.0.0.1\nbindAddress=127.0.0.1\n" + more_keys);
    filter_server_ = cluster_.run("mqfiltersrv", {"-c", file.string()});
    ASSERT_TRUE(filter_server_->wait_for_line("The Filter Server boot success, 127.0.0.1:"))
        << filter_server_->output() << filter_server_->error_output();
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
      const std::function<void(DefaultMQPushConsumer&)>& configure = {}) {
    return std::make_unique<TestConsumer>(cluster_.name_server(), group, topic, "*",
                                          [&](DefaultMQPushConsumer& consumer) {
                                            consumer.subscribe(topic, class_name, source);
                                            consumer.setPollNameServerInterval(1'000);
                                            if (configure) configure(consumer);
                                          });
  }

  Cluster cluster_;
  std::unique_ptr<Process> filter_server_;
};

TEST_F(FilterServerCluster, DeliversWhatAnUploadedExpressionWants) {
  start_filter_server();
  send(0, 60);
  const auto consumer = consume(expression);
  ASSERT_TRUE(consumer->inbox.wait_for(wanted(0, 60).size()));
  send(60, 90);
  ASSERT_TRUE(consumer->inbox.wait_for(wanted(0, 90).size()));
  EXPECT_EQ(bodies(*consumer), wanted(0, 90));
  EXPECT_EQ(consumer->inbox.size(), wanted(0, 90).size()) << "each once";
}

TEST_F(FilterServerCluster, DeliversWhatAnInstalledFilterWantsWhateverIsUploaded) {
  start_filter_server(std::string("filterClass.") + class_name +
                      "=expr:SequenceId % 3 = 0 AND SequenceId > 10\n"
                      "clientUploadFilterClassEnable=false\n");
  send(0, 60);
  const auto with_source = consume("package com.example; public class MessageFilterImpl {}");
  const auto without_source = consume("", "other_group");
  for (TestConsumer* consumer : {with_source.get(), without_source.get()}) {
    ASSERT_TRUE(consumer->inbox.wait_for(wanted(0, 60).size()));
    EXPECT_EQ(bodies(*consumer), wanted(0, 60));
  }
}

TEST_F(FilterServerCluster, LosesNothingWhenTheFilterServerIsRestarted) {
  start_filter_server();
  const auto consumer = consume(expression);
  send(0, 60);
  ASSERT_TRUE(consumer->inbox.wait_for(1));
  filter_server_->kill();
  send(60, 120);
  start_filter_server();  // at another port
  send(120, 150);
  ASSERT_TRUE(consumer->inbox.wait_for(wanted(0, 150).size()));
  EXPECT_EQ(bodies(*consumer), wanted(0, 150));
}

TEST_F(FilterServerCluster, LosesNothingWhenTheBrokerIsRestarted) {
  start_filter_server();
  const auto consumer = consume(expression);
  send(0, 60);
  ASSERT_TRUE(consumer->inbox.wait_for(1));
  cluster_.kill_broker(0);
  cluster_.restart_broker(0);
  cluster_.wait_for_routes(topic);
  send(60, 120);
  ASSERT_TRUE(consumer->inbox.wait_for(wanted(0, 120).size()));
  EXPECT_EQ(bodies(*consumer), wanted(0, 120));
}

TEST_F(FilterServerCluster, ResumesAConsumerBehindWhatTheFilterDidNotWant) {
  start_filter_server();
  {
    const auto consumer = consume(expression);
    send(0, 60);
    ASSERT_TRUE(consumer->inbox.wait_for(wanted(0, 60).size()));
  }
  const auto consumer = consume(expression);
  send(60, 90);
  ASSERT_TRUE(consumer->inbox.wait_for(wanted(60, 90).size()));
  EXPECT_EQ(bodies(*consumer), wanted(60, 90)) << "offsets of the first run count";
}

TEST_F(FilterServerCluster, TellsTheConsumerWhereThereIsNoFilterServer) {
  send(0, 1);
  std::mutex mutex;
  std::condition_variable came;
  std::vector<std::string> errors;
  const auto consumer =
      consume(expression, "ConsumerGroupNamecc4", [&](DefaultMQPushConsumer& push) {
        push.setErrorListener([&](const MQException& error) {
          const std::scoped_lock lock(mutex);
          errors.emplace_back(error.what());
          came.notify_all();
        });
      });
  {
    std::unique_lock lock(mutex);
    ASSERT_TRUE(came.wait_for(lock, Inbox::patience, [&] { return !errors.empty(); }));
    EXPECT_THAT(errors[0], HasSubstr("Find Filter Server Failed, Broker Addr: " +
                                     cluster_.broker_address(0) + " topic: " + topic));
  }
  start_filter_server();
  send(1, 60);
  ASSERT_TRUE(consumer->inbox.wait_for(wanted(0, 60).size()));
  EXPECT_EQ(bodies(*consumer), wanted(0, 60));
}

TEST_F(FilterServerCluster, TellsTheConsumerWhenItsClassIsRefused) {
  start_filter_server();
  send(0, 1);
  std::mutex mutex;
  std::condition_variable came;
  std::vector<std::string> errors;
  const auto consumer =
      consume("package com.example;", "ConsumerGroupNamecc4", [&](DefaultMQPushConsumer& push) {
        push.setErrorListener([&](const MQException& error) {
          const std::scoped_lock lock(mutex);
          errors.emplace_back(error.what());
          came.notify_all();
        });
      });
  std::unique_lock lock(mutex);
  ASSERT_TRUE(came.wait_for(lock, Inbox::patience, [&] {
    return std::any_of(errors.begin(), errors.end(), [](const std::string& error) {
      return error.find("no engine of this filter server takes the text") != std::string::npos;
    });
  }));
}

TEST(FilterServersOfABroker, AreStartedByIt) {
  Cluster cluster(1, "filterServerNums=1\n");
  TestConsumer consumer(cluster.name_server(), "g", topic, "*", [&](DefaultMQPushConsumer& push) {
    push.subscribe(topic, class_name, expression);
    push.setPollNameServerInterval(1'000);
  });
  DefaultMQProducer producer("ProducerGroupName");
  producer.setNamesrvAddr(cluster.name_server());
  producer.start();
  for (int id = 0; id < 30; ++id) {
    Message message(topic, "TagA", "OrderID001", "m" + std::to_string(id));
    message.putUserProperty("SequenceId", std::to_string(id));
    producer.send(message);
  }
  ASSERT_TRUE(consumer.inbox.wait_for(wanted(0, 30).size()));
  EXPECT_EQ(bodies(consumer), wanted(0, 30));
}

}  // namespace
}  // namespace rocketmq::test
