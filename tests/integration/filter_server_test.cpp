// The tutorial's filter class (5.6) with our client, through a filter server beside a broker, and
// what survives when one of them is restarted in the middle.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "filter_server_cluster.hpp"
#include "signing.hpp"

namespace rocketmq::test {
namespace {

using testing::HasSubstr;

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

TEST_F(FilterServerCluster, DeliversWhatAnInstalledLibraryWants) {
  if (!has_started(std::string("filterClass.") + class_name +
                   "=lib:" ROCKETMQ_INSTALLED_FILTER "\nclientUploadFilterClassEnable=false\n")) {
    ASSERT_THAT(why_not(), HasSubstr("neither Landlock nor mount namespaces"));
    GTEST_SKIP() << why_not();
  }
  send(0, 60);
  const auto consumer = consume("package com.example; public class MessageFilterImpl {}");
  ASSERT_TRUE(consumer->inbox.wait_for(wanted(0, 60).size()));
  EXPECT_EQ(bodies(*consumer), wanted(0, 60));
}

TEST_F(FilterServerCluster, TakesASignedUpload) {
  const SigningKey alice;
  const TempDir directory;
  const auto keys = directory.write("keys.pem", alice.public_pem());
  start_filter_server("filterUploadKeys=" + keys.string() + "\n");
  send(0, 60);
  const auto consumer = consume(alice.sign(std::string(expression) + "\n"));
  ASSERT_TRUE(consumer->inbox.wait_for(wanted(0, 60).size()));
  EXPECT_EQ(bodies(*consumer), wanted(0, 60));
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
