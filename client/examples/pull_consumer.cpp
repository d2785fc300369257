// Fetches every message that TopicQuickStart holds, queue by queue, and ends. The last pull of a
// queue waits 20 to 25 s for a message before it says that there is none.
//
//   pull_consumer [name servers, as host:port;host:port]
#include <rocketmq/DefaultMQPullConsumer.h>

#include <cstdint>
#include <iostream>

#include "example.hpp"

namespace {

/// Where the program keeps its offsets is its own matter: here it begins at 0 and forgets them.
void read_queue(rocketmq::DefaultMQPullConsumer& consumer, const rocketmq::MessageQueue& queue) {
  std::cout << "Consume from the queue: " << queue.toString() << std::endl;
  std::int64_t offset = 0;
  for (;;) {
    const rocketmq::PullResult result = consumer.pullBlockIfNotFound(queue, "*", offset, 32);
    std::cout << result.toString() << std::endl;
    offset = result.getNextBeginOffset();
    if (result.getPullStatus() == rocketmq::NO_NEW_MSG) return;
  }
}

}  // namespace

int main(int argc, char** argv) {
  rocketmq::DefaultMQPullConsumer consumer("please_rename_unique_group_name_5");
  example::use_name_servers(consumer, argc, argv);
  try {
    consumer.start();
    for (const auto& queue : consumer.fetchSubscribeMessageQueues("TopicQuickStart")) {
      read_queue(consumer, queue);
    }
    consumer.shutdown();
  } catch (const rocketmq::MQException& failure) {
    std::cerr << failure.what() << '\n';
    return 1;
  }
  return 0;
}
