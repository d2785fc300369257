// Sends the steps of orders so that the steps of one order stay in their sequence: the same order
// always goes to the same queue.
//
//   ordered_producer [name servers, as host:port;host:port]
#include <rocketmq/DefaultMQProducer.h>

#include <iostream>
#include <string>

#include "example.hpp"

int main(int argc, char** argv) {
  rocketmq::DefaultMQProducer producer("quickstart_producer");
  example::use_name_servers(producer, argc, argv);
  const char* const tags[] = {"TagA", "TagB", "TagC"};
  try {
    producer.start();
    for (int i = 0; i < 20; ++i) {
      const int order = i % 3;
      const rocketmq::Message message("TopicOrder", tags[order], "KEY" + std::to_string(i),
                                      "Hello RocketMQ " + std::to_string(i));
      const auto result = producer.send(
          message,
          [order](const std::vector<rocketmq::MessageQueue>& queues, const rocketmq::Message&) {
            return queues[static_cast<std::size_t>(order) % queues.size()];
          });
      std::cout << result << '\n';
    }
    producer.shutdown();
  } catch (const rocketmq::MQException& failure) {
    std::cerr << failure.what() << '\n';
    return 1;
  }
  return 0;
}
