// Sends a hundred messages to TopicQuickStart, which is made by the first one.
//
//   quickstart_producer [name servers, as host:port;host:port]
//
// Without an argument the name servers come from NAMESRV_ADDR, else 127.0.0.1:9876 is used.
#include <rocketmq/DefaultMQProducer.h>

#include <chrono>
#include <cstdlib>
#include <iostream>
#include <string>
#include <thread>

int main(int argc, char** argv) {
  rocketmq::DefaultMQProducer producer("quickstart_producer");
  if (argc > 1) {
    producer.setNamesrvAddr(argv[1]);
  } else if (std::getenv("NAMESRV_ADDR") == nullptr) {
    producer.setNamesrvAddr("127.0.0.1:9876");
  }

  try {
    producer.start();
    for (int i = 0; i < 100; ++i) {
      try {
        const rocketmq::Message message("TopicQuickStart", "TagA",
                                        "Hello RocketMQ " + std::to_string(i));
        std::cout << producer.send(message) << '\n';
      } catch (const rocketmq::MQException& failure) {
        std::cerr << failure.what() << '\n';
        std::this_thread::sleep_for(std::chrono::seconds(1));
      }
    }
    producer.shutdown();
  } catch (const rocketmq::MQException& failure) {
    std::cerr << failure.what() << '\n';
    return 1;
  }
  return 0;
}
