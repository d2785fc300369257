// Sends a message that is delivered 5 s later, waits for it, and prints how late it came.
//
//   delayed [name servers, as host:port;host:port]
#include <rocketmq/DefaultMQProducer.h>
#include <rocketmq/DefaultMQPushConsumer.h>

#include <future>
#include <iostream>

#include "example.hpp"

int main(int argc, char** argv) {
  constexpr int five_seconds = 2;  // levels: 1 s, 5 s, 10 s, 30 s, 1 min … 2 h
  rocketmq::DefaultMQProducer producer("delayed_producer");
  rocketmq::DefaultMQPushConsumer consumer("delayed_consumer");
  example::use_name_servers(producer, argc, argv);
  example::use_name_servers(consumer, argc, argv);
  try {
    std::promise<std::int64_t> came_after_ms;
    std::string sent_id;
    producer.start();
    rocketmq::Message message("TopicDelayed", "TagA", "later");
    message.setDelayTimeLevel(five_seconds);
    sent_id = producer.send(message).getMsgId();
    consumer.setConsumeFromWhere(rocketmq::CONSUME_FROM_FIRST_OFFSET);
    consumer.subscribe("TopicDelayed", "*");
    consumer.registerMessageListener([&](const std::vector<rocketmq::MessageExt>& messages) {
      for (const auto& got : messages) {
        if (got.getMsgId() == sent_id) {
          came_after_ms.set_value(got.getStoreTimestamp() - got.getBornTimestamp());
        }
      }
      return rocketmq::CONSUME_SUCCESS;
    });
    consumer.start();
    std::cout << "sent " << sent_id << std::endl;
    std::cout << "it was delivered " << came_after_ms.get_future().get() << " ms after it was made"
              << std::endl;
    consumer.shutdown();
    producer.shutdown();
  } catch (const rocketmq::MQException& failure) {
    std::cerr << failure.what() << '\n';
    return 1;
  }
  return 0;
}
