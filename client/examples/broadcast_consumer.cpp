// Prints every message of TopicQuickStart, however many of these run. Each remembers on its own
// machine how far it has come, under its instance name.
//
//   broadcast_consumer [name servers, as host:port;host:port [instance name]]
#include <rocketmq/DefaultMQPushConsumer.h>

#include <iostream>

#include "example.hpp"

int main(int argc, char** argv) {
  const example::StopSignal stop;
  rocketmq::DefaultMQPushConsumer consumer("broadcast_consumer");
  example::use_name_servers(consumer, argc, argv);
  if (argc > 2) consumer.setInstanceName(argv[2]);
  try {
    consumer.setMessageModel(rocketmq::BROADCASTING);
    consumer.setConsumeFromWhere(rocketmq::CONSUME_FROM_FIRST_OFFSET);
    consumer.subscribe("TopicQuickStart", "*");
    consumer.registerMessageListener([](const std::vector<rocketmq::MessageExt>& messages,
                                        rocketmq::ConsumeConcurrentlyContext&) {
      for (const auto& message : messages) std::cout << message.getBody() + "\n" << std::flush;
      return rocketmq::CONSUME_SUCCESS;
    });
    consumer.start();
    std::cout << "Consumer Started." << std::endl;
    stop.wait();
    consumer.shutdown();
  } catch (const rocketmq::MQException& failure) {
    std::cerr << failure.what() << '\n';
    return 1;
  }
  return 0;
}
