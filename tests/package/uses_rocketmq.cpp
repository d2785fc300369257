// Every public header, and one call into the library: a send without a name server says so.
#include <rocketmq/ClientLogging.h>
#include <rocketmq/DefaultLitePullConsumer.h>
#include <rocketmq/DefaultMQProducer.h>
#include <rocketmq/DefaultMQPullConsumer.h>
#include <rocketmq/DefaultMQPushConsumer.h>
#include <rocketmq/MQPullConsumerScheduleService.h>
#include <rocketmq/TransactionMQProducer.h>

#include <iostream>

int main() {
  rocketmq::DefaultMQProducer producer("outside");
  producer.start();
  try {
    producer.send(rocketmq::Message("TopicTest", "body"));
  } catch (const rocketmq::MQClientException& failure) {
    std::cout << failure.what() << '\n';
    return failure.getError() == 10004 ? 0 : 1;
  }
  return 1;
}
