// Sends a request through a topic and gets the reply of the consumer that took it.
//
//   request_reply [name servers, as host:port;host:port]
#include <rocketmq/DefaultMQProducer.h>
#include <rocketmq/DefaultMQPushConsumer.h>

#include <iostream>

#include "example.hpp"

int main(int argc, char** argv) {
  rocketmq::DefaultMQProducer asker("request_producer");
  rocketmq::DefaultMQProducer answerer("reply_producer");
  rocketmq::DefaultMQPushConsumer consumer("request_consumer");
  example::use_name_servers(asker, argc, argv);
  example::use_name_servers(answerer, argc, argv);
  example::use_name_servers(consumer, argc, argv);
  try {
    answerer.start();
    consumer.subscribe("TopicRequest", "*");
    consumer.registerMessageListener([&](const std::vector<rocketmq::MessageExt>& messages) {
      for (const auto& request : messages) {
        answerer.send(rocketmq::createReplyMessage(request, "answer to " + request.getBody()));
      }
      return rocketmq::CONSUME_SUCCESS;
    });
    consumer.start();
    asker.start();
    const rocketmq::MessageExt reply = asker.request(
        rocketmq::Message("TopicRequest", "TagA", "the question"), std::chrono::seconds(10));
    std::cout << reply.getBody() << std::endl;
    asker.shutdown();
    consumer.shutdown();
    answerer.shutdown();
  } catch (const rocketmq::MQException& failure) {
    std::cerr << failure.what() << '\n';
    return 1;
  }
  return 0;
}
