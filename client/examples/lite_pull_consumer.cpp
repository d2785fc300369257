// Polls TopicQuickStart; the members of the group share its queues. A poll commits what the polls
// before it have returned.
//
//   lite_pull_consumer [name servers, as host:port;host:port]
#include <rocketmq/DefaultLitePullConsumer.h>

#include <iostream>

#include "example.hpp"

int main(int argc, char** argv) {
  const example::StopSignal stop;
  rocketmq::DefaultLitePullConsumer consumer("lite_pull_consumer");
  example::use_name_servers(consumer, argc, argv);
  try {
    consumer.setConsumeFromWhere(rocketmq::CONSUME_FROM_FIRST_OFFSET);
    consumer.subscribe("TopicQuickStart");
    consumer.start();
    while (!stop.has_come()) {
      for (const auto& message : consumer.poll(std::chrono::seconds(1))) {
        std::cout << message.getMsgId() << ": " << message.getBody() << std::endl;
      }
    }
    consumer.shutdown();
  } catch (const rocketmq::MQException& failure) {
    std::cerr << failure.what() << '\n';
    return 1;
  }
  return 0;
}
