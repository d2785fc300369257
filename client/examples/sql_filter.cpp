// Sends ten numbered messages and consumes those whose property `number` is above 6. The broker
// evaluates the condition; its configuration must say enablePropertyFilter=true.
//
//   sql_filter [name servers, as host:port;host:port]
#include <rocketmq/DefaultMQProducer.h>
#include <rocketmq/DefaultMQPushConsumer.h>

#include <iostream>
#include <latch>
#include <mutex>
#include <set>

#include "example.hpp"

int main(int argc, char** argv) {
  rocketmq::DefaultMQProducer producer("filter_producer");
  rocketmq::DefaultMQPushConsumer consumer("filter_consumer");
  example::use_name_servers(producer, argc, argv);
  example::use_name_servers(consumer, argc, argv);
  try {
    producer.start();
    for (int i = 0; i < 10; ++i) {
      rocketmq::Message message("TopicSqlFilter", "TagA", "number " + std::to_string(i));
      message.putUserProperty("number", std::to_string(i));
      producer.send(message);
    }
    std::mutex mutex;
    std::set<std::string> seen;  // guarded by mutex
    std::latch three(3);
    consumer.setConsumeFromWhere(rocketmq::CONSUME_FROM_FIRST_OFFSET);
    consumer.subscribe("TopicSqlFilter", rocketmq::MessageSelector::bySql("number > 6"));
    consumer.registerMessageListener([&](const std::vector<rocketmq::MessageExt>& messages,
                                         rocketmq::ConsumeConcurrentlyContext&) {
      const std::scoped_lock lock(mutex);
      for (const auto& message : messages) {
        std::cout << message.getBody() << std::endl;
        if (seen.insert(message.getBody()).second && seen.size() <= 3) three.count_down();
      }
      return rocketmq::CONSUME_SUCCESS;
    });
    consumer.start();
    three.wait();
    consumer.shutdown();
    producer.shutdown();
  } catch (const rocketmq::MQException& failure) {
    std::cerr << failure.what() << '\n';
    return 1;
  }
  return 0;
}
