// Sends and consumes a message with tracing on, and prints the records that tell of it.
//
//   trace [name servers, as host:port;host:port]
#include <rocketmq/DefaultMQProducer.h>
#include <rocketmq/DefaultMQPushConsumer.h>

#include <algorithm>
#include <iostream>
#include <latch>

#include "example.hpp"

namespace {

constexpr const char* trace_topic = "TopicOfTraces";

/// Fields are separated by the byte 1, records end with the byte 2.
std::string readable(std::string records) {
  std::replace(records.begin(), records.end(), '\x01', ' ');
  std::replace(records.begin(), records.end(), '\x02', '\n');
  return records;
}

}  // namespace

int main(int argc, char** argv) {
  rocketmq::DefaultMQProducer producer("traced_producer");
  rocketmq::DefaultMQPushConsumer consumer("traced_consumer");
  rocketmq::DefaultMQPushConsumer observer("trace_observer");
  for (rocketmq::ClientConfig* client : {static_cast<rocketmq::ClientConfig*>(&producer),
                                         static_cast<rocketmq::ClientConfig*>(&consumer),
                                         static_cast<rocketmq::ClientConfig*>(&observer)}) {
    example::use_name_servers(*client, argc, argv);
  }
  try {
    std::latch traces(2);  // one message of records from each side
    producer.setEnableMsgTrace(true);
    producer.setCustomizedTraceTopic(trace_topic);
    producer.start();
    producer.send(rocketmq::Message("TopicTraced", "TagA", "KEY1", "followed"));

    consumer.setEnableMsgTrace(true);
    consumer.setCustomizedTraceTopic(trace_topic);
    consumer.setConsumeFromWhere(rocketmq::CONSUME_FROM_FIRST_OFFSET);
    consumer.subscribe("TopicTraced", "*");
    consumer.registerMessageListener(
        [](const std::vector<rocketmq::MessageExt>&, rocketmq::ConsumeConcurrentlyContext&) {
          return rocketmq::CONSUME_SUCCESS;
        });
    consumer.start();

    observer.setConsumeFromWhere(rocketmq::CONSUME_FROM_FIRST_OFFSET);
    observer.setConsumeThreadCount(1);
    observer.subscribe(trace_topic, "*");
    observer.registerMessageListener([&](const std::vector<rocketmq::MessageExt>& messages,
                                         rocketmq::ConsumeConcurrentlyContext&) {
      for (const auto& message : messages) {
        std::cout << readable(message.getBody()) << std::flush;
        if (!traces.try_wait()) traces.count_down();
      }
      return rocketmq::CONSUME_SUCCESS;
    });
    observer.start();
    traces.wait();
    observer.shutdown();
    consumer.shutdown();
    producer.shutdown();
  } catch (const rocketmq::MQException& failure) {
    std::cerr << failure.what() << '\n';
    return 1;
  }
  return 0;
}
