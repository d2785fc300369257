// Prints the messages of TopicQuickStart until it is stopped with Ctrl-C.
//
//   quickstart_consumer [name servers, as host:port;host:port]
//
// Without an argument the name servers come from NAMESRV_ADDR, else 127.0.0.1:9876 is used.
#include <rocketmq/DefaultMQPushConsumer.h>
#include <signal.h>

#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

int main(int argc, char** argv) {
  // Blocked before any thread is made, so that sigwait() below gets them.
  sigset_t stop_signals;
  sigemptyset(&stop_signals);
  sigaddset(&stop_signals, SIGINT);
  sigaddset(&stop_signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &stop_signals, nullptr);

  rocketmq::DefaultMQPushConsumer consumer("quickstart_consumer");
  if (argc > 1) {
    consumer.setNamesrvAddr(argv[1]);
  } else if (std::getenv("NAMESRV_ADDR") == nullptr) {
    consumer.setNamesrvAddr("127.0.0.1:9876");
  }

  try {
    consumer.setConsumeFromWhere(rocketmq::CONSUME_FROM_FIRST_OFFSET);
    consumer.subscribe("TopicQuickStart", "*");
    consumer.registerMessageListener([](const std::vector<rocketmq::MessageExt>& messages) {
      std::string lines;
      for (const rocketmq::MessageExt& message : messages) {
        lines += "收到消息： topic : " + message.getTopic() + ", tags : " + message.getTags() +
                 ", msg : " + message.getBody() + "\n";
      }
      std::cout << lines << std::flush;  // one call: several threads print
      return rocketmq::CONSUME_SUCCESS;
    });
    consumer.start();
    std::cout << "Consumer Started." << std::endl;
    int signal = 0;
    sigwait(&stop_signals, &signal);
    consumer.shutdown();
  } catch (const rocketmq::MQException& failure) {
    std::cerr << failure.what() << '\n';
    return 1;
  }
  return 0;
}
