// Prints the messages of TopicOrder, those of each queue one after the other in their order.
//
//   ordered_consumer [name servers, as host:port;host:port]
#include <rocketmq/DefaultMQPushConsumer.h>

#include <iostream>
#include <string>
#include <vector>

#include "example.hpp"

int main(int argc, char** argv) {
  const example::StopSignal stop;
  rocketmq::DefaultMQPushConsumer consumer("quickstart_ordered_consumer");
  example::use_name_servers(consumer, argc, argv);
  try {
    consumer.setConsumeFromWhere(rocketmq::CONSUME_FROM_FIRST_OFFSET);
    consumer.subscribe("TopicOrder", "*");
    consumer.registerMessageListener([](const std::vector<rocketmq::MessageExt>& messages,
                                        rocketmq::ConsumeOrderlyContext& context) {
      context.setAutoCommit(true);
      std::string lines;
      for (const rocketmq::MessageExt& message : messages) {
        lines += "topic : " + message.getTopic() + ", tags : " + message.getTags() +
                 ", msg : " + message.getBody() + "\n";
      }
      std::cout << lines << std::flush;
      return rocketmq::ConsumeOrderlyStatus::SUCCESS;
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
