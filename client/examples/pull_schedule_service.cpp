// Pulls this member's queues of TopicQuickStart every 100 ms and keeps the offsets at the brokers.
//
//   pull_schedule_service [name servers, as host:port;host:port]
#include <rocketmq/MQPullConsumerScheduleService.h>

#include <algorithm>
#include <iostream>
#include <sstream>

#include "example.hpp"

int main(int argc, char** argv) {
  const example::StopSignal stop;
  rocketmq::MQPullConsumerScheduleService service("GroupName1");
  example::use_name_servers(service.getDefaultMQPullConsumer(), argc, argv);
  try {
    service.registerPullTaskCallback("TopicQuickStart", [](const rocketmq::MessageQueue& queue,
                                                           rocketmq::PullTaskContext& context) {
      auto& consumer = context.getMQPullConsumer();
      const auto offset = std::max<std::int64_t>(consumer.fetchConsumeOffset(queue, false), 0);
      const auto result = consumer.pull(queue, "*", offset, 32);
      std::ostringstream line;
      line << offset << '\t' << queue.toString() << '\t' << result.toString() << '\n';
      std::cout << line.str() << std::flush;
      consumer.updateConsumeOffset(queue, result.getNextBeginOffset());
      context.setPullNextDelayTimeMillis(100);
    });
    service.start();
    stop.wait();
    service.shutdown();
  } catch (const rocketmq::MQException& failure) {
    std::cerr << failure.what() << '\n';
    return 1;
  }
  return 0;
}
